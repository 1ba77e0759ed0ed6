"""What an exported file says about itself."""

import json
from typing import Any

import gymctl
from gymctl.export.actor import Actor
from gymctl.tasks.timing import control_dt

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
    config: dict[str, Any], actor: Actor, inputs: Shapes, outputs: Shapes, checkpoint_sha256: str
) -> dict[str, str]:
    """Writes the metadata of an exported file: every value is text, as ONNX wants it.

    Args:
        config: The composed config.
        actor: The exported module.
        inputs: Names and shapes of its inputs.
        outputs: Names and shapes of its outputs.
        checkpoint_sha256: The checkpoint's hash.
    """
    task = config["task"]
    return {
        "format_version": FORMAT_VERSION,
        "gymctl_version": gymctl.__version__,
        "task": task["name"],
        "num_observations": str(inputs["obs"][1]),
        "num_actions": str(outputs["actions"][1]),
        "inputs": json.dumps(inputs),
        "outputs": json.dumps(outputs),
        "control_dt": repr(control_dt(task)),
        "clip_observations": str(actor.bounds.observations),
        "clip_actions": str(actor.bounds.actions),
        "action_mode": "mean",
        "checkpoint_sha256": checkpoint_sha256,
    }
