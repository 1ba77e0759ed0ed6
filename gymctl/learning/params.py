"""rl_games' parameters from a resolved config, with what rl_games would read wrongly put right."""

import copy
from typing import Any

import torch

from gymctl.devices import Backend
from gymctl.errors import InputError
from gymctl.learning import minibatch
from gymctl.runs import Run

ALGORITHMS = ("a2c_continuous",)


def fit_minibatch(config: dict[str, Any], defaults: dict[str, Any]) -> str | None:
    """Fits ``minibatch_size`` to the number of envs, in place.

    An epoch keeps the number of minibatches that the task's own defaults give it, or, if the minibatch was set by the
    user, the number that comes nearest to it.

    Args:
        config: The resolved config.
        defaults: The config of the same task with nothing set by the user.

    Returns:
        A line for the user, if the size was changed.
    """
    ppo, default_ppo = config["train"]["params"]["config"], defaults["train"]["params"]["config"]
    num_envs, horizon = config["task"]["env"]["numEnvs"], ppo["horizon_length"]
    size, batch = ppo["minibatch_size"], num_envs * horizon
    if size == default_ppo["minibatch_size"]:
        count = defaults["task"]["env"]["numEnvs"] * default_ppo["horizon_length"] / size
    else:
        count = batch / size
    recurrent = "rnn" in config["train"]["params"]["network"]
    fitted = minibatch.fit(batch, size, count, ppo.get("seq_length", 4) if recurrent else 1)
    if fitted == size:
        return None
    ppo["minibatch_size"] = fitted
    return f"minibatch {size} -> {fitted}: {num_envs} envs x {horizon} steps in {batch // fitted} minibatches"


def check_algorithm(config: dict[str, Any]) -> None:
    """Refuses what can't be trained here.

    Raises:
        InputError: The config asks for it.
    """
    params = config["train"]["params"]
    algorithm = params["algo"]["name"]
    if algorithm not in ALGORITHMS:
        raise InputError(
            f"train.params.algo.name is {algorithm!r}, which can't be trained here", f"use {' or '.join(ALGORITHMS)}"
        )
    if params["config"].get("multi_gpu"):
        raise InputError("multi_gpu is not available in this version", "leave it out or set multi_gpu=False")


def rl_games_params(config: dict[str, Any], backend: Backend, run: Run) -> dict[str, Any]:
    """The ``params`` for rl_games' Runner, to train into a run directory.

    Args:
        config: The resolved config, its minibatch fitted.
        backend: Where to learn.
        run: Where rl_games puts ``nn/`` and ``summaries/``.
    """
    params = copy.deepcopy(config["train"]["params"])
    ppo = params["config"]
    on_cpu = backend.rl_device.type == "cpu"
    mixed_precision = bool(ppo.get("mixed_precision"))
    params["seed"] = 0  # rl_games takes 0 for "don't seed": everything is seeded before
    params["torch_threads"] = 0  # rl_games would take threads from the simulator
    ppo.update(
        device=str(backend.rl_device),
        device_name=str(backend.rl_device),
        mixed_precision=mixed_precision and not on_cpu,
        cpu_bfloat16=mixed_precision and on_cpu and _has_bfloat16_units(),
        torch_compile=ppo.get("torch_compile", False),
        bounds_loss_coef=ppo.get("bounds_loss_coef") or 0.0,
        num_actors=config["task"]["env"]["numEnvs"],
        train_dir=str(run.path.parent),
        full_experiment_name=run.path.name,
        print_stats=False,
    )
    return params


def _has_bfloat16_units() -> bool:
    """Whether the CPU multiplies bfloat16 matrices faster than float32 ones; elsewhere they would be emulated."""
    capabilities = torch.cpu.get_capabilities() if hasattr(torch.cpu, "get_capabilities") else {}
    return any(capabilities.get(unit) for unit in ("avx512_bf16", "amx_bf16"))
