"""The metadata of an exported file: its task, shapes, control step and the checkpoint's hash."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gymctl.config.locations import portable
from gymctl.core.errors import InputError
from gymctl.core.version import __version__

if TYPE_CHECKING:
    from gymctl.config.config import Config
    from gymctl.policies.export.actor import Actor
    from gymctl.policies.origin import Origin

FORMAT_VERSION = "1"
METADATA_FILE = "metadata.json"
"""The name of the metadata inside a TorchScript file."""
CONTRACT = "contract"
"""The key of the contract; see `gymctl.policies.export.contract`."""

Shapes = dict[str, list[int | str]]
"""Names of inputs or outputs, in order, and their shapes, in which ``"batch"`` stands for any number."""

_MOST = 2**20
"""Observations, actions, layers or units, which no policy comes near to."""


@dataclass(frozen=True)
class Interface:
    """What an exported file takes and gives."""

    inputs: Shapes
    outputs: Shapes

    @property
    def num_observations(self) -> int:
        """How many numbers an observation has."""
        return int(self.inputs["obs"][1])

    @property
    def num_actions(self) -> int:
        """How many numbers an action has."""
        return int(self.outputs["actions"][1])


def read_interface(metadata: Mapping[str, str], path: Path) -> Interface:
    """Reads from the metadata of a file what it takes and gives.

    Args:
        metadata: Of an exported file, which may be anyone's.
        path: The file, for the message.

    Raises:
        InputError: The metadata are not those of an exported policy.
    """
    foreign = InputError(
        f"'{path}' has no gymctl metadata", "give a file that 'gymctl export' made, or a .pth checkpoint"
    )
    if not isinstance(metadata, Mapping) or not all(isinstance(value, str) for value in metadata.values()):
        raise foreign
    version = metadata.get("format_version")
    if version is not None and version != FORMAT_VERSION:
        raise InputError(
            f"'{path}' has format version {version[:20]}, this gymctl reads {FORMAT_VERSION}", "export it again"
        )
    try:
        inputs, outputs = json.loads(metadata["inputs"]), json.loads(metadata["outputs"])
        sizes = [int(metadata[name]) for name in ("format_version", "num_observations", "num_actions")][1:]
    except (KeyError, ValueError, RecursionError) as error:
        raise foreign from error
    if not _are_shapes(inputs, "obs", sizes[0]) or not _are_shapes(outputs, "actions", sizes[1]):
        raise foreign
    if list(inputs.values())[1:] != list(outputs.values())[1:]:  # the states
        raise foreign
    return Interface(inputs, outputs)


def _are_shapes(shapes: Any, first: str, size: int) -> bool:
    """Whether these are a batch of rows of the given size and name, and then states."""
    if not isinstance(shapes, dict) or next(iter(shapes), None) != first or shapes[first] != ["batch", size]:
        return False
    states = list(shapes.values())[1:]
    return 0 < size <= _MOST and all(
        isinstance(state, list)
        and len(state) == 3
        and state[1] == "batch"
        and all(type(count) is int and 0 < count <= _MOST for count in state[::2])
        and state[0] * state[2] <= _MOST
        for state in states
    )


def input_shapes(actor: "Actor", num_observations: int) -> Shapes:
    """Names and shapes of the file's inputs."""
    states: Shapes = {f"{name}_in": [layers, "batch", units] for name, (layers, units) in actor.state_shapes.items()}
    return {"obs": ["batch", num_observations], **states}


def output_shapes(actor: "Actor", num_actions: int) -> Shapes:
    """Names and shapes of the file's outputs."""
    states: Shapes = {f"{name}_out": [layers, "batch", units] for name, (layers, units) in actor.state_shapes.items()}
    return {"actions": ["batch", num_actions], **states}


def describe(
    config: "Config",
    origin: "Origin",
    actor: "Actor",
    inputs: Shapes,
    outputs: Shapes,
    checkpoint_sha256: str,
    contract: str | None = None,
) -> dict[str, str]:
    """Writes the metadata of an exported file: every value is text, as ONNX wants it.

    Args:
        config: The composed config.
        origin: What the policy was trained on.
        actor: The exported module.
        inputs: Names and shapes of its inputs.
        outputs: Names and shapes of its outputs.
        checkpoint_sha256: The checkpoint's hash.
        contract: As `gymctl.policies.export.contract.make_contract` writes it; None if there is none.
    """
    return {
        "format_version": FORMAT_VERSION,
        "gymctl_version": __version__,
        "task": portable(config.task.name),
        "task_version": str(origin.task_version or "none"),
        "physics": origin.physics,
        "num_observations": str(inputs["obs"][1]),
        "num_actions": str(outputs["actions"][1]),
        "inputs": json.dumps(inputs),
        "outputs": json.dumps(outputs),
        "control_dt": repr(config.task.control_dt),
        "clip_observations": str(actor.bounds.observations),
        "clip_actions": str(actor.bounds.actions),
        "action_mode": "mean",
        "checkpoint_sha256": checkpoint_sha256,
        **({} if contract is None else {CONTRACT: contract}),
    }
