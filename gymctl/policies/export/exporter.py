"""Exports a checkpoint's policy to a file that is checked against the network before it gets its name."""

import json
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
from gymctl.policies.export.telling import tell
from gymctl.policies.export.verify import compare
from gymctl.policies.export.writers import write_onnx, write_torchscript
from gymctl.policies.hub.pull import is_from_hub
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
    contract_sha256: str | None
    """Checksum of the contract in the file; None if there is none."""
    contract_path: Path | None = None
    model_path: Path | None = None
    notes: tuple[str, ...] = ()
    """Lines for the user."""


def export(
    config: Config,
    checkpoint_path: Path,
    format: str,
    output: Path | None = None,
    *,
    contract: Path | None = None,
    model: Path | None = None,
    needs_contract: bool = False,
    trust: bool = False,
) -> ExportReport:
    """Exports a policy: raw observations in, clipped mean actions out. Builds no env, unless a model is wanted.

    The file gets its name only after it was run and its actions were found equal to those of rl_games' own network. It
    carries a contract, if the task tells what its numbers mean; see `gymctl.policies.export.contract`.

    Args:
        config: The composed config of the run that made the checkpoint.
        checkpoint_path: The ``.pth`` file.
        format: ``onnx`` or ``torchscript``.
        output: The file to write; an existing one is replaced. By default named after the checkpoint, in ``export/``
            of its run, or beside it where it has none; of a packaged policy or one from the Hub, in the current
            directory.
        contract: Where to write the contract, too, as JSON.
        model: Where to write the task's model; see `gymctl.policies.export.model_file.write_model`.
        needs_contract: Whether to write nothing without a contract.
        trust: Whether the checkpoint may contain any Python objects, which can run code when it is read.

    Raises:
        InputError: If the format is unknown, a file can't be written, the checkpoint can't be used, or there is no
            contract or model though it is to be written or needed.
        BackendError: If the packages for ONNX are missing.
        GymctlError: If the policy can't be expressed in the format, or the file's actions differ from the network's.
            No file is left then.
    """
    check_format(format)
    run = run_of(checkpoint_path)
    path = _output_path(checkpoint_path, run, format, output)
    _check_beside(contract, model, path, checkpoint_path)
    inside = run.path if run is not None and output is None and not _is_shared(checkpoint_path) else None
    checkpoint = load_checkpoint(checkpoint_path, trust=trust)
    _check_task(checkpoint, checkpoint_path, config.task.name, run)
    sizes = sizes_of(checkpoint)
    player = load_player(config, checkpoint)
    actor = Actor(player.network, player.model, clips(config))
    inputs, outputs = input_shapes(actor, sizes.observations), output_shapes(actor, sizes.actions)
    checkpoint_sha256 = sha256(checkpoint_path)
    origin = origin_of(checkpoint_path, run)
    told = tell(config, actor.bounds, (sizes.observations, sizes.actions), checkpoint_sha256)
    if (contract is not None or needs_contract) and told.problem is not None:
        raise told.problem
    metadata = describe(config, origin, actor, inputs, outputs, checkpoint_sha256, told.contract)
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
    if contract is not None and told.contract is not None:
        with _writable(contract, None), atomic_write(contract) as temporary:
            temporary.write_text(json.dumps(json.loads(told.contract), indent=1) + "\n")
    if model is not None:
        from gymctl.policies.export.model_file import write_model  # simulates

        with _writable(model, None):
            write_model(config, model)
    return ExportReport(
        path,
        format,
        inputs,
        outputs,
        comparison.max_abs_error,
        True,
        checkpoint_sha256,
        contract_sha256=None if told.contract is None else json.loads(told.contract)["sha256"],
        contract_path=contract,
        model_path=model,
        notes=() if told.problem is None else (f"{told.problem.what}; {told.problem.fix}",),
    )


def _check_beside(contract: Path | None, model: Path | None, path: Path, checkpoint: Path) -> None:
    """Refuses files beside the policy that can't be written, before anything is."""
    if model is not None and not model.name.endswith((".xml", ".mjb")):
        raise InputError(f"'{model}' is no name for a model", "end it in .xml, or in .mjb: exact, for one MuJoCo only")
    files = [file for file in (contract, model) if file is not None]
    for file in files:
        if not file.parent.is_dir():
            raise InputError(f"there is no directory '{file.parent}'", "make it first, or write elsewhere")
        check_replaceable(file)
    places = [file.resolve() for file in (path, checkpoint, *files)]
    if len(set(places)) < len(places):
        raise InputError("two of the files have one name", "name the policy, the contract and the model differently")


def _check_task(checkpoint: dict[str, Any], path: Path, task: str, run: Run | None) -> None:
    trained = trained_on(checkpoint)
    task = portable(task)
    if trained is not None and trained != task:
        place = run.task() if run is not None and portable(run.task()) == trained else trained
        raise InputError(
            f"'{path}' was trained on {trained}, not on {task}", shlex.join(["gymctl", "export", place, str(path)])
        )


def _is_shared(checkpoint: Path) -> bool:
    """Whether a checkpoint lies where the user wouldn't look for a file."""
    return is_packaged(checkpoint) or is_from_hub(checkpoint)


def _output_path(checkpoint: Path, run: Run | None, format: str, output: Path | None) -> Path:
    if output is None:
        directory = Path() if _is_shared(checkpoint) else checkpoint.parent if run is None else run.path / "export"
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
