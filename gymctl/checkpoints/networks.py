"""What a checkpoint's tensors say about its network."""

import re
from dataclasses import dataclass, field
from typing import Any

import torch

from gymctl.errors import InputError

PPO, SAC = "a2c_continuous", "sac"
"""Algorithms, as ``train.params.algo.name`` calls them."""

_LAYER = re.compile(r"a2c_network\.actor_mlp\.(?:linears\.)?(\d+)\.weight")
_SAC_LAYER = re.compile(r"sac_network\.actor\.trunk\.(\d+)\.weight")
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

    algorithm: str
    """`PPO` or `SAC`."""
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
    found = _sizes_of_sac(model) or _sizes_of_ppo(model)
    if found is None:
        discrete = any(key.startswith("a2c_network.logits") for key in model)
        raise InputError(
            f"the checkpoint holds {'a policy with discrete actions' if discrete else 'no actor-critic policy'}",
            "only PPO and SAC with continuous actions are supported",
        )
    normaliser = model.get("running_mean_std.running_mean")
    if normaliser is not None and normaliser.shape != (found.observations,):
        raise InputError(
            f"the checkpoint normalises {tuple(normaliser.shape)} observations, its network takes {found.observations}",
            "only policies on flat observations are supported",
        )
    return found


def _sizes_of_sac(model: dict[str, torch.Tensor]) -> NetworkSizes | None:
    mlp = _in_order(_SAC_LAYER, model)
    if not mlp:
        return None
    return NetworkSizes(
        algorithm=SAC,
        observations=mlp[0].shape[1],
        actions=mlp[-1].shape[0] // 2,  # a mean and the logarithm of a standard deviation each
        layers=tuple(weight.shape[0] for weight in mlp[:-1]),
        recurrence=None,
        separate=True,
        fixed_sigma=False,
        normalize_input="running_mean_std.running_mean" in model,
        normalize_value=False,
    )


def _sizes_of_ppo(model: dict[str, torch.Tensor]) -> NetworkSizes | None:
    mean_layer = model.get("a2c_network.mu.weight")
    if mean_layer is None or mean_layer.ndim != 2:
        return None
    mlp = _in_order(_LAYER, model)
    recurrence, recurrence_inputs = _recurrence(model, mlp, mean_layer)
    if recurrence is not None and (recurrence.before_mlp or not mlp):
        observations = recurrence_inputs
    else:
        observations = (mlp[0] if mlp else mean_layer).shape[1]
    return NetworkSizes(
        algorithm=PPO,
        observations=observations,
        actions=mean_layer.shape[0],
        layers=tuple(weight.shape[0] for weight in mlp),
        recurrence=recurrence,
        separate=any(key.startswith(("a2c_network.critic_mlp.", "a2c_network.c_rnn.")) for key in model),
        fixed_sigma="a2c_network.sigma" in model,
        normalize_input="running_mean_std.running_mean" in model,
        normalize_value="value_mean_std.running_mean" in model,
    )


def _in_order(layer: re.Pattern[str], model: dict[str, torch.Tensor]) -> list[torch.Tensor]:
    weights = {int(m[1]): w for key, w in model.items() if (m := layer.fullmatch(key)) and w.ndim == 2}
    return [weights[index] for index in sorted(weights)]


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
