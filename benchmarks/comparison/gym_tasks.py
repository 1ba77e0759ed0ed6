"""Gymnasium's Ant-v4 and Humanoid-v4 as tasks of gymctl: its models, physics settings, observations and rewards.

Observations that come from `qpos` and `qvel` alone are Gymnasium's numbers exactly. Where Gymnasium reads body poses,
which MuJoCo leaves one substep behind, these tasks read fresh ones, and pay for that.
"""

from pathlib import Path
from typing import ClassVar

import gymnasium.envs.mujoco
import mujoco
import torch
from torch import Tensor

from gymctl.config import TaskConfig
from gymctl.envs.vec_env import VecEnv
from gymctl.sim.mujoco_engine import MujocoSimulation
from gymctl.sim.rows import take
from gymctl.sim.simulation import EnvIds, Simulation
from gymctl.tasks.base import Task

ASSETS = Path(gymnasium.envs.mujoco.__file__).parent / "assets"
FRAME_SKIP = 5
EPISODE_LENGTH = 1000


def load_gym_model(asset: str) -> mujoco.MjModel:
    """One of Gymnasium's models as it is."""
    return mujoco.MjModel.from_xml_path(str(ASSETS / asset))


class GymTask(Task):
    """What both robots share: motors, and observations that are fields of the simulation, side by side."""

    asset: ClassVar[str]
    control_limit: ClassVar[float]

    def __init__(self, config: TaskConfig, sim: Simulation, generator: torch.Generator) -> None:
        super().__init__(config, sim, generator)
        self.dt: float = config["sim"]["dt"]
        self.start_qpos = torch.from_numpy(sim.model.qpos0)
        self.observations = torch.empty(sim.num_envs, self.num_observations)
        self.before = torch.empty(sim.num_envs, dtype=sim.dtype)

    @classmethod
    def build_model(cls, config: TaskConfig) -> mujoco.MjModel:
        """Gymnasium's model as it is."""
        return load_gym_model(cls.asset)

    def apply_actions(self, actions: Tensor) -> None:
        """Motor controls; takes note of where the robot was."""
        self.before.copy_(self.position())
        self.sim.ctrl.copy_(actions)

    def position(self) -> Tensor:
        """The position along x that counts as progress ``[num_envs]`` [m]."""
        return self.sim.qpos[:, 0]

    def observed(self) -> tuple[Tensor, ...]:
        """The simulation's fields that make up an observation, in order, each ``[num_envs, ...]``."""
        return self.sim.qpos[:, 2:], self.sim.qvel

    def observe(self, ids: EnvIds | None = None) -> Tensor:
        """All fields in one float32 buffer."""
        rows = self.observations if ids is None else self.observations[: ids.shape[0]].clone()
        column = 0
        for field in self.observed():
            width = field[0].numel()
            rows[:, column : column + width].view(-1, *field.shape[1:]).copy_(take(field, ids))
            column += width
        return rows

    def progress(self) -> Tensor:
        """Speed along x over the control step ``[num_envs]`` [m/s]."""
        return (self.position() - self.before) / self.dt


class GymAnt(GymTask):
    """Gymnasium's Ant-v4, without contact forces."""

    num_observations = 27
    num_actions = 8
    asset = "ant.xml"
    control_limit = 1.0

    def reward(self, observations: Tensor) -> tuple[Tensor, Tensor]:
        """Speed along x plus 1 for being alive minus control cost; the end when the torso leaves 0.2 to 1 m."""
        height = observations[:, 0]
        healthy = (height >= 0.2) & (height <= 1.0)
        return (self.progress() + 1.0 - 0.5 * self.sim.ctrl.square().sum(1)).float(), ~healthy

    def reset(self, ids: EnvIds) -> None:
        """Noise around the model's start: uniform on positions, Gaussian on velocities."""
        qpos = self.start_qpos + self.uniform(-0.1, 0.1, ids.shape[0], self.sim.model.nq)
        noise = torch.randn(ids.shape[0], self.sim.model.nv, generator=self.generator)
        self.sim.put("qpos", qpos, ids)
        self.sim.put("qvel", 0.1 * noise, ids)


class GymHumanoid(GymTask):
    """Gymnasium's Humanoid-v4, whose contact forces are always zero."""

    num_observations = 376
    num_actions = 17
    asset = "humanoid.xml"
    control_limit = 0.4

    def __init__(self, config: TaskConfig, sim: Simulation, generator: torch.Generator) -> None:
        super().__init__(config, sim, generator)
        self.derived = tuple(sim.output(name) for name in ("cinert", "cvel", "qfrc_actuator"))
        self.centre_of_mass = sim.output("subtree_com")[:, 0, 0]
        self.observations[:, -sim.model.nbody * 6 :] = 0.0

    def position(self) -> Tensor:
        """Of the centre of mass."""
        return self.centre_of_mass

    def observed(self) -> tuple[Tensor, ...]:
        """Positions, velocities, inertias and velocities of the bodies, motor torques; contact forces stay zero."""
        return *super().observed(), *self.derived

    def reward(self, observations: Tensor) -> tuple[Tensor, Tensor]:
        """Speed along x plus 5 for being alive minus control cost; the end when the torso leaves 1 to 2 m."""
        height = observations[:, 0]
        healthy = (height > 1.0) & (height < 2.0)
        return (1.25 * self.progress() + 5.0 - 0.1 * self.sim.ctrl.square().sum(1)).float(), ~healthy

    def reset(self, ids: EnvIds) -> None:
        """Uniform noise around the model's start."""
        model, n = self.sim.model, ids.shape[0]
        self.sim.put("qpos", self.start_qpos + self.uniform(-0.01, 0.01, n, model.nq), ids)
        self.sim.put("qvel", self.uniform(-0.01, 0.01, n, model.nv), ids)


TASKS: dict[str, type[GymTask]] = {"Ant": GymAnt, "Humanoid": GymHumanoid}


def make(robot: str, num_envs: int, *, num_threads: int = 0, seed: int = 0) -> VecEnv:
    """The environment of a robot, not yet reset.

    Args:
        robot: A key of `TASKS`.
        num_envs: Number of envs.
        num_threads: Threads of the simulation, 0 for all cores.
        seed: Of the start states.
    """
    task_class = TASKS[robot]
    env = {"episodeLength": EPISODE_LENGTH + 1, "clipActions": task_class.control_limit}
    model = load_gym_model(task_class.asset)
    config = TaskConfig({"env": env, "sim": {"dt": model.opt.timestep * FRAME_SKIP}})
    sim = MujocoSimulation(model, num_envs, substeps=FRAME_SKIP, num_threads=num_threads)
    task = task_class(config, sim, torch.Generator().manual_seed(seed))
    return VecEnv(task, sim, config, torch.device("cpu"))
