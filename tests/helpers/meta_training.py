"""An agent that learns on tensors without values, to prove without a GPU that it never waits for one."""

from dataclasses import replace

import torch
from torch.optim import optimizer

from gymctl.envs.vec_env import VecEnv
from gymctl.learning.bridge import RlGamesVecEnv
from gymctl.learning.guards import DivergenceWatch
from gymctl.learning.observer import TrainingObserver
from gymctl.learning.prepare import prepare_training
from gymctl.learning.session import build_agent
from gymctl.runs.directory import create_run
from gymctl.tasks import registry
from tests.helpers.meta_simulation import DEVICE, MetaGenerator, MetaSimulation

NUM_ENVS = 8


def allow_adam(monkeypatch):
    """Has PyTorch's fused Adam take tensors without values, and its rate as one of them."""
    supported = optimizer._get_fused_kernels_supported_devices()
    monkeypatch.setattr(optimizer, "_get_fused_kernels_supported_devices", lambda: [*supported, "meta"])
    library = torch.library.Library("aten", "IMPL")
    library.impl("_fused_adam_.tensor_lr", lambda *args, **kwargs: None, "Meta")
    return library


def make_agent(tmp_path, task, *overrides):
    """An agent of rl_games over an env, both on the ``meta`` device."""
    training = prepare_training(
        task,
        settings={"num_envs": NUM_ENVS, "sim_device": "cpu", "rl_device": "cpu"},
        overrides=("train.params.config.mixed_precision=False", *overrides),
        runs_dir=tmp_path,
    )
    config = training.config
    training = replace(training, backend=replace(training.backend, rl_device=DEVICE, sim_device=DEVICE))
    task_class = registry.load(config.task.name)
    sim = MetaSimulation(task_class.build_model(config.task), NUM_ENVS, config.task.substeps)
    env = VecEnv(task_class(config.task, sim, MetaGenerator()), sim, config.task, DEVICE)
    ignore = [lambda *_: None] * 3
    observer = TrainingObserver(env.num_diverged, DivergenceWatch(config), *ignore)
    return build_agent(training, create_run("Test", tmp_path), RlGamesVecEnv(env, config.task.name), observer)
