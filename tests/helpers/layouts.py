"""Checkpoints of Cartpole as rl_games has saved them from 2021 to today, each made from one of our own."""

import zipfile
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch

Checkpoint = dict[str, Any]
FULL_SCALER = {
    "scale": 65536.0,
    "growth_factor": 2.0,
    "backoff_factor": 0.5,
    "growth_interval": 2000,
    "_growth_tracker": 12,
}


def rl_games_1_6(ours: Checkpoint) -> Checkpoint:
    """1.6.5 without compilation: no resume state, the mean reward a NumPy scalar, no env state."""
    kept = {key: value for key, value in ours.items() if key != "resume_state"}
    return kept | {"last_mean_rewards": np.float32(ours["last_mean_rewards"]), "env_state": None}


def compiled(ours: Checkpoint) -> Checkpoint:
    """1.6.5's default: every name of the network behind ``_orig_mod.``."""
    old = rl_games_1_6(ours)
    return old | {"model": OrderedDict((f"_orig_mod.{key}", value) for key, value in old["model"].items())}


def mixed_precision(ours: Checkpoint) -> Checkpoint:
    """Trained on a GPU with ``mixed_precision``: with the gradient scaler's state."""
    return rl_games_1_6(ours) | {"scaler": dict(FULL_SCALER)}


def mixed_precision_on_a_cpu(ours: Checkpoint) -> Checkpoint:
    """The same config on a CPU: an empty scaler."""
    return rl_games_1_6(ours) | {"scaler": {}}


def of_2021(ours: Checkpoint) -> Checkpoint:
    """Before January 2022: normalisers beside the network, Adam's step a number, no ``fused``, no env state."""
    old = rl_games_1_6(ours)
    del old["env_state"]
    model = old["model"]

    def statistics(prefix: str) -> Checkpoint:
        return {key.removeprefix(prefix): value for key, value in model.items() if key.startswith(prefix)}

    optimizer = old["optimizer"]
    groups = [{k: v for k, v in g.items() if k in ("lr", "betas", "eps", "weight_decay", "amsgrad", "params")}
              for g in optimizer["param_groups"]]  # fmt: skip
    moments = {index: {**state, "step": int(state["step"])} for index, state in optimizer["state"].items()}
    return old | {
        "model": {key: value for key, value in model.items() if "mean_std" not in key},
        "running_mean_std": statistics("running_mean_std."),
        "reward_mean_std": statistics("value_mean_std."),
        "optimizer": {"state": moments, "param_groups": groups},
    }


def without_reward(ours: Checkpoint) -> Checkpoint:
    """The earliest ones don't know the best reward."""
    old = of_2021(ours)
    del old["last_mean_rewards"]
    return old


def of_rl_games_2(ours: Checkpoint) -> Checkpoint:
    """The coming 2.0: counts are integers."""
    old = rl_games_1_6(ours)
    model = {k: v.to(torch.int64) if k.endswith(".count") else v for k, v in old["model"].items()}
    return old | {"model": model}


CONTENTS: list[Callable[[Checkpoint], Checkpoint]] = [
    rl_games_1_6,
    compiled,
    mixed_precision,
    mixed_precision_on_a_cpu,
    of_2021,
    without_reward,
    of_rl_games_2,
]


def as_saved(path: Path) -> None:
    """As PyTorch saved it."""


def saved_under_numpy_1(path: Path) -> None:
    """NumPy 1 has another name for the constructor of its scalars."""
    rewrite_pickle(path, b"numpy._core.multiarray", b"numpy.core.multiarray")


def saved_on_cuda(path: Path) -> None:
    """Every tensor was on a GPU."""
    rewrite_pickle(path, b"X\x03\x00\x00\x00cpu", b"X\x06\x00\x00\x00cuda:0")


FILES: list[Callable[[Path], None]] = [as_saved, saved_under_numpy_1, saved_on_cuda]


def rewrite_pickle(path: Path, old: bytes, new: bytes) -> None:
    """Replaces bytes in the pickle inside a checkpoint."""
    with zipfile.ZipFile(path) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data.replace(old, new) if name.endswith("data.pkl") else data)


def sac_of_2022(ours: Checkpoint) -> Checkpoint:
    """SAC until mid-2023: ``steps``, no epoch, no temperature, no normaliser, Adam's step a number."""

    def aged(optimizer: Checkpoint) -> Checkpoint:
        moments = {index: {**state, "step": int(state["step"])} for index, state in optimizer["state"].items()}
        return {**optimizer, "state": moments}

    networks = {name: ours[name] for name in ("actor", "critic", "critic_target")}
    names = ("actor_optimizer", "critic_optimizer", "log_alpha_optimizer")
    return {**networks, "steps": ours["frame"], **{name: aged(ours[name]) for name in names}}
