"""Checks what a checkpoint has besides its network: counters, best reward, optimizers, as a training needs them."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from gymctl.core.errors import InputError
from gymctl.policies.checkpoints.contents import FLOATS, is_number
from gymctl.policies.checkpoints.inspecting import shown
from gymctl.policies.origin import LARGEST_RETURN

_FIX = "it can be played, not continued"
LARGEST_COUNT = 2**53
_LARGEST_LOG_ALPHA = 50.0
_GROUP_RANGES = {"lr": (0.0, 10.0), "eps": (1e-30, 1.0), "weight_decay": (0.0, 10.0)}
_MOMENT_RANGES = {"exp_avg": (-1e15, 1e15), "exp_avg_sq": (0.0, 1e30)}
"""Of Adam's moments, the second of which is a mean of squares."""
_OFF = ("amsgrad", "maximize", "capturable", "differentiable")
"""Adam's switches that rl_games leaves off, and without which its saved moments can't be used."""
_FREE = ("foreach", "fused", "decoupled_weight_decay")
_MAY_BE_NONE = ("foreach", "fused")
CENTRAL_NETS, CENTRAL_OPTIMIZER = "assymetric_vf_nets", "assymetric_vf_optimizer"
"""rl_games' keys of a central value."""
_OPTIMIZED = {
    "optimizer": ("model", ""),
    "actor_optimizer": ("model", "sac_network.actor."),
    "critic_optimizer": ("model", "sac_network.critic."),
    "log_alpha_optimizer": None,
    CENTRAL_OPTIMIZER: (CENTRAL_NETS, "model."),
}
"""Where the weights are that an optimizer moves, and what their names begin with; None for a single number."""


def check_continues(checkpoint: dict[str, Any], path: Path, optimizers: Iterable[str]) -> None:
    """Refuses a checkpoint from which a training can't go on.

    Args:
        checkpoint: As `gymctl.policies.checkpoints.loading.load_checkpoint` returns it.
        path: Its file, for the message.
        optimizers: Under which keys the algorithm has its optimizers' states.

    Raises:
        InputError: The counters, the best reward or an optimizer's state are missing, are no such thing, or are not
            this network's.
    """
    if not {"epoch", "frame", *optimizers} <= checkpoint.keys():
        raise InputError(f"{path} has a network, but no state of its training", _FIX)
    for key in ("epoch", "frame"):
        if type(checkpoint[key]) is not int or not 0 <= checkpoint[key] < LARGEST_COUNT:
            raise _refusal(path, key, checkpoint[key], "which is no count")
    best = checkpoint.get("last_mean_rewards", 0.0)
    if not is_number(best, high=LARGEST_RETURN):
        raise _refusal(path, "last_mean_rewards", best, "which is no best reward")
    check_temperature(checkpoint, path)
    for name in optimizers:
        _check_optimizer(name, checkpoint[name], _shapes(checkpoint, name), path)


def check_temperature(checkpoint: dict[str, Any], path: Path) -> None:
    """Refuses a checkpoint whose ``log_alpha``, if it has one, is the logarithm of no temperature.

    Args:
        checkpoint: As `gymctl.policies.checkpoints.loading.load_checkpoint` returns it.
        path: Its file, for the message.

    Raises:
        InputError: It is no number, or far out of range.
    """
    log_alpha = checkpoint.get("log_alpha", 0.0)
    if not is_number(log_alpha, -_LARGEST_LOG_ALPHA, _LARGEST_LOG_ALPHA):
        raise _refusal(path, "log_alpha", log_alpha, "which is the logarithm of no temperature")


def _shapes(checkpoint: dict[str, Any], optimizer: str) -> list[torch.Size]:
    """Shapes of what an optimizer moves, in order."""
    if (place := _OPTIMIZED[optimizer]) is None:
        return [torch.Size()]
    weights, begin = place
    moved = (key for key in checkpoint[weights] if key.startswith(begin) and "mean_std." not in key)
    return [checkpoint[weights][key].shape for key in moved]


def _check_optimizer(name: str, optimizer: Any, shapes: list[torch.Size], path: Path) -> None:
    moments = optimizer.get("state") if isinstance(optimizer, dict) else None
    if not isinstance(moments, dict) or not all(isinstance(state, dict) for state in moments.values()):
        raise InputError(f"{path} has {name} without a state", _FIX)
    groups = optimizer.get("param_groups")
    if not isinstance(groups, list) or not all(isinstance(group, dict) for group in groups):
        raise InputError(f"{path} has {name} without param_groups", _FIX)
    if len(groups) != 1 or not _is_range(groups[0].get("params"), len(shapes)) or not _are_indices(moments, shapes):
        raise InputError(f"{path} has in {name} the state of another network", _FIX)
    _check_group(f"{name}.param_groups.0", groups[0], path)
    for index, state in moments.items():
        _check_moments(f"{name}.state.{index}", state, shapes[index], path)


def _is_range(params: Any, count: int) -> bool:
    return isinstance(params, list) and all(type(p) is int for p in params) and params == list(range(count))


def _are_indices(moments: dict[Any, Any], shapes: list[torch.Size]) -> bool:
    return all(type(index) is int and 0 <= index < len(shapes) for index in moments)


def _check_group(name: str, group: dict[Any, Any], path: Path) -> None:
    for key, (low, high) in _GROUP_RANGES.items():
        if not is_number(group.get(key), low, high):
            raise _refusal(path, f"{name}.{key}", group.get(key), f"which is not from {low:g} to {high:g}")
    betas = group.get("betas")
    if not isinstance(betas, list | tuple) or len(betas) != 2 or not all(is_number(b, 0.0, 1 - 1e-9) for b in betas):
        raise _refusal(path, f"{name}.betas", betas, "which are not two numbers from 0 to below 1")
    for key in (*_OFF, *_FREE):
        value = group.get(key, False)
        if type(value) is not bool and not (value is None and key in _MAY_BE_NONE):
            raise _refusal(path, f"{name}.{key}", value, "which is neither True nor False")
        if value and key in _OFF:
            raise _refusal(path, f"{name}.{key}", value, "with which rl_games doesn't train")


def _check_moments(name: str, state: dict[Any, Any], shape: torch.Size, path: Path) -> None:
    if not state:  # never moved
        return
    if not is_number(state.get("step"), 0, LARGEST_COUNT):
        raise _refusal(path, f"{name}.step", state.get("step"), "which is no count")
    for key, (low, high) in _MOMENT_RANGES.items():
        values = state.get(key)
        if not isinstance(values, Tensor) or values.shape != shape or values.dtype not in FLOATS:
            raise InputError(f"{path} has in {name}.{key} the state of another network", _FIX)
        if not (values.isfinite() & (values >= low) & (values <= high)).all():
            raise InputError(f"{path} has values in {name}.{key} that are not from {low:g} to {high:g}", _FIX)


def _refusal(path: Path, name: str, value: Any, problem: str) -> InputError:
    return InputError(f"{path} has {name} {shown(value)}, {problem}", _FIX)
