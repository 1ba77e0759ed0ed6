"""The metadata of an exported file: its task, shapes, control step and the checkpoint's hash."""

import json

from gymctl.config.config import Config
from gymctl.core.version import __version__
from gymctl.policies.export.actor import Actor
from gymctl.policies.origin import Origin

FORMAT_VERSION = "1"
METADATA_FILE = "metadata.json"
"""The name of the metadata inside a TorchScript file."""

Shapes = dict[str, list[int | str]]
"""Names of inputs or outputs, in order, and their shapes, in which ``"batch"`` stands for any number."""


def input_shapes(actor: Actor, num_observations: int) -> Shapes:
    """Names and shapes of the file's inputs."""
    states: Shapes = {f"{name}_in": [layers, "batch", units] for name, (layers, units) in actor.state_shapes.items()}
    return {"obs": ["batch", num_observations], **states}


def output_shapes(actor: Actor, num_actions: int) -> Shapes:
    """Names and shapes of the file's outputs."""
    states: Shapes = {f"{name}_out": [layers, "batch", units] for name, (layers, units) in actor.state_shapes.items()}
    return {"actions": ["batch", num_actions], **states}


def describe(
    config: Config, origin: Origin, actor: Actor, inputs: Shapes, outputs: Shapes, checkpoint_sha256: str
) -> dict[str, str]:
    """Writes the metadata of an exported file: every value is text, as ONNX wants it.

    Args:
        config: The composed config.
        origin: What the policy was trained on.
        actor: The exported module.
        inputs: Names and shapes of its inputs.
        outputs: Names and shapes of its outputs.
        checkpoint_sha256: The checkpoint's hash.
    """
    return {
        "format_version": FORMAT_VERSION,
        "gymctl_version": __version__,
        "task": config.task.name,
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
    }
