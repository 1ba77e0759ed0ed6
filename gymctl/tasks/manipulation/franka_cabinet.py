"""FrankaCabinet: a robot arm opens the drawer of a cabinet."""

from dataclasses import dataclass

import mujoco
import torch
from torch import Tensor
from typing_extensions import override

from gymctl.config.config import TaskConfig
from gymctl.scene.drives import move_controls
from gymctl.sim.frames import wxyz_to_xyzw
from gymctl.sim.rotations import quat_mul, quat_rotate, rotation_matrix
from gymctl.sim.rows import take
from gymctl.sim.simulation import EnvIds, Simulation
from gymctl.tasks.base import Task
from gymctl.tasks.description import TaskDescription
from gymctl.tasks.manipulation.franka_cabinet_model import (
    DRAWER,
    DRAWER_JOINT,
    FINGERS,
    HAND,
    NUM_DOFS,
    SPEEDS,
    START,
    build_spec,
    describe,
)
from gymctl.tasks.measures import Measure, as_columns
from gymctl.tasks.reward_terms import add_up, with_failure

OPENED = Measure("drawer opened", "%", "share")
OPENING = Measure("opening of the drawer", "m")
OPEN = 0.39
"""Opening at which an episode ends [m]. The reward grows up to there, so that policies hold the drawer before it."""
HALF_OPEN = 0.2
"""Opening from which on the drawer counts as opened [m]."""
GRASP_POS, GRASP_QUAT = (0.0, 0.04, 0.1654), (0.0, 0.0, -0.3826834323650898, 0.9238795325112867)
"""Where the hand grasps, in the frame of `HAND` [m], and its axes: the fingers'."""
HANDLE_POS = (0.3, 0.01, 0.0)
"""Where the drawer is grasped, in its frame [m]."""
_START_ANGLES = 0.125
"""Joints start so far from `START` at most [rad or m]."""
_BEHIND = 0.04
"""How far a finger may be behind the handle [m]."""
_FINGER_REACH = 0.04
"""Height above or below the handle at which a finger counts for nothing [m]."""


@dataclass(frozen=True)
class FrankaCabinetConstants:
    """Weights and scales, under their names in the golden facts; see `from_config` for the YAML's keys."""

    dt: float
    action_scale: float
    """Speed of the arm's targets for action 1 [rad/s]."""
    dof_vel_scale: float
    dist_reward_scale: float
    rot_reward_scale: float
    around_handle_reward_scale: float
    open_reward_scale: float
    finger_dist_reward_scale: float
    action_penalty_scale: float

    @classmethod
    def from_config(cls, config: TaskConfig) -> "FrankaCabinetConstants":
        """Reads IsaacGymEnvs' keys from the ``task:`` part of the config."""
        env = config.env
        return cls(
            dt=config.sim["dt"],
            action_scale=env["actionScale"],
            dof_vel_scale=env["dofVelocityScale"],
            dist_reward_scale=env["distRewardScale"],
            rot_reward_scale=env["rotRewardScale"],
            around_handle_reward_scale=env["aroundHandleRewardScale"],
            open_reward_scale=env["openRewardScale"],
            finger_dist_reward_scale=env["fingerDistRewardScale"],
            action_penalty_scale=env["actionPenaltyScale"],
        )


@dataclass(frozen=True)
class Grasp:
    """Where the hand is, and what it should grasp."""

    hand_pos: Tensor
    """Between the fingers, world ``[N, 3]`` [m]."""
    hand_quat: Tensor
    """Its axes: z is where the fingers point, y along which they close; xyzw ``[N, 4]``."""
    handle_pos: Tensor
    """Of the drawer, world ``[N, 3]`` [m]."""
    drawer_quat: Tensor
    """xyzw ``[N, 4]``."""


