"""rl_games' parameters from a resolved config, with what rl_games would read wrongly put right."""

import copy
from typing import Any

import torch

from gymctl.config import Config
from gymctl.runs.directory import Run
from gymctl.sim.devices import Backend


def rl_games_params(config: Config, backend: Backend, run: Run) -> dict[str, Any]:
    """The ``params`` for rl_games' Runner, to train into a run directory.

    Args:
        config: The resolved config, fitted to its number of envs.
        backend: Where to learn.
        run: Where rl_games puts ``nn/`` and ``summaries/``.
    """
    params = copy.deepcopy(config.params)
    learner = params["config"]
    on_cpu = backend.rl_device.type == "cpu"
    mixed_precision = bool(learner.get("mixed_precision"))
    params["seed"] = 0  # rl_games takes 0 for "don't seed": everything is seeded before
    params["torch_threads"] = 0  # rl_games would take threads from the simulator
    learner.update(
        device=str(backend.rl_device),
        device_name=str(backend.rl_device),
        mixed_precision=mixed_precision and not on_cpu,
        cpu_bfloat16=mixed_precision and on_cpu and has_bfloat16_units(),
        torch_compile=learner.get("torch_compile", False),
        bounds_loss_coef=learner.get("bounds_loss_coef") or 0.0,
        num_actors=config.num_envs,
        train_dir=str(run.path.parent),
        full_experiment_name=run.path.name,
        print_stats=False,
    )
    return params


def has_bfloat16_units() -> bool:
    """Whether the CPU multiplies bfloat16 matrices faster than float32 ones; elsewhere they would be emulated."""
    capabilities = torch.cpu.get_capabilities() if hasattr(torch.cpu, "get_capabilities") else {}
    return any(capabilities.get(unit) for unit in ("avx512_bf16", "amx_bf16"))
