"""Checks the settings before a training begins."""

import reprlib
from typing import TYPE_CHECKING, Any

import torch

from gymctl.config import Config
from gymctl.config.learners import LEARNER
from gymctl.config.trees import KeyPath, dotted, lookup
from gymctl.core.errors import InputError, suggest
from gymctl.learning.ranks.place import Rank

if TYPE_CHECKING:
    from gymctl.learning.agents.base import Algorithm
    from gymctl.sim.devices import Backend

_LEARNER: KeyPath = ("train", "params", "config")
_NETWORK: KeyPath = ("train", "params", "network")
_ABSENT = object()

_UNSUPPORTED: tuple[tuple[KeyPath, tuple[Any, ...], str], ...] = (
    ((*_NETWORK, "central_value"), (None, False), "central_value_config has the network of a central value"),
    ((*_NETWORK, "space", "discrete"), (), "actions are continuous"),
    ((*_NETWORK, "space", "multi_discrete"), (), "actions are continuous"),
    ((*_NETWORK, "cnn"), (), "observations are no pictures"),
)
"""Keys that rl_games would fail on, with the values that ask for nothing, and why there is no such thing."""

_CHOICES: dict[KeyPath, tuple[str | None, ...]] = {
    (*_LEARNER, "bound_loss_type"): ("bound", "regularisation"),
    (*_NETWORK, "normalization"): ("layer_norm", "batch_norm", "None", None),
    (*_NETWORK, "rnn", "name"): ("lstm", "gru"),
}
"""Keys with names, of which rl_games takes any other for nothing, or fails on it."""


def check_ranks(config: Config, algorithm: "Algorithm") -> Rank:
    """Which of a training's processes this one is.

    Args:
        config: The resolved config.
        algorithm: Its algorithm.

    Raises:
        InputError: There are several processes, but the config wants one, or its algorithm can't have several.
    """
    rank, wanted = Rank.of_this_process(), config.learner.get("multi_gpu")
    if rank.size > 1 and not wanted:
        raise InputError(
            f"torchrun started {rank.size} processes, which would train {rank.size} policies",
            "add multi_gpu=True to train one policy together",
        )
    if wanted and not algorithm.shares_learning:
        raise InputError(f"{algorithm.name} can't train with several ranks", "leave multi_gpu out, or train with PPO")
    return rank


def config_of_rank(config: Config, backend: "Backend", rank: Rank) -> Config:
    """The config with a rank's own seed and GPU.

    Args:
        config: Of all ranks.
        backend: What it means on this machine.
        rank: Which of several.

    Raises:
        BackendError: There are fewer GPUs than ranks.
    """
    own: dict[str, Any] = {"seed": config.seed + rank.index}
    for key in ("sim_device", "rl_device"):
        if getattr(backend, key).type == "cuda":
            own[key] = f"cuda:{rank.gpu(torch.cuda.device_count())}"
    return config.replaced(own)


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
    for path, harmless, reason in _UNSUPPORTED:
        value = lookup(config.tree, path, _ABSENT)
        if value is not _ABSENT and not any(value is each for each in harmless):
            raise InputError(f"{dotted(path)} is not supported: {reason}", "leave it out")
    for path, choices in _CHOICES.items():
        value = lookup(config.tree, path, _ABSENT)
        if value is not _ABSENT and value not in choices:
            names = [choice for choice in choices if choice]
            guess = suggest(str(value), names)
            raise InputError(
                f"{dotted(path)} can't be {reprlib.repr(value)}", f"give {' or '.join(names)}; {guess}".rstrip("; ")
            )
    for key in config.learner["reward_shaper"] or ():
        if key not in LEARNER["reward_shaper"]:
            path = (*_LEARNER, "reward_shaper", key)
            raise InputError(f"{dotted(path)} is unknown", f"use {', '.join(LEARNER['reward_shaper'])}")
