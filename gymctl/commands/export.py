"""``gymctl export`` writes a policy into a file that runs without gymctl."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gymctl.commands import completion
from gymctl.commands.arguments import CheckpointAndOverrides, Task, parse_arguments
from gymctl.commands.flags import Directories, TrustCheckpoint
from gymctl.commands.output import Output
from gymctl.core.terminal import escaped

if TYPE_CHECKING:
    from gymctl.policies.export.exporter import ExportReport


def export(
    task: Task,
    arguments: CheckpointAndOverrides = None,
    *,
    format: Annotated[
        str,
        typer.Option(
            "--format",
            metavar="FORMAT",
            help="onnx or torchscript.",
            autocompletion=completion.one_of("onnx", "torchscript"),
        ),
    ] = "onnx",
    file: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FILE", help="File to write; default in the run's export/ directory."),
    ] = None,
    trust_checkpoint: TrustCheckpoint = False,
    directories: Directories,
    output: Output,
) -> None:
    """Export a policy: raw observations in, actions out, checked against the network.

    Examples:
      gymctl export Ant --format onnx
      gymctl export Ant runs/Ant_2026-01-31_12-00-00 --output ant.onnx

    The file runs without gymctl, as through ONNX Runtime.
    """
    from gymctl.policies.export import check_format
    from gymctl.policies.find import find_policy

    check_format(format)
    given = parse_arguments([task, *(arguments or [])], takes_checkpoint=True)
    source = find_policy(
        given.task,
        given.checkpoint,
        overrides=given.overrides,
        config_dir=directories.config_dir,
        runs_dir=directories.runs_dir,
    )
    output.notes(source.notes)
    output.waiting("loading PyTorch")

    from gymctl.policies.export.exporter import export as write

    report = write(source.config, source.path, format, file, trust=trust_checkpoint)
    output.result(_result(source.task, source.path, report), _summary(report))


def _result(task: str, checkpoint: Path, report: "ExportReport") -> dict[str, Any]:
    return {
        "task": task,
        "checkpoint": str(checkpoint),
        "checkpoint_sha256": report.checkpoint_sha256,
        "format": report.format,
        "path": str(report.path),
        "inputs": report.inputs,
        "outputs": report.outputs,
        "max_abs_error": report.max_abs_error,
        "verified": report.verified,
    }


def _summary(report: "ExportReport") -> str:
    shapes = [
        f"{kind} " + ", ".join(f"{name} {list(shape)}" for name, shape in tensors.items())
        for kind, tensors in (("in", report.inputs), ("out", report.outputs))
    ]
    return "\n".join(
        [
            escaped(report.path),
            *shapes,
            f"verified: the largest difference to the network over 1,000 observations is {report.max_abs_error:.2g}",
        ]
    )
