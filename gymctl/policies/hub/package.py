"""A policy as it is on the Hub: weights as safetensors, a config, and a few plain values. No file can hold code."""

import importlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from gymctl.config.locations import portable
from gymctl.config.yaml_io import to_yaml
from gymctl.core.errors import BackendError, InputError
from gymctl.core.extras import how_to_install
from gymctl.core.inside import read_regular
from gymctl.core.memory import bounded_memory
from gymctl.core.version import __version__
from gymctl.policies.checkpoints.loading import load_checkpoint
from gymctl.policies.origin import recorded_return
from gymctl.runs.checkpoint_names import PHYSICS_KEY, VERSION_KEY
from gymctl.runs.directory import Run

WEIGHTS, CONFIG, ABOUT = "policy.safetensors", "config.yaml", "policy.json"
LARGEST = {WEIGHTS: 2**31, CONFIG: 2**20, ABOUT: 2**16}
"""Bytes that each may have."""
FORMAT_VERSION = 1
_LARGEST_HEADER = 2**20
"""Bytes in which a file of weights may describe its tensors; a policy needs some thousands."""
_SPARE = 2**30
_FIX = "ask whoever pushed it to push it again"

_Text = Annotated[str, Meta(max_length=200)]
_Count = Annotated[int, Meta(ge=0, le=2**53)]


class About(msgspec.Struct, frozen=True, kw_only=True):
    """What is told of a policy beside its weights and its config."""

    format_version: Annotated[int, Meta(ge=1)]
    gymctl_version: _Text
    task: _Text
    algorithm: _Text
    physics: _Text | None = None
    """None of a policy that was trained in Isaac Gym, as its task's version."""
    task_version: _Count | None = None
    epoch: _Count | None = None
    frame: _Count | None = None
    mean_return: float | None = None
    """As training recorded it."""
    seed: int | None = None
    env_steps: _Count | None = None
    wall_seconds: float | None = None


def pack(checkpoint_path: Path, run: Run) -> tuple[About, dict[str, bytes]]:
    """What is to be pushed of a run: what `gymctl play` needs.

    Names of folders, of Weights & Biases' projects and the like stay here.

    Args:
        checkpoint_path: One of the run's checkpoints.
        run: The run.

    Returns:
        What is told, and the files.

    Raises:
        InputError: The checkpoint or the config can't be read.
    """
    checkpoint, config, manifest = load_checkpoint(checkpoint_path), run.read_config(), run.manifest()
    weights = {name: tensor.detach().clone().contiguous() for name, tensor in checkpoint["model"].items()}
    about = About(
        format_version=FORMAT_VERSION,
        gymctl_version=__version__,
        task=portable(run.task()),
        algorithm=str(config["train"]["params"]["algo"]["name"]),
        physics=checkpoint.get(PHYSICS_KEY),
        task_version=checkpoint.get(VERSION_KEY),
        epoch=_whole(checkpoint.get("epoch")),
        frame=_whole(checkpoint.get("frame")),
        mean_return=recorded_return(checkpoint_path, checkpoint),
        seed=_whole(manifest.get("seed")),
        env_steps=_whole(manifest.get("env_steps")),
        wall_seconds=manifest.get("wall_seconds"),
    )
    told = {name: value for name, value in msgspec.structs.asdict(about).items() if value is not None}
    files = {
        WEIGHTS: _safetensors().save(weights),
        CONFIG: to_yaml(_without_private(config)).encode(),
        ABOUT: (json.dumps(told, indent=1) + "\n").encode(),
    }
    for name, content in files.items():
        if len(content) > LARGEST[name]:
            raise InputError(f"{name} would have {len(content):,} bytes, {LARGEST[name]:,} is the most", "")
    return about, files


def unpack(directory: Path, run: Run, address: object) -> About:
    """Makes a run directory of what was downloaded, which may be anyone's.

    Its weights become a checkpoint of plain tensors; `load_checkpoint` looks at them as at any other.

    Args:
        directory: Where the files are.
        run: To be made, in an empty directory.
        address: Where they came from, for messages.

    Raises:
        InputError: A file isn't what it should be.
    """
    import torch

    about = read_about(read_regular(directory / ABOUT, LARGEST[ABOUT], directory), address)
    content = read_regular(directory / WEIGHTS, LARGEST[WEIGHTS], directory)
    safetensors = _safetensors()
    if _LARGEST_HEADER < int.from_bytes(content[:8], "little") < len(content):
        raise InputError(f"{address}: {WEIGHTS} describes too many tensors for a policy", "don't load it")
    try:
        with bounded_memory(3 * len(content) + _SPARE):
            weights = safetensors.load(content)
    except Exception as error:  # a damaged or hostile file can fail in any way
        raise InputError(f"{address}: {WEIGHTS} can't be read", _FIX) from error
    checkpoint: dict[str, Any] = {"model": weights, "epoch": about.epoch or 0, "frame": about.frame or 0}
    if about.mean_return is not None:
        checkpoint["last_mean_rewards"] = about.mean_return
    if about.physics is not None:
        checkpoint |= {PHYSICS_KEY: about.physics, VERSION_KEY: about.task_version or 1}
    run.nn_dir.mkdir()
    torch.save(checkpoint, run.nn_dir / "policy.pth")
    run.config_path.write_bytes(read_regular(directory / CONFIG, LARGEST[CONFIG], directory))
    return about


def read_about(content: bytes, address: object) -> About:
    """Reads what is told of a policy.

    Raises:
        InputError: It isn't what gymctl writes, or a later gymctl's.
    """
    try:
        about = msgspec.json.decode(content, type=About)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise InputError(f"{address}: {ABOUT} can't be read: {str(error)[:200]}", _FIX) from error
    if about.format_version > FORMAT_VERSION:
        raise InputError(
            f"{address} has format version {about.format_version}, this gymctl reads {FORMAT_VERSION}", "update gymctl"
        )
    return about


def _safetensors() -> Any:
    try:
        return importlib.import_module("safetensors.torch")
    except ImportError as error:
        raise BackendError(f"{error.name} is not installed", f"run: {how_to_install('hub')}") from error


def _without_private(config: Mapping[str, Any]) -> dict[str, Any]:
    """A config without what only concerns the machine and the accounts that it was used on."""
    kept = {key: value for key, value in config.items() if not key.startswith("wandb_") and key != "checkpoint"}
    params = dict(kept["train"]["params"])
    params["load_checkpoint"], params["load_path"] = False, ""
    kept["train"] = {**kept["train"], "params": params}
    kept["task"] = {**kept["task"], "name": portable(str(kept["task"]["name"]))}
    if "task_name" in kept:
        kept["task_name"] = portable(str(kept["task_name"]))
    return kept


def _whole(value: Any) -> int | None:
    return value if type(value) is int and 0 <= value <= 2**53 else None
