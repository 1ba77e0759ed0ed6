"""BallBalance: a three-legged table catches a falling ball on its tray."""

import math
from dataclasses import dataclass

import mujoco
import torch
from torch import Tensor

from gymctl.config.config import TaskConfig
from gymctl.scene.blocks import find_block, joint_columns
from gymctl.scene.contacts import net_wrenches
from gymctl.scene.drives import move_controls
from gymctl.sim.frames import wxyz_to_xyzw
from gymctl.sim.rows import take
from gymctl.sim.simulation import EnvIds, Simulation
from gymctl.tasks.base import Task, load_spec
from gymctl.tasks.description import Command, Observation, RewardTerm, TaskDescription
from gymctl.tasks.from_model import describe_joints, describe_target
from gymctl.tasks.measures import LASTED, Measure, as_columns

BALL_RADIUS = 0.1
"""[m]."""
BALL_TARGET = (0.0, 0.0, 0.7)
"""Where the ball should be [m]."""
SENSOR_SCALE = 1.0 / 20.0
"""From force [N] and torque [N m] to observations."""
FALLEN_HEIGHT = 1.5 * BALL_RADIUS
"""Height of the ball's centre below which it has fallen off [m]."""
_SENSOR_RADIUS = 0.4
BALL_DISTANCE = Measure("distance of the ball", "m")


@dataclass(frozen=True)
class BallBalanceConstants:
    """Sizes under their names in the golden facts; see `from_config` for the YAML's keys."""

    dt: float
    action_speed_scale: float
    """Speed of the knees' targets for action 1 [rad/s]."""

    @classmethod
    def from_config(cls, config: TaskConfig) -> "BallBalanceConstants":
        """Reads IsaacGymEnvs' keys from the ``task:`` part of the config."""
        return cls(dt=config.sim["dt"], action_speed_scale=config.env["actionSpeedScale"])


class BallBalance(Task):
    """Balance a ball on a tray with three legs."""

    version = 2
    num_observations = 24
    num_actions = 3
    episode_length_key = "maxEpisodeLength"
    measures = BALL_DISTANCE, LASTED

    def __init__(self, config: TaskConfig, sim: Simulation, generator: torch.Generator) -> None:
        super().__init__(config, sim, generator)
        self.constants = BallBalanceConstants.from_config(config)
        self.robot, self.ball = find_block(sim.model, "tray"), find_block(sim.model, "ball")
        self.knee_pos, self.knee_vel = joint_columns(sim.model, sim.model.actuator_trnid[self.robot.drives, 0])
        self.control_ranges = torch.from_numpy(sim.model.actuator_ctrlrange).to(sim.device, sim.dtype)
        self.start_qpos = torch.from_numpy(sim.model.qpos0).float().to(sim.device)
        tray = sim.model.body("tray")
        self.tray_mass: float = tray.mass.item()
        self.tray_inertia = torch.from_numpy(tray.inertia).float().to(sim.device)
        self.sensor_pos = sensor_points(sim.device)
        self.ball_target = torch.tensor(BALL_TARGET, device=sim.device)
        self.qacc = sim.output("qacc")

    @classmethod
    def build_spec(cls, config: TaskConfig) -> mujoco.MjSpec:
        """The model; see `Task.build_spec`."""
        return load_spec("ball_balance.xml", config)

    @classmethod
    def describe(cls, config: TaskConfig, model: mujoco.MjModel) -> TaskDescription:
        """See `Task.describe`."""
        robot, constants = find_block(model, "tray"), BallBalanceConstants.from_config(config)
        drives = [model.actuator(drive).name for drive in robot.drives.tolist()]
        step = constants.action_speed_scale * constants.dt
        return TaskDescription(
            base=robot.name,
            observations=describe_observations(tuple(model.joint(drive).name for drive in drives)),
            actions=tuple(describe_target(model, drive, scale=step, increment=True) for drive in drives),
            joints=describe_joints(model, robot, model.qpos0[robot.dof_pos].tolist()),
            commands=tuple(
                Command(f"ball target {axis}", "m", "world", value, value)
                for axis, value in zip("xyz", BALL_TARGET, strict=True)
            ),
            rewards=(RewardTerm("ball", 1.0, "1 / ((1 + distance to the target [m]) (1 + speed [m/s]))"),),
            terminations=(f"the ball's centre is below {FALLEN_HEIGHT:g} m",),
            episode_steps=cls.count_steps(config.env[cls.episode_length_key]),
        )

    def apply_actions(self, actions: Tensor) -> None:
        """Moves the knees' targets [rad], which are the simulation's controls."""
        c = self.constants
        self.sim.ctrl.copy_(move_controls(self.sim.ctrl, actions, c.action_speed_scale, c.dt, self.control_ranges))

    def observe(self, ids: EnvIds | None = None) -> Tensor:
        """See `compute_observations`."""
        qpos, qvel, qacc = (take(field, ids).float() for field in (self.sim.qpos, self.sim.qvel, self.qacc))
        wrenches = net_wrenches(
            wxyz_to_xyzw(qpos[:, self.robot.root_quat]),
            qvel[:, self.robot.root_ang_vel],
            qacc[:, self.robot.root_qvel],
            self.tray_mass,
            self.tray_inertia,
            self.sensor_pos,
        )
        return compute_observations(
            qpos[:, self.knee_pos],
            qvel[:, self.knee_vel],
            qpos[:, self.ball.root_pos],
            qvel[:, self.ball.root_lin_vel],
            wrenches,
        )

    def reward(self, observations: Tensor) -> tuple[Tensor, Tensor]:
        """See `compute_reward`."""
        return compute_reward(observations, self.ball_target)

    def reward_terms(self, observations: Tensor) -> dict[str, Tensor]:
        """The reward is a product; it has no parts that add up."""
        return {"near_and_slow": self.reward(observations)[0]}

    def measure(self, terminated: Tensor) -> Tensor:
        """How far the ball is from where it should be, and whether it is still on the tray."""
        ball_pos = self.sim.qpos[:, self.ball.root_pos].float()
        return as_columns(torch.linalg.vector_norm(ball_pos - self.ball_target, dim=1), ~terminated)

    def reset(self, ids: EnvIds) -> None:
        """The robot at its start; the ball 1 to 2 m high, falling at 5 m/s and, the further out, the faster inwards."""
        n = ids.shape[0]
        part = self.uniform(0.0, 1.0, n, 1)  # of the way from the middle to the tray's rim
        angle = self.uniform(-math.pi, math.pi, n, 1)
        direction = torch.cat((angle.cos(), angle.sin()), dim=1)
        qpos = self.start_qpos.repeat(n, 1)
        qpos[:, self.ball.root_pos] = torch.cat(
            ((0.001 + 0.499 * part) * direction, self.uniform(1.0, 2.0, n, 1)), dim=1
        )
        qvel = qpos.new_zeros(n, self.sim.model.nv)
        inwards = -part * self.uniform(0.0, 5.0, n, 1) * direction
        qvel[:, self.ball.root_lin_vel] = torch.cat((inwards, torch.full_like(part, -5.0)), dim=1)
        self.sim.put("qpos", qpos, ids)
        self.sim.put("qvel", qvel, ids)


