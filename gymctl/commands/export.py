"""``gymctl export`` writes a policy into a file that runs without gymctl."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gymctl.commands import completion
from gymctl.commands.arguments import CheckpointAndOverrides, Task, parse_arguments
from gymctl.commands.flags import Directories, TrustCheckpoint
from gymctl.commands.output import Output
from gymctl.core.errors import InputError
from gymctl.core.terminal import escaped
from gymctl.core.words import counted

if TYPE_CHECKING:
    from gymctl.config.config import Config
    from gymctl.policies.export.exporter import ExportReport
    from gymctl.policies.export.in_mujoco import MujocoCheck

_ROBOT = "For a robot"


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
    contract: Annotated[
        Path | None,
        typer.Option(
            "--contract",
            metavar="FILE",
            help="Write what is in the file's contract to a .json, too: what each observation and action means.",
            rich_help_panel=_ROBOT,
        ),
    ] = None,
    model: Annotated[
        Path | None,
        typer.Option(
            "--model",
            metavar="FILE",
            help="Write the robot's model, as .xml or .mjb, with start states as keyframes.",
            rich_help_panel=_ROBOT,
        ),
    ] = None,
    check: Annotated[
        bool,
        typer.Option(
            "--check-in-mujoco",
            metavar="",
            help="Play the file in plain MuJoCo by its contract, and compare with the task.",
            rich_help_panel=_ROBOT,
        ),
    ] = False,
    episodes: Annotated[
        int,
        typer.Option(
            "--episodes", min=2, metavar="N", help="Of each side, with --check-in-mujoco.", rich_help_panel=_ROBOT
        ),
    ] = 32,
    trust_checkpoint: TrustCheckpoint = False,
    directories: Directories,
    output: Output,
) -> None:
    """Export a policy: raw observations in, actions out, checked against the network.

    Examples:
      gymctl export Ant --format onnx
      gymctl export Ant runs/Ant_2026-01-31_12-00-00 --output ant.onnx
      gymctl export Ant pretrained --contract ant.json --model ant.xml

    The file runs without gymctl, as through ONNX Runtime.
    """
    from gymctl.policies.export import check_format
    from gymctl.policies.find import find_policy

    check_format(format)
    if check and format != "onnx":
        raise InputError("--check-in-mujoco plays ONNX files only", "leave out --format, or the check")
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

    report = write(
        source.config,
        source.file,
        format,
        file,
        contract=contract,
        model=model,
        needs_contract=check,
        trust=trust_checkpoint,
    )
    output.notes(report.notes)
    checked = _check(source.config, report, episodes, output) if check else None
    output.result(
        _result(source.task, source.file, report) | {"check_in_mujoco": checked and _check_result(checked)},
        _summary(report) + (_check_summary(checked) if checked else ""),
    )
    if checked and not checked.passed:
        raise typer.Exit(1)


def _check(config: "Config", report: "ExportReport", episodes: int, output: Output) -> "MujocoCheck":
    output.waiting("loading MuJoCo")
    from gymctl.policies.export.in_mujoco import check_in_mujoco

    with output.counter() as count:
        return check_in_mujoco(config, report.path, episodes, lambda done: count("episodes", done, episodes))


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
        "contract_sha256": report.contract_sha256,
        "contract_path": None if report.contract_path is None else str(report.contract_path),
        "model_path": None if report.model_path is None else str(report.model_path),
    }


def _check_result(check: "MujocoCheck") -> dict[str, Any]:
    return {
        "passed": check.passed,
        "step_by_step": asdict(check.step_by_step),
        "episodes": check.episodes,
        "return_in_task": asdict(check.task),
        "return_in_mujoco": None if check.plain is None else asdict(check.plain),
        "share": check.share,
    }


def _check_summary(check: "MujocoCheck") -> str:
    told, lines = check.step_by_step, ["", f"in plain MuJoCo: {'passed' if check.passed else 'FAILED'}"]
    lines.append(
        f"  step by step over {counted(told.steps, 'step')}: observations differ by {told.observation:.2g} "
        f"({told.slice}), actions by {told.action:.2g}, controls by {told.control:.2g}"
        + ("" if told.reward is None else f", rewards by {told.reward:.2g}")
    )
    if check.plain is None:
        lines.append("  returns are not compared: examples/deploy/rewards.py doesn't know this task's reward")
    else:
        lines.append(
            f"  mean return over {counted(check.episodes, 'episode')}: {check.plain.mean:,.2f}, "
            f"{check.share:.1%} of the task's {check.task.mean:,.2f}"
        )
    return "\n".join(lines)


def _summary(report: "ExportReport") -> str:
    shapes = [
        f"{kind} " + ", ".join(f"{name} {list(shape)}" for name, shape in tensors.items())
        for kind, tensors in (("in", report.inputs), ("out", report.outputs))
    ]
    return "\n".join(
        [
            *(escaped(path) for path in (report.path, report.contract_path, report.model_path) if path is not None),
            *shapes,
            f"verified: the largest difference to the network over 1,000 observations is {report.max_abs_error:.2g}",
        ]
    )