class FrankaCabinet(Task):
    """Open the drawer of a cabinet with a robot arm."""

    num_observations = 23
    num_actions = NUM_DOFS
    late_reset = True
    measures = OPENED, OPENING

    def __init__(self, config: TaskConfig, sim: Simulation, generator: torch.Generator) -> None:
        super().__init__(config, sim, generator)
        device, model = sim.device, sim.model
        self.constants = FrankaCabinetConstants.from_config(config)
        self.hand, self.drawer = model.body(HAND).id, model.body(DRAWER).id
        self.fingers = tuple(model.body(name).id for name in FINGERS)
        joint = model.joint(DRAWER_JOINT).id
        self.drawer_pos, self.drawer_vel = int(model.jnt_qposadr[joint]), int(model.jnt_dofadr[joint])
        self.limits = torch.from_numpy(model.jnt_range[:NUM_DOFS]).float().to(device)
        self.start = torch.tensor(START, device=device)
        self.rates = self.constants.action_scale * torch.tensor(SPEEDS, device=device)
        self.actions = torch.zeros(sim.num_envs, NUM_DOFS, device=device)
        self.points = torch.tensor((GRASP_POS, HANDLE_POS), device=device)
        self.grasp_quat = torch.tensor(GRASP_QUAT, device=device)
        self.xpos, self.xquat = sim.output("xpos"), sim.output("xquat")

    @override
    @classmethod
    def build_spec(cls, config: TaskConfig) -> mujoco.MjSpec:
        return build_spec(config)

    @classmethod
    def describe(cls, config: TaskConfig, model: mujoco.MjModel) -> TaskDescription:
        """See `Task.describe`."""
        constants = FrankaCabinetConstants.from_config(config)
        step = constants.action_scale * constants.dt
        steps = cls.count_steps(config.env[cls.episode_length_key])
        return describe(model, step, constants.dof_vel_scale, vars(constants), f"the drawer is {OPEN:g} m open", steps)

    def apply_actions(self, actions: Tensor) -> None:
        """Moves the targets of the arm's and the fingers' drives, which are the simulation's controls."""
        self.actions.copy_(actions)
        controls = self.sim.ctrl.float()
        self.sim.ctrl.copy_(move_controls(controls, actions, self.rates, self.constants.dt, self.limits))

    def observe(self, ids: EnvIds | None = None) -> Tensor:
        """See `compute_observations`."""
        qpos, qvel = take(self.sim.qpos, ids).float(), take(self.sim.qvel, ids).float()
        grasp = self._grasp(ids)
        return compute_observations(
            qpos[:, :NUM_DOFS],
            qvel[:, :NUM_DOFS],
            self.limits,
            grasp,
            qpos[:, self.drawer_pos],
            qvel[:, self.drawer_vel],
            self.constants.dof_vel_scale,
        )

    def reward(self, observations: Tensor) -> tuple[Tensor, Tensor]:
        """What `reward_terms` add up to; the episode ends where the drawer is open."""
        return add_up(self.reward_terms(observations)), self._opening() > OPEN

    def reward_terms(self, observations: Tensor) -> dict[str, Tensor]:
        """See `compute_reward_terms`."""
        left, right = (self.xpos[:, finger].float() for finger in self.fingers)
        return compute_reward_terms(self._grasp(None), left, right, self._opening(), self.actions, self.constants)

    def measure(self, terminated: Tensor) -> Tensor:
        """Whether the drawer is open by half, and how far."""
        return as_columns(self._opening() > HALF_OPEN, self._opening())

    def reset(self, ids: EnvIds) -> None:
        """The arm near its start, its drives at rest there; the cabinet closed."""
        offset = self.uniform(-_START_ANGLES, _START_ANGLES, ids.shape[0], NUM_DOFS)
        dof_pos = (self.start + offset).clamp(self.limits[:, 0], self.limits[:, 1])
        self.sim.put("qpos", dof_pos, ids, slice(0, NUM_DOFS))
        self.sim.put("ctrl", dof_pos, ids)

    def _opening(self) -> Tensor:
        return self.sim.qpos[:, self.drawer_pos].float()

    def _grasp(self, ids: EnvIds | None) -> Grasp:
        xpos, xquat = take(self.xpos, ids).float(), take(self.xquat, ids).float()
        hand, drawer = wxyz_to_xyzw(xquat[:, self.hand]), wxyz_to_xyzw(xquat[:, self.drawer])
        grasp, handle = self.points
        return compute_grasp(xpos[:, self.hand], hand, xpos[:, self.drawer], drawer, grasp, handle, self.grasp_quat)


