"""Whole trainings with the same network and batch: env steps a second of rollouts and updates together."""

import itertools
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from rl_games.algos_torch.a2c_continuous import A2CAgent
from rl_games.common.algo_observer import AlgoObserver
from rl_games.torch_runner import Runner

from comparison import gym_tasks, ppo
from gymctl.config import compose
from gymctl.learning.agents.ppo import PpoAgent
from gymctl.learning.bridge import RlGamesVecEnv, rl_games_params
from gymctl.runs.directory import Run
from gymctl.sim.devices import Backend, available_cores

UNITS = (256, 128, 64)
MINI_EPOCHS = 4


@dataclass(frozen=True)
class Batch:
    """How a training is cut up."""

    num_envs: int
    horizon: int
    minibatch: int = 4096

    @property
    def size(self) -> int:
        """Env steps in an epoch."""
        return self.num_envs * self.horizon


class Clock:
    """Times epochs; the first ones, in which memory is allocated and robots fall to the ground, don't count."""

    def __init__(self, warmup: int, epochs: int) -> None:
        self.warmup = warmup
        self.total = warmup + epochs
        self.ticks: list[float] = []

    def tick(self) -> bool:
        """Called at the end of every epoch; True when it was the last one."""
        self.ticks.append(time.perf_counter())
        return len(self.ticks) >= self.total

    def epochs_per_second(self) -> float:
        """Of the epochs that count."""
        return (self.total - self.warmup) / (self.ticks[self.total - 1] - self.ticks[self.warmup - 1])


def measure(name: str, robot: str, batch: Batch, warmup: int, epochs: int) -> float:
    """Env steps a second of a training that starts from scratch, in a process of its own.

    Args:
        name: A key of `TRAINERS`.
        robot: A key of `gym_tasks.TASKS`.
        batch: How the training is cut up.
        warmup: Epochs that don't count.
        epochs: Epochs that do.
    """
    torch.set_num_threads(available_cores())
    torch.manual_seed(0)
    clock = Clock(warmup, epochs)
    TRAINERS[name](robot, batch, clock.tick)
    return batch.size * clock.epochs_per_second()


def _gymctl(robot: str, batch: Batch, on_epoch: Callable[[], bool], *, mixed_precision: bool = False) -> None:
    env = gym_tasks.make(robot, batch.num_envs)
    vec_env = RlGamesVecEnv(env, robot)
    settings = {"vec_env": vec_env, "env_info": vec_env.get_env_info()}
    _rl_games(batch, on_epoch, PpoAgent, settings, mixed_precision=mixed_precision)
    env.close()


def _rl_games_envpool(robot: str, batch: Batch, on_epoch: Callable[[], bool]) -> None:
    env_config = {"env_name": f"{robot}-v4", "env_type": "gymnasium", "num_threads": available_cores(), "seed": 0}
    _rl_games(batch, on_epoch, A2CAgent, {"env_name": "envpool", "env_config": env_config})


def _rl_games(
    batch: Batch,
    on_epoch: Callable[[], bool],
    agent_class: type[A2CAgent],
    settings: dict[str, Any],
    *,
    mixed_precision: bool = False,
) -> None:
    class Observer(AlgoObserver):
        def after_init(self, algo: Any) -> None:
            self.algo = algo

        def after_print_stats(self, frame: int, epoch_num: int, total_time: float) -> None:
            if on_epoch():
                self.algo.max_epochs = epoch_num

    config = compose("Ant", settings={"num_envs": batch.num_envs})
    learner = {
        "horizon_length": batch.horizon,
        "minibatch_size": batch.minibatch,
        "mini_epochs": MINI_EPOCHS,
        "mixed_precision": mixed_precision,
        "save_best_after": 10**6,
        "save_frequency": 0,
    }
    units = {"train.params.network.mlp.units": list(UNITS)}
    config = config.replaced(units | {f"train.params.config.{key}": value for key, value in learner.items()})
    cpu = torch.device("cpu")
    with tempfile.TemporaryDirectory() as directory:
        params = rl_games_params(config, Backend("mujoco", cpu, cpu), Run(Path(directory) / "run"))
        params["config"].update(settings)
        observer = Observer()
        runner = Runner(observer)
        runner.algo_factory.register_builder("a2c_continuous", lambda **kwargs: agent_class(**kwargs))
        runner.load_config(params)
        torch.set_float32_matmul_precision("highest")  # the Runner lowers it
        runner.algo_factory.create("a2c_continuous", base_name="run", params=runner.params).train()
        observer.algo.writer.close()


def _stable_baselines(robot: str, batch: Batch, on_epoch: Callable[[], bool], *, processes: bool) -> None:
    import gymnasium as gym
    from stable_baselines3 import PPO
    from stable_baselines3.common.callbacks import BaseCallback
    from stable_baselines3.common.env_util import make_vec_env
    from stable_baselines3.common.torch_layers import BaseFeaturesExtractor
    from stable_baselines3.common.vec_env import DummyVecEnv, SubprocVecEnv
    from torch import nn

    class Trunk(BaseFeaturesExtractor):
        """The layers that actor and critic share, as in rl_games."""

        def __init__(self, observation_space: gym.Space) -> None:
            super().__init__(observation_space, UNITS[-1])
            sizes = (observation_space.shape[0], *UNITS)
            layers = [(nn.Linear(a, b), nn.ELU()) for a, b in itertools.pairwise(sizes)]
            self.layers = nn.Sequential(*(part for layer in layers for part in layer))

        def forward(self, observations: torch.Tensor) -> torch.Tensor:
            return self.layers(observations)

    class EpochEnds(BaseCallback):
        def __init__(self) -> None:
            super().__init__()
            self.rollouts, self.enough = 0, False

        def _on_rollout_start(self) -> None:
            self.enough = self.rollouts > 0 and on_epoch()
            self.rollouts += 1

        def _on_step(self) -> bool:
            return not self.enough

    vec_env: dict[str, Any] = {"vec_env_cls": DummyVecEnv}
    if processes:
        vec_env = {"vec_env_cls": SubprocVecEnv, "vec_env_kwargs": {"start_method": "fork"}}  # starts soonest
    env = make_vec_env(f"{robot}-v4", batch.num_envs, seed=0, **vec_env)
    policy = {"features_extractor_class": Trunk, "net_arch": []}
    sizes = {"n_steps": batch.horizon, "batch_size": batch.minibatch, "n_epochs": MINI_EPOCHS}
    PPO("MlpPolicy", env, policy_kwargs=policy, device="cpu", **sizes).learn(10**9, EpochEnds())
    env.close()


def _plain_ppo(robot: str, batch: Batch, on_epoch: Callable[[], bool]) -> None:
    ppo.train(
        f"{robot}-v4",
        num_envs=batch.num_envs,
        horizon=batch.horizon,
        minibatch=batch.minibatch,
        mini_epochs=MINI_EPOCHS,
        units=UNITS,
        on_epoch=on_epoch,
    )


TRAINERS: dict[str, Callable[[str, Batch, Callable[[], bool]], None]] = {
    "gymctl": _gymctl,
    "gymctl, mixed precision": lambda *args: _gymctl(*args, mixed_precision=True),
    "rl_games over EnvPool": _rl_games_envpool,
    "Stable-Baselines3, DummyVecEnv": lambda *args: _stable_baselines(*args, processes=False),
    "Stable-Baselines3, SubprocVecEnv": lambda *args: _stable_baselines(*args, processes=True),
    "plain PPO as CleanRL's, SyncVectorEnv": _plain_ppo,
}