def compute_observations(
    knee_pos: Tensor, knee_vel: Tensor, ball_pos: Tensor, ball_lin_vel: Tensor, force_sensors: Tensor
) -> Tensor:
    """The 24 observations of IsaacGymEnvs' BallBalance, quirk included: of the forces the x components only.

    Args:
        knee_pos: Angles of the driven joints ``[N, 3]`` [rad].
        knee_vel: Their velocities ``[N, 3]`` [rad/s].
        ball_pos: Ball centre, world ``[N, 3]`` [m].
        ball_lin_vel: Ball velocity, world ``[N, 3]`` [m/s].
        force_sensors: Force [N] and torque [N m] at three points of the tray, in its frame ``[N, 3, 6]``.
    """
    sensed = torch.cat((force_sensors[:, :, :1], force_sensors[:, :, 3:]), dim=2) * SENSOR_SCALE
    return torch.cat((knee_pos, knee_vel, ball_pos, ball_lin_vel, sensed.transpose(1, 2).flatten(1)), dim=1)


def describe_observations(knees: tuple[str, ...]) -> tuple[Observation, ...]:
    """What `compute_observations` gives.

    Args:
        knees: The driven joints.
    """
    xyz = ("x", "y", "z")
    points = tuple(map(tuple, sensor_points(torch.device("cpu")).tolist()))
    sensors = tuple(f"sensor {number}" for number in range(len(points)))
    sensed = [("force x", "N"), *((f"torque {axis}", "N m") for axis in xyz)]
    note = "all forces on the body, gravity included, as felt at these points of it: mass times acceleration"
    return (
        Observation("joint position", len(knees), "rad", elements=knees),
        Observation("joint velocity", len(knees), "rad/s", elements=knees),
        Observation("ball position", 3, "m", "world", "ball", elements=xyz),
        Observation("ball linear velocity", 3, "m/s", "world", "ball", elements=xyz),
        *(
            Observation(
                f"net {what}",
                len(points),
                unit,
                "body",
                "tray",
                SENSOR_SCALE,
                elements=sensors,
                points=points,
                note=note,
            )
            for what, unit in sensed
        ),
    )


def sensor_points(device: torch.device) -> Tensor:
    """Where on the tray forces are felt, in its frame ``[3, 3]`` [m]."""
    angles = torch.tensor([0.0, 2.0, 4.0], device=device) * math.pi / 3.0
    return _SENSOR_RADIUS * torch.stack((angles.cos(), angles.sin(), torch.zeros_like(angles)), dim=1)


def compute_reward(observations: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
    """Reward ``[N]`` for a ball near its target and slow, and whether it has fallen off, bool ``[N]``.

    Args:
        observations: ``[N, 24]`` as of `compute_observations`.
        target: Where the ball should be, world ``[3]`` [m].
    """
    ball_pos, ball_vel = observations[:, 6:9], observations[:, 9:12]
    distance = torch.linalg.vector_norm(ball_pos - target, dim=1)
    speed = torch.linalg.vector_norm(ball_vel, dim=1)
    return 1.0 / ((1.0 + distance) * (1.0 + speed)), ball_pos[:, 2] < FALLEN_HEIGHT