def compute_grasp(
    hand_pos: Tensor,
    hand_quat: Tensor,
    drawer_pos: Tensor,
    drawer_quat: Tensor,
    grasp_pos: Tensor,
    handle_pos: Tensor,
    grasp_quat: Tensor,
) -> Grasp:
    """Where the hand grasps, and where the handle is.

    Args:
        hand_pos: Of the hand's body, world ``[N, 3]`` [m].
        hand_quat: xyzw ``[N, 4]``.
        drawer_pos: Of the drawer's body, world ``[N, 3]`` [m].
        drawer_quat: xyzw ``[N, 4]``.
        grasp_pos: In the hand's frame ``[3]`` [m].
        handle_pos: In the drawer's frame ``[3]`` [m].
        grasp_quat: In the hand's frame, xyzw ``[4]``.
    """
    return Grasp(
        hand_pos + quat_rotate(hand_quat, grasp_pos.expand_as(hand_pos)),
        quat_mul(hand_quat, grasp_quat.expand_as(hand_quat)),
        drawer_pos + quat_rotate(drawer_quat, handle_pos.expand_as(drawer_pos)),
        drawer_quat,
    )


def compute_observations(
    dof_pos: Tensor,
    dof_vel: Tensor,
    limits: Tensor,
    grasp: Grasp,
    opening: Tensor,
    opening_speed: Tensor,
    speed_scale: float,
) -> Tensor:
    """The 23 observations of IsaacGymEnvs' FrankaCabinet, ``[N, 23]``.

    Args:
        dof_pos: Of arm and fingers ``[N, 9]`` [rad or m].
        dof_vel: Their velocities ``[N, 9]`` [rad/s or m/s].
        limits: Lower and upper limits of the joints ``[9, 2]``; they are -1 and 1 in the observations.
        grasp: Hand and handle.
        opening: Of the drawer ``[N]`` [m].
        opening_speed: ``[N]`` [m/s].
        speed_scale: From velocities to observations.
    """
    low, high = limits.unbind(1)
    return torch.cat(
        (
            2.0 * (dof_pos - low) / (high - low) - 1.0,
            dof_vel * speed_scale,
            grasp.handle_pos - grasp.hand_pos,
            torch.stack((opening, opening_speed), dim=1),
        ),
        dim=1,
    )


def compute_reward_terms(
    grasp: Grasp,
    left_finger: Tensor,
    right_finger: Tensor,
    opening: Tensor,
    actions: Tensor,
    constants: FrankaCabinetConstants,
) -> dict[str, Tensor]:
    """What the reward is the sum of, each ``[N]``: -1 alone where a finger is behind the handle.

    Args:
        grasp: Hand and handle.
        left_finger: Origin of its frame, world ``[N, 3]`` [m].
        right_finger: The same of the other.
        opening: Of the drawer ``[N]`` [m].
        actions: ``[N, 9]``.
        constants: Weights.
    """
    c, handle = constants, grasp.handle_pos
    distance = torch.linalg.vector_norm(grasp.hand_pos - handle, dim=1)
    near = (1.0 / (1.0 + distance**2)) ** 2
    hand, drawer = rotation_matrix(grasp.hand_quat), rotation_matrix(grasp.drawer_quat)
    forward, upward = (hand[:, :, 2] * -drawer[:, :, 0]).sum(1), (hand[:, :, 1] * drawer[:, :, 2]).sum(1)
    above, below = left_finger[:, 2] - handle[:, 2], handle[:, 2] - right_finger[:, 2]
    around = torch.where((above > 0) & (below > 0), 0.5, 0.0).to(opening.dtype)
    closing = torch.where(around > 0, 2 * _FINGER_REACH - above.abs() - below.abs(), 0.0)
    behind = (torch.minimum(left_finger[:, 0], right_finger[:, 0])) < handle[:, 0] - _BEHIND
    terms = {
        "distance": c.dist_reward_scale * torch.where(distance <= 0.02, 2 * near, near),
        "rotation": c.rot_reward_scale * 0.5 * (forward * forward.abs() + upward * upward.abs()),
        "around_handle": c.around_handle_reward_scale * around,
        "opening": c.open_reward_scale * (opening * around + opening),
        "finger_distance": c.finger_dist_reward_scale * closing,
        "actions": -c.action_penalty_scale * actions.square().sum(1),
        "opened": 0.5 * (opening > 0.01) + around * (opening > HALF_OPEN) + 2.0 * around * (opening > OPEN),
    }
    return with_failure(terms, behind, "behind_handle", -1.0)
