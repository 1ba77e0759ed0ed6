"""The contract of an exported policy: what a robot's controller needs to know about its numbers."""

import hashlib
import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
from msgspec import Meta

from gymctl.config.locations import portable
from gymctl.core.errors import InputError
from gymctl.core.version import __version__
from gymctl.tasks.description import (
    Action,
    Command,
    HandControl,
    Joint,
    Observation,
    RewardTerm,
    TaskDescription,
    inconsistency,
)

if TYPE_CHECKING:
    import mujoco

    from gymctl.config.config import Config
    from gymctl.policies.export.actor import Clips

SCHEMA_VERSION = 1
LARGEST = 2**20
"""Bytes of its JSON."""
_FIX = "export it again, with a checkpoint that you trust"

_Count = Annotated[int, Meta(ge=0, le=2**20)]
_Seconds = Annotated[float, Meta(gt=0.0, le=1e6)]


@dataclass(frozen=True)
class Slice(Observation):
    """An `Observation` with its place among the others."""

    start: int = 0
    """Index of its first element."""


@dataclass(frozen=True)
class Times:
    """How time is divided [s]."""

    control_dt: _Seconds
    """Between two actions."""
    physics_dt: _Seconds
    """A physics step: ``sim.dt``."""
    timestep: _Seconds
    """MuJoCo's own step, of the model."""
    decimation: Annotated[int, Meta(ge=1, le=10**6)]
    """Physics steps between two actions."""
    timesteps: Annotated[int, Meta(ge=1, le=10**6)]
    """MuJoCo's steps between two actions."""
    episode_steps: Annotated[int, Meta(ge=1)] | None
    """Control steps of an episode in training at most; None where nothing tells."""


@dataclass(frozen=True)
class Base:
    """The robot's root body."""

    body: str
    max_angular_velocity: float | None
    """Faster turns are cut to this after a control step [rad/s]."""


@dataclass(frozen=True)
class Contract:
    """What an exported policy takes and gives, in physical terms."""

    schema_version: Annotated[int, Meta(ge=1)]
    gymctl_version: str
    task: str
    task_version: int
    physics: str
    checkpoint_sha256: Annotated[str, Meta(pattern="^[0-9a-f]{64}$")]
    time: Times
    clip_observations: Annotated[float, Meta(gt=0.0)] | None
    """Observations are clamped to plus and minus this, in the file; None: they aren't."""
    clip_actions: Annotated[float, Meta(gt=0.0)] | None
    """The same of actions."""
    base: Base
    observations: Annotated[tuple[Slice, ...], Meta(min_length=1, max_length=4096)]
    actions: Annotated[tuple[Action, ...], Meta(min_length=1, max_length=4096)]
    joints: Annotated[tuple[Joint, ...], Meta(max_length=4096)]
    commands: Annotated[tuple[Command, ...], Meta(max_length=4096)]
    rewards: Annotated[tuple[RewardTerm, ...], Meta(max_length=4096)]
    terminations: Annotated[tuple[str, ...], Meta(max_length=4096)]
    sha256: str
    """Of the contract's JSON without this key; see `checksum`."""
    hand_control: HandControl | None = None

    @property
    def num_observations(self) -> int:
        """How many numbers an observation has."""
        return sum(part.size for part in self.observations)


def make_contract(
    config: "Config",
    description: TaskDescription,
    model: "mujoco.MjModel",
    bounds: "Clips",
    task_version: int,
    checkpoint_sha256: str,
) -> str:
    """Writes the contract of a policy, as JSON.

    Args:
        config: The composed config.
        description: What the task tells.
        model: The task's compiled model.
        bounds: What observations and actions are clamped to.
        task_version: The version of the task that tells it.
        checkpoint_sha256: The checkpoint's hash.
    """
    task = config.task
    told = msgspec.to_builtins(description)
    reach = bounds.actions if math.isfinite(bounds.actions) else None
    starts = [0]
    for observation in description.observations:
        starts.append(starts[-1] + observation.size)
    fields: dict[str, Any] = {
        "schema_version": SCHEMA_VERSION,
        "gymctl_version": __version__,
        "task": portable(task.name),
        "task_version": task_version,
        "physics": task.physics,
        "checkpoint_sha256": checkpoint_sha256,
        "time": {
            "control_dt": task.control_dt,
            "physics_dt": float(task.sim["dt"]),
            "timestep": float(model.opt.timestep),
            "decimation": task.physics_steps,
            "timesteps": task.physics_steps * task.substeps,
            "episode_steps": description.episode_steps,
        },
        "clip_observations": bounds.observations if math.isfinite(bounds.observations) else None,
        "clip_actions": reach,
        "base": {"body": told.pop("base"), "max_angular_velocity": told.pop("max_angular_velocity")},
        "observations": [
            {"start": start, **part} for start, part in zip(starts, told.pop("observations"), strict=False)
        ],
        "actions": [_with_limits(action, reach) for action in told.pop("actions")],
        **{name: told[name] for name in ("joints", "commands", "rewards", "terminations", "hand_control")},
    }
    return json.dumps({**fields, "sha256": checksum(fields)})


def _with_limits(action: dict[str, Any], reach: float | None) -> dict[str, Any]:
    """An action whose limits are told, where it has any."""
    if action["limits"] is None and reach is not None and not action["increment"]:
        span = abs(action["scale"]) * reach
        return {**action, "limits": [action["offset"] - span, action["offset"] + span]}
    return action


def checksum(fields: dict[str, Any]) -> str:
    """SHA-256 of a contract as JSON without its key ``sha256``: keys sorted, no spaces, ASCII.

    Args:
        fields: The contract.
    """
    rest = {key: value for key, value in fields.items() if key != "sha256"}
    return hashlib.sha256(json.dumps(rest, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def read_contract(text: str, path: Path) -> Contract:
    """Reads a contract that may be anyone's: only numbers and names come out of it, of bounded sizes.

    Args:
        text: JSON.
        path: The file that it is in, for the message.

    Raises:
        InputError: It is none, contradicts itself, or was changed after it was written.
    """
    if len(text) > LARGEST:
        raise InputError(f"the contract in '{path}' is too large", _FIX)
    try:
        fields = msgspec.json.decode(text)
        version = fields.get("schema_version") if isinstance(fields, dict) else None
        if type(version) is int and version > SCHEMA_VERSION:
            raise InputError(
                f"the contract in '{path}' has schema version {str(version)[:20]}, this gymctl reads {SCHEMA_VERSION}",
                "update gymctl, or export it again",
            )
        contract = msgspec.convert(fields, Contract)
        is_whole = contract.sha256 == checksum(fields)
    except (msgspec.MsgspecError, ValueError, RecursionError, OverflowError) as error:
        said = str(error).partition("\n")[0][:200]
        raise InputError(f"the contract in '{path}' can't be read: {said}", _FIX) from error
    if problem := _problem(contract):
        raise InputError(f"the contract in '{path}' {problem}", _FIX)
    if not is_whole:
        raise InputError(f"the contract in '{path}' was changed: its checksum differs", _FIX)
    return contract


def _problem(contract: Contract) -> str:
    """How a contract contradicts itself; ``""`` if it doesn't."""
    start = 0
    for part in contract.observations:
        if part.size < 1 or part.start != start:
            return f"tells of {part.name[:80]!r} at {part.start} with the size {part.size}, {start} comes next"
        start += part.size
    return inconsistency(contract.observations, contract.actions, contract.joints, contract.hand_control)
