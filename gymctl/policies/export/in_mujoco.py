"""Checks an exported policy in plain MuJoCo, where ``examples/deploy`` runs it by its contract alone."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import torch

from gymctl.config import randomization
from gymctl.config.config import Config
from gymctl.envs import factory
from gymctl.envs.vec_env import VecEnv
from gymctl.policies.evaluate import evaluate_policy
from gymctl.policies.export.deployed import load_deploy
from gymctl.policies.export.model_file import spec_with_starts
from gymctl.policies.export.runtime import OnnxPolicy
from gymctl.policies.statistics import Statistics, t_quantile
from gymctl.sim.devices import Backend

TOLERANCE = 1e-3
"""Of observations, actions, controls and rewards: single precision against double."""
SHARE = 0.95
"""Of the task's return that plain MuJoCo has to reach."""
_CPU = torch.device("cpu")


@dataclass(frozen=True)
class StepByStep:
    """The largest differences over an episode, each step of which began in the task's own state."""

    steps: int
    observation: float
    slice: str
    """Which observation that was."""
    action: float
    control: float
    """Of an actuator in the model."""
    reward: float | None
    """None where ``examples/deploy`` doesn't know the task's rewards."""

    @property
    def agrees(self) -> bool:
        """Whether all are within the tolerance."""
        return max(self.observation, self.action, self.control, self.reward or 0.0) <= TOLERANCE


@dataclass(frozen=True)
class MujocoCheck:
    """What came of a check."""

    step_by_step: StepByStep
    task: Statistics
    """Returns in the task, as ``gymctl play`` measures them."""
    plain: Statistics | None
    """Returns in plain MuJoCo, from the same start states; None where its code doesn't know the task's rewards."""
    episodes: int
    """How many of each."""

    @property
    def share(self) -> float | None:
        """The mean return in plain MuJoCo over the task's."""
        return None if self.plain is None else self.plain.mean / self.task.mean

    @property
    def reached(self) -> bool:
        """Whether the return is `SHARE` of the task's, or is missed by no more than chance would (95 %)."""
        if self.plain is None:
            return True
        spread = math.sqrt((self.plain.std**2 + self.task.std**2) / self.episodes)
        return self.plain.mean + t_quantile(max(2 * self.episodes - 2, 1)) * spread >= SHARE * self.task.mean

    @property
    def passed(self) -> bool:
        """Whether plain MuJoCo saw, did and reached what the task does."""
        return self.step_by_step.agrees and self.reached


def check_in_mujoco(
    config: Config, path: Path, episodes: int, on_episode: Callable[[int], None] = lambda done: None
) -> MujocoCheck:
    """Plays a policy in the task and in plain MuJoCo, without domain randomisation.

    Args:
        config: The composed config.
        path: The exported ONNX file.
        episodes: How many each side plays for the returns.
        on_episode: Told how many of the plain ones are done.

    Raises:
        InputError: The file or the task can't be used.
    """
    if randomization.is_on(config.tree):
        config = config.replaced({"task.task.randomize": False})
    deploy, policy = load_deploy(), OnnxPolicy(path)
    step_by_step = _compare_steps(config.replaced({"task.env.numEnvs": 1}), path, policy, deploy)
    env = factory.make(config.replaced({"task.env.numEnvs": episodes}), Backend("mujoco", _CPU, _CPU))
    try:
        task = evaluate_policy(env, policy, 1).reward
    finally:
        env.close()
    plain = None
    if step_by_step.reward is not None:
        controller = deploy["controller"].Controller(str(path))
        robot = deploy["robot_model"].SimulatedRobot(spec_with_starts(config, episodes).compile(), controller.contract)
        returns: list[float] = []
        for episode in range(episodes):
            returns.append(deploy["play"].play_episode(controller, robot, episode)[0])
            on_episode(episode + 1)
        plain = Statistics.of(torch.tensor(returns))
    return MujocoCheck(step_by_step, task, plain, episodes)


@torch.no_grad()
def _compare_steps(config: Config, path: Path, policy: OnnxPolicy, deploy: dict[str, ModuleType]) -> StepByStep:
    """Compares an episode of the task with plain MuJoCo, which begins each step where the task does."""
    env = factory.make(config, Backend("mujoco", _CPU, _CPU))
    try:
        controller = deploy["controller"].Controller(str(path))
        robot = deploy["robot_model"].SimulatedRobot(env.sim.get_model(0), controller.contract)
        reward_of = deploy["rewards"].REWARDS.get(controller.contract["task"])
        clip, done, steps = env.clip_observations, None, 0
        observations = env.reset()["obs"]
        _put_state(env, robot)
        controller.reset({name: robot.sensors.position(name) for name in robot.sensors.joints})

        def unlike(observations: torch.Tensor) -> np.ndarray:
            seen = np.clip(controller.observe(robot.measure), -clip, clip)
            return np.abs(seen - observations[0].numpy())

        largest = unlike(observations)
        action = control = rewarded = 0.0
        while True:
            commands, actions = controller.act(observations[0].numpy()), policy.act(observations, done)
            action = max(action, float(np.abs(controller.action - actions[0].numpy()).max()))
            _put_state(env, robot)
            step, reward, done, _ = env.step(actions)
            observations, steps = step["obs"], steps + 1
            if done[0]:
                break
            _put_commands(env, robot)
            robot.step(commands)
            control = max(control, float(np.abs(robot.data.ctrl - env.sim.ctrl[0].numpy()).max()))
            largest = np.maximum(largest, unlike(observations))
            if reward_of is not None:
                told, _ = reward_of(robot.sensors, controller.contract, controller.action)
                rewarded = max(rewarded, float(abs(told - reward[0])))
    finally:
        env.close()
    worst = int(largest.argmax())
    name = next(p["name"] for p in reversed(controller.contract["observations"]) if p["start"] <= worst)
    return StepByStep(steps, float(largest[worst]), name, action, control, None if reward_of is None else rewarded)


def _put_state(env: VecEnv, robot: Any) -> None:
    """Puts a robot of ``examples/deploy`` into the state of the task's."""
    data, theirs = robot.data, env.sim.get_data(0)
    for name in ("qpos", "qvel", "act", "ctrl", "qacc_warmstart"):
        getattr(data, name)[:] = getattr(theirs, name)
    _put_commands(env, robot)


def _put_commands(env: VecEnv, robot: Any) -> None:
    commands = env.task.present_commands()
    if commands is not None:
        told = robot.sensors.commands
        told.update(zip(told, commands[0].tolist(), strict=True))
