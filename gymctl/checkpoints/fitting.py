"""Whether a checkpoint's network is the one that a config describes."""

import re
from dataclasses import dataclass, field, replace
from typing import Any

import torch

from gymctl.errors import InputError

_LAYER = re.compile(r"a2c_network\.actor_mlp\.(?:linears\.)?(\d+)\.weight")
_RECURRENT = re.compile(r"a2c_network\.(?:a_)?rnn\.rnn\.weight_hh_l(\d+)")
_GATES = {"lstm": 4, "gru": 3}


@dataclass(frozen=True)
class Recurrence:
    """The recurrent part of a policy."""

    kind: str
    """``lstm`` or ``gru``."""
    units: int
    layers: int
    before_mlp: bool = field(compare=False)
    """Whether it comes before the fully connected layers (inferred from sizes, so not compared)."""

    def __str__(self) -> str:
        return f"{self.kind} {self.units}" + (f"x{self.layers}" if self.layers > 1 else "")


@dataclass(frozen=True)
class NetworkSizes:
    """What a policy network looks like."""

    observations: int
    actions: int
    layers: tuple[int, ...]
    """Widths of the actor's fully connected layers."""
    recurrence: Recurrence | None
    separate: bool
    """Whether the critic has layers of its own."""
    fixed_sigma: bool
    """Whether the standard deviation is a parameter, not an output of the network."""
    normalize_input: bool
    normalize_value: bool

    def __str__(self) -> str:
        hidden: list[Any] = list(self.layers)
        if self.recurrence is not None:
            hidden.insert(0 if self.recurrence.before_mlp else len(hidden), self.recurrence)
        return " → ".join(str(part) for part in (self.observations, *hidden, self.actions))


def sizes(checkpoint: dict[str, Any]) -> NetworkSizes:
    """Reads the shape of a checkpoint's policy from its tensors.

    Args:
        checkpoint: As `gymctl.checkpoints.load` returns it.

    Raises:
        InputError: If it is no policy with continuous actions and a flat observation.
    """
    model: dict[str, torch.Tensor] = checkpoint.get("model", {})
    mean_layer = model.get("a2c_network.mu.weight")
    if mean_layer is None or mean_layer.ndim != 2:
        raise InputError(
            f"the checkpoint holds {_other_policy(checkpoint)}", "only PPO with continuous actions is supported"
        )
    weights = {int(m[1]): w for key, w in model.items() if (m := _LAYER.fullmatch(key)) and w.ndim == 2}
    mlp = [weights[index] for index in sorted(weights)]
    layers = tuple(weight.shape[0] for weight in mlp)
    recurrence, recurrence_inputs = _recurrence(model, mlp, mean_layer)
    if recurrence is not None and (recurrence.before_mlp or not mlp):
        observations = recurrence_inputs
    else:
        observations = (mlp[0] if mlp else mean_layer).shape[1]
    normaliser = model.get("running_mean_std.running_mean")
    if normaliser is not None and normaliser.shape != (observations,):
        raise InputError(
            f"the checkpoint normalises {tuple(normaliser.shape)} observations, its network takes {observations}",
            "only policies on flat observations are supported",
        )
    return NetworkSizes(
        observations=observations,
        actions=mean_layer.shape[0],
        layers=layers,
        recurrence=recurrence,
        separate=any(key.startswith(("a2c_network.critic_mlp.", "a2c_network.c_rnn.")) for key in model),
        fixed_sigma="a2c_network.sigma" in model,
        normalize_input=normaliser is not None,
        normalize_value="value_mean_std.running_mean" in model,
    )


def trained_on(checkpoint: dict[str, Any]) -> str | None:
    """Reads the name of the task that a checkpoint was trained on; None if it doesn't say, as rl_games' own don't.

    Args:
        checkpoint: As `gymctl.checkpoints.load` returns it.
    """
    env_state = checkpoint.get("env_state")
    task = env_state.get("task") if isinstance(env_state, dict) else None
    return task if isinstance(task, str) and task.isprintable() else None


