"""Checks before a training begins: its settings, and the checkpoint that it continues from."""

import reprlib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import torch

from gymctl.config import Config
from gymctl.core.errors import InputError

_FIX = "it can be played, not continued"


def check_trainable(task: str, config: Config) -> None:
    """Refuses settings that training doesn't have.

    Args:
        task: Name of the task YAML, for the advice.
        config: The resolved config.

    Raises:
        InputError: The config asks for one.
    """
    if config.tree["test"]:
        raise InputError("test=True is how IsaacGymEnvs plays a policy; here that is a command", f"gymctl play {task}")
    if config.tree["sigma"] not in ("", None):
        raise InputError(
            "sigma sets the noise of a policy that is played, not trained", f"gymctl play {task} --sigma S"
        )
    if config.learner.get("multi_gpu"):
        raise InputError("multi_gpu is not available in this version", "leave it out or set multi_gpu=False")


def check_continues(checkpoint: dict[str, Any], path: Path, optimizers: Iterable[str]) -> None:
    """Refuses a checkpoint from which a training can't go on.

    Args:
        checkpoint: As `gymctl.policies.checkpoints.loading.load_checkpoint` returns it.
        path: Its file, for the message.
        optimizers: Under which keys the algorithm has its optimizers' states.

    Raises:
        InputError: The counters, the best reward or an optimizer's state are missing or are not this network's.
    """
    if not {"epoch", "frame", *optimizers} <= checkpoint.keys():
        raise InputError(f"{path} has a network, but no state of its training", _FIX)
    for key in ("epoch", "frame"):
        if type(checkpoint[key]) is not int or checkpoint[key] < 0:
            raise InputError(f"{path} has {key} {reprlib.repr(checkpoint[key])}, which is no count", _FIX)
    best = checkpoint.get("last_mean_rewards", 0.0)
    if not isinstance(best, float | int | np.number) or np.isnan(best):
        raise InputError(f"{path} has the best reward {reprlib.repr(best)}, which is no number", _FIX)
    weights = [value.shape for key, value in checkpoint["model"].items() if "mean_std." not in key]
    for name in optimizers:
        _check_optimizer(checkpoint[name], weights if name == "optimizer" else None, path)


def _check_optimizer(optimizer: Any, weights: list[torch.Size] | None, path: Path) -> None:
    """Checks an optimizer's state, against the shapes of what it optimises, if they are given in order."""
    moments = optimizer.get("state") if isinstance(optimizer, dict) else None
    if not isinstance(moments, dict) or not all(isinstance(state, dict) for state in moments.values()):
        raise InputError(f"{path} has an optimizer without a state", _FIX)
    groups = optimizer.get("param_groups")
    if not isinstance(groups, list) or not groups or not all(isinstance(group, dict) for group in groups):
        raise InputError(f"{path} has an optimizer without a learning rate", _FIX)
    for index, state in moments.items() if weights is not None else ():
        shapes = {value.shape for key, value in state.items() if isinstance(value, torch.Tensor) and key != "step"}
        if not isinstance(index, int) or not 0 <= index < len(weights or ()) or shapes - {(weights or ())[index]}:
            raise InputError(f"{path} has the optimizer's state of another network", _FIX)
