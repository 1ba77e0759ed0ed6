"""Exports a checkpoint's policy to a file that is checked against the network before it gets its name."""

import os
import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from gymctl.config.config import Config
from gymctl.config.locations import portable
from gymctl.core.errors import GymctlError, InputError
from gymctl.core.files import atomic_write, check_replaceable, sha256
from gymctl.core.inside import make_directory
from gymctl.policies.checkpoints.fitting import trained_on
from gymctl.policies.checkpoints.loading import load_checkpoint
from gymctl.policies.export import FORMATS, check_format
from gymctl.policies.export.actor import Actor, clips
from gymctl.policies.export.metadata import Shapes, describe, input_shapes, output_shapes
from gymctl.policies.export.runtime import OnnxPolicy, TorchScriptPolicy
from gymctl.policies.export.verify import compare
from gymctl.policies.export.writers import write_onnx, write_torchscript
from gymctl.policies.networks.registry import sizes_of
from gymctl.policies.origin import origin_of
from gymctl.policies.packaged import is_packaged
from gymctl.policies.player import load_player
from gymctl.runs.checkpoints import run_of
from gymctl.runs.directory import Run

_SUFFIXES = {"onnx": ".onnx", "torchscript": ".pt"}
_WRITERS = {"onnx": write_onnx, "torchscript": write_torchscript}
_READERS = {"onnx": OnnxPolicy, "torchscript": partial(TorchScriptPolicy, trust=True)}


@dataclass(frozen=True)
class ExportReport:
    """What was exported."""

    path: Path
    format: str
    inputs: Shapes
    outputs: Shapes
    max_abs_error: float
    """The largest difference between an action of the file and one of the network."""
    verified: bool
    checkpoint_sha256: str


def export(
    config: Config, checkpoint_path: Path, format: str, output: Path | None = None, *, trust: bool = False
) -> ExportReport:
    """Exports a policy: raw observations in, clipped mean actions out. Builds no env and no simulator.

    The file gets its name only after it was run and its actions were found equal to those of rl_games' own network.

    Args:
        config: The composed config of the run that made the checkpoint.
        checkpoint_path: The ``.pth`` file.
        format: ``onnx`` or ``torchscript``.
        output: The file to write; an existing one is replaced. By default named after the checkpoint, in ``export/``
            of its run, or beside it where it has none; of a packaged policy, in the current directory.
        trust: Whether the checkpoint may contain any Python objects, which can run code when it is read.

    Raises:
        InputError: If the format is unknown, the output can't be written, or the checkpoint can't be used.
        BackendError: If the packages for ONNX are missing.
        GymctlError: If the policy can't be expressed in the format, or the file's actions differ from the network's.
            No file is left then.
    """
    check_format(format)
    run = run_of(checkpoint_path)
    path = _output_path(checkpoint_path, run, format, output)
    inside = run.path if run is not None and output is None and not is_packaged(checkpoint_path) else None
    checkpoint = load_checkpoint(checkpoint_path, trust=trust)
    _check_task(checkpoint, checkpoint_path, config.task.name)
    sizes = sizes_of(checkpoint)
    player = load_player(config, checkpoint)
    actor = Actor(player.network, player.model, clips(config))
    inputs, outputs = input_shapes(actor, sizes.observations), output_shapes(actor, sizes.actions)
    checkpoint_sha256 = sha256(checkpoint_path)
    origin = origin_of(checkpoint_path, run)
    metadata = describe(config, origin, actor, inputs, outputs, checkpoint_sha256)
    with _writable(path, inside), atomic_write(path, inside) as temporary:
        try:
            _WRITERS[format](actor, inputs, outputs, metadata, temporary)
        except Exception as error:  # torch's exporters raise many kinds, for networks they can't express
            raise GymctlError(f"the policy can't be written as {format}: {_root(error)}", _other(format)) from error
        comparison = compare(_READERS[format](temporary), config, checkpoint)
        if not comparison.agrees:
            raise GymctlError(
                f"the file's actions differ from the network's by {comparison.max_abs_error:.2g}: it was not kept",
                _other(format),
            )
    return ExportReport(path, format, inputs, outputs, comparison.max_abs_error, True, checkpoint_sha256)


def _check_task(checkpoint: dict[str, Any], path: Path, task: str) -> None:
    trained = trained_on(checkpoint)
    task = portable(task)
    if trained is not None and trained != task:
        raise InputError(
            f"'{path}' was trained on {trained}, not on {task}", shlex.join(["gymctl", "export", trained, str(path)])
        )


def _output_path(checkpoint: Path, run: Run | None, format: str, output: Path | None) -> Path:
    if output is None:
        directory = Path() if is_packaged(checkpoint) else checkpoint.parent if run is None else run.path / "export"
        path = directory / (checkpoint.stem + _SUFFIXES[format])
        existing = directory if directory.is_dir() else directory.parent
    else:
        path, existing = output, output.parent
    if path.is_dir():
        raise InputError(f"'{path}' is a directory", f"name a file, such as '{path / ('policy' + _SUFFIXES[format])}'")
    check_replaceable(path)
    if not existing.is_dir():
        raise InputError(f"there is no directory '{existing}'", "make it first, or write elsewhere with --output")
    if not os.access(existing, os.W_OK):
        raise InputError(f"'{existing}' can't be written to", "write elsewhere with --output")
    if path.resolve() == checkpoint.resolve():
        raise InputError(f"'{path}' is the checkpoint itself", "write to another file")
    return path


@contextmanager
def _writable(path: Path, inside: Path | None) -> Iterator[None]:
    try:
        if inside is not None:
            make_directory(path.parent, inside)
        yield
    except OSError as error:
        raise InputError(f"can't write '{path}': {error.strerror or error}", "write elsewhere with --output") from error


def _other(format: str) -> str:
    return f"try --format {next(other for other in FORMATS if other != format)}"


def _root(error: BaseException) -> str:
    while error.__cause__ is not None:
        error = error.__cause__
    return (str(error).strip() or type(error).__name__).splitlines()[0]
