"""BallBalance: a three-legged table catches a falling ball on its tray."""

import math

import mujoco
import torch
from torch import Tensor

from gymctl.config.config import TaskConfig
from gymctl.scene.drives import move_controls
from gymctl.sim.frames import wxyz_to_xyzw
from gymctl.sim.rotations import quat_rotate_inverse
from gymctl.sim.rows import take
from gymctl.sim.simulation import EnvIds, Simulation
from gymctl.tasks.base import Task, load_spec

BALL_RADIUS = 0.1
"""[m]."""
BALL_TARGET = (0.0, 0.0, 0.7)
"""Where the ball should be [m]."""
SENSOR_SCALE = 1.0 / 20.0
"""From force [N] and torque [N m] to observations."""
_SENSOR_RADIUS = 0.4
_TRAY_QUAT, _BALL = slice(3, 7), slice(13, 16)
_KNEES, _KNEE_SPEEDS, _BALL_SPEED = slice(8, 13, 2), slice(7, 12, 2), slice(12, 15)


class BallBalance(Task):
    """Balance a ball on a tray with three legs."""

    num_observations = 24
    num_actions = 3
    episode_length_key = "maxEpisodeLength"

    def __init__(self, config: TaskConfig, sim: Simulation, generator: torch.Generator) -> None:
        super().__init__(config, sim, generator)
        self.dt: float = config["sim"]["dt"]
        self.action_speed_scale: float = self.env_config["actionSpeedScale"]
        self.control_ranges = torch.from_numpy(sim.model.actuator_ctrlrange).to(sim.device, sim.dtype)
        self.start_qpos = torch.from_numpy(sim.model.qpos0).float().to(sim.device)
        tray = sim.model.body("tray")
        self.tray_mass: float = tray.mass.item()
        self.tray_inertia = torch.from_numpy(tray.inertia).float().to(sim.device)
        angles = torch.tensor([0.0, 2.0, 4.0], device=sim.device) * math.pi / 3.0
        circle = torch.stack((angles.cos(), angles.sin(), torch.zeros_like(angles)), dim=1)
        self.sensor_pos = _SENSOR_RADIUS * circle
        self.ball_target = torch.tensor(BALL_TARGET, device=sim.device)
        self.qacc = sim.output("qacc")

    @classmethod
    def build_model(cls, config: TaskConfig) -> mujoco.MjModel:
        """The model; see `Task.build_model`."""
        return load_spec("ball_balance.xml", config).compile()

    def apply_actions(self, actions: Tensor) -> None:
        """Moves the knees' targets [rad], which are the simulation's controls."""
        ctrl = move_controls(self.sim.ctrl, actions, self.action_speed_scale, self.dt, self.control_ranges)
        self.sim.ctrl.copy_(ctrl)

    def observe(self, ids: EnvIds | None = None) -> Tensor:
        """See `compute_observations`."""
        qpos, qvel, qacc = (take(field, ids).float() for field in (self.sim.qpos, self.sim.qvel, self.qacc))
        wrenches = net_wrenches(
            wxyz_to_xyzw(qpos[:, _TRAY_QUAT]),
            qvel[:, 3:6],
            qacc[:, :6],
            self.tray_mass,
            self.tray_inertia,
            self.sensor_pos,
        )
        return compute_observations(
            qpos[:, _KNEES], qvel[:, _KNEE_SPEEDS], qpos[:, _BALL], qvel[:, _BALL_SPEED], wrenches
        )

    def reward(self, observations: Tensor) -> tuple[Tensor, Tensor]:
        """See `compute_reward`."""
        return compute_reward(observations, self.ball_target)

    def reset(self, ids: EnvIds) -> None:
        """The robot at its start; the ball 1 to 2 m high, falling at 5 m/s and, the further out, the faster inwards."""
        n = ids.shape[0]
        part = self.uniform(0.0, 1.0, n, 1)  # of the way from the middle to the tray's rim
        angle = self.uniform(-math.pi, math.pi, n, 1)
        direction = torch.cat((angle.cos(), angle.sin()), dim=1)
        qpos = self.start_qpos.repeat(n, 1)
        qpos[:, _BALL] = torch.cat(((0.001 + 0.499 * part) * direction, self.uniform(1.0, 2.0, n, 1)), dim=1)
        qvel = qpos.new_zeros(n, self.sim.model.nv)
        inwards = -part * self.uniform(0.0, 5.0, n, 1) * direction
        qvel[:, _BALL_SPEED] = torch.cat((inwards, torch.full_like(part, -5.0)), dim=1)
        self.sim.put("qpos", qpos, ids)
        self.sim.put("qvel", qvel, ids)


def net_wrenches(
    quat: Tensor, ang_vel: Tensor, acceleration: Tensor, mass: float, inertia: Tensor, points: Tensor
) -> Tensor:
    """Sum of all forces [N] and torques [N m] on a body, as felt at points of it, in its frame ``[N, n, 6]``.

    This is what force sensors of Isaac Gym report: mass times acceleration, 0 for a body at rest.

    Args:
        quat: Orientation, xyzw ``[N, 4]``.
        ang_vel: Angular velocity, body axes ``[N, 3]`` [rad/s].
        acceleration: Linear in world axes, angular in body axes, as a free joint's ``[N, 6]``.
        mass: [kg].
        inertia: Of the principal axes, which are the body's ``[3]`` [kg m^2].
        points: In the body's frame, whose origin is the centre of mass ``[n, 3]`` [m].
    """
    force = mass * quat_rotate_inverse(quat, acceleration[:, :3])
    torque = inertia * acceleration[:, 3:] + torch.linalg.cross(ang_vel, inertia * ang_vel)
    forces = force[:, None].expand(-1, points.shape[0], -1)
    return torch.cat((forces, torque[:, None] - torch.linalg.cross(points[None], forces)), dim=2)


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


def compute_reward(observations: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
    """Reward ``[N]`` for a ball near its target and slow, and whether it has fallen off, bool ``[N]``.

    Args:
        observations: ``[N, 24]`` as of `compute_observations`.
        target: Where the ball should be, world ``[3]`` [m].
    """
    ball_pos, ball_vel = observations[:, 6:9], observations[:, 9:12]
    distance = torch.linalg.vector_norm(ball_pos - target, dim=1)
    speed = torch.linalg.vector_norm(ball_vel, dim=1)
    return 1.0 / ((1.0 + distance) * (1.0 + speed)), ball_pos[:, 2] < 1.5 * BALL_RADIUS