def check_fits(
    checkpoint: dict[str, Any],
    config: dict[str, Any],
    num_observations: int | None = None,
    num_actions: int | None = None,
) -> None:
    """Refuses a checkpoint whose network isn't the one that the config describes.

    Args:
        checkpoint: As `gymctl.checkpoints.load` returns it.
        config: The composed config.
        num_observations: What the task gives. Not compared if None.
        num_actions: What the task takes. Not compared if None.

    Raises:
        InputError: Saying in what they differ.
    """
    found = sizes(checkpoint)
    task = config["task"]["name"]
    try:
        configured = _configured(config["train"]["params"], found)
    except (KeyError, TypeError) as error:
        raise InputError(
            f"the config describes no PPO policy with continuous actions: {error} is missing in train.params",
            "use the config of the run that made the checkpoint",
        ) from error
    expected = replace(
        configured,
        observations=found.observations if num_observations is None else num_observations,
        actions=found.actions if num_actions is None else num_actions,
    )
    if (found.observations, found.actions) != (expected.observations, expected.actions):
        origin = trained_on(checkpoint) or "another task"
        raise InputError(
            f"the checkpoint was trained on {origin} ({found.observations} observations, "
            f"{found.actions} actions), {task} has {expected.observations} and {expected.actions}",
            "give a checkpoint of this task, or name the task that it was trained on",
        )
    if found.layers != expected.layers or found.recurrence != expected.recurrence:
        raise InputError(
            f"the file is a policy for {found}, the config says {expected}",
            "use the config of the run that made it, or set train.params.network accordingly",
        )
    for key, where in _SWITCHES.items():
        if getattr(found, key) != getattr(expected, key):
            raise InputError(
                f"the file's policy has {key}: {getattr(found, key)}, the config says {getattr(expected, key)}",
                f"set train.params.{where}.{key}={getattr(found, key)}",
            )


_SWITCHES = {
    "separate": "network",
    "fixed_sigma": "network.space.continuous",
    "normalize_input": "config",
    "normalize_value": "config",
}


def _configured(params: dict[str, Any], found: NetworkSizes) -> NetworkSizes:
    network, learner = params["network"], params["config"]
    rnn = network.get("rnn")
    return replace(
        found,
        layers=tuple(network["mlp"]["units"]),
        recurrence=rnn and Recurrence(rnn["name"], rnn["units"], rnn["layers"], rnn.get("before_mlp", False)),
        separate=network.get("separate", False),
        fixed_sigma=network["space"]["continuous"]["fixed_sigma"],
        normalize_input=learner["normalize_input"],
        normalize_value=learner.get("normalize_value", False),
    )


def _recurrence(
    model: dict[str, torch.Tensor], mlp: list[torch.Tensor], mean_layer: torch.Tensor
) -> tuple[Recurrence | None, int]:
    """Reads the recurrent part and the number of its inputs."""
    by_layer = {int(m[1]): (key, weight) for key, weight in model.items() if (m := _RECURRENT.fullmatch(key))}
    if not by_layer:
        return None, 0
    key, weight = by_layer[min(by_layer)]
    inputs = model.get(key.replace("weight_hh_l", "weight_ih_l"))
    if weight.ndim != 2 or inputs is None or inputs.ndim != 2:
        raise InputError("the checkpoint's recurrent layers are incomplete", "give another checkpoint")
    units, num_inputs = weight.shape[1], inputs.shape[1]
    kind = next((name for name, gates in _GATES.items() if weight.shape[0] == gates * units), "recurrent")
    mlp_is_last = (
        bool(mlp) and mean_layer.shape[1] == mlp[-1].shape[0] and mlp[0].shape[1] in (units, units + num_inputs)
    )
    return Recurrence(kind, units, len(by_layer), mlp_is_last), num_inputs


def _other_policy(checkpoint: dict[str, Any]) -> str:
    if "actor" in checkpoint:
        return "a soft actor-critic (SAC) policy"
    if any(str(key).startswith("a2c_network.logits") for key in checkpoint.get("model", {})):
        return "a policy with discrete actions"
    return "no actor-critic policy"
