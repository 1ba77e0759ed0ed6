"""FrankaCubeStack: a robot arm puts one cube on another."""

from collections.abc import Callable

import mujoco
import torch
from torch import Tensor
from typing_extensions import override

from gymctl.config.config import TaskConfig
from gymctl.core.errors import InputError
from gymctl.scene.blocks import Block, find_block
from gymctl.scene.contacts import harden
from gymctl.sim.frames import wxyz_to_xyzw
from gymctl.sim.rows import take
from gymctl.sim.simulation import EnvIds, Simulation
from gymctl.tasks.base import Task, load_spec
from gymctl.tasks.manipulation.franka_cube_stack_maths import (
    GAP,
    SIZE_A,
    SIZE_B,
    TABLE_HEIGHT,
    FrankaCubeStackConstants,
    Scene,
    away_from,
    compute_gripper_targets,
    compute_observations,
    compute_reward_terms,
    is_lifted,
    is_stacked,
)
from gymctl.tasks.manipulation.operational_space import Gains, HandControl
from gymctl.tasks.measures import Measure, as_columns
from gymctl.tasks.reward_terms import add_up

LIFTED = Measure("cube lifted", "%", "ever")
STACKED = Measure("cubes stacked", "%", "share")
START = (0.0, 0.1963, 0.0, -2.618, 0.0, 2.9416, 0.7854, 0.035, 0.035)
"""Joint positions around which episodes start [rad or m]; the arm's are the posture that it is pulled to."""
CUBE_A, CUBE_B, HAND = "cubeA", "cubeB", "panda_hand"
REACH = (*3 * [0.1], *3 * [0.5])
"""How far the hand is told to move by action 1, along and about the world's axes [m, rad]."""
GAINS = Gains(kp=150.0, kp_null=10.0)
_SITES = "grip", "leftfinger_tip", "rightfinger_tip"
_ROBOT, _ARM, _NUM_DOFS = "panda_link0", 7, 9
_SPEED_LIMITS = (*4 * [2.175], *3 * [2.61])
"""Of the arm's joints [rad/s]."""
_CANDIDATES = 8
"""Places that are drawn for cube A, of which the first that isn't on B is taken."""


class FrankaCubeStack(Task):
    """Put one cube on another with a robot arm."""

    num_observations = 19
    num_actions = 7
    late_reset = True
    measures = LIFTED, STACKED
    seen_joints = slice(_ARM, _NUM_DOFS)
    """Whose positions are observed: columns of ``qpos``."""

    def __init__(self, config: TaskConfig, sim: Simulation, generator: torch.Generator) -> None:
        super().__init__(config, sim, generator)
        device, model = sim.device, sim.model
        self.constants = FrankaCubeStackConstants.from_config(config)
        self.cube_a, self.cube_b = find_block(model, CUBE_A), find_block(model, CUBE_B)
        self.hand, robot = model.body(HAND).id, find_block(model, _ROBOT)
        self.sites = [model.site(name).id for name in _SITES]
        self.xquat, self.site_xpos = sim.output("xquat"), sim.output("site_xpos")
        self.limits = torch.from_numpy(robot.joint_limits).float().to(device)
        self.efforts = torch.from_numpy(model.actuator_ctrlrange[:_ARM, 1]).float().to(device)
        self.speed_limits = torch.tensor(_SPEED_LIMITS, device=device, dtype=sim.dtype)
        self.start = torch.tensor(START, device=device)
        self.arm_torques = self._make_control(robot)
        self.noise: float = config.env["frankaDofNoise"]
        self.cube_noise: float = config.env["startPositionNoise"]
        self.cube_turn: float = config.env["startRotationNoise"]

    @override
    @classmethod
    def variant(cls, config: TaskConfig) -> type[Task]:
        control, variants = config.env["controlType"], {"osc": FrankaCubeStack, "joint_tor": JointTorques}
        if control not in variants:
            raise InputError(f"task.env.controlType is {control!r}", f"give {' or '.join(variants)}")
        return variants[control]

    @override
    @classmethod
    def build_spec(cls, config: TaskConfig) -> mujoco.MjSpec:
        noise, least = config.env["startPositionNoise"], GAP / 2.0**0.5
        if noise < least:
            raise InputError(
                f"task.env.startPositionNoise is {noise:g}", f"give {least:g} or more, so that cubes start apart"
            )
        spec = load_spec("franka_cube_stack.xml", config)
        harden(spec)
        return spec

    def apply_actions(self, actions: Tensor) -> None:
        """Turns the arm's joints as the first actions tell, and opens or closes the gripper as the last one does."""
        torques = self.arm_torques(actions[:, :-1])
        fingers = compute_gripper_targets(actions[:, -1], self.limits[_ARM:])
        self.sim.ctrl.copy_(torch.cat((torques, fingers), dim=1))

    def after_physics(self) -> None:
        """Slows joints of the arm down to their limits."""
        self.sim.qvel[:, :_ARM].clamp_(-self.speed_limits, self.speed_limits)

    def observe(self, ids: EnvIds | None = None) -> Tensor:
        """See `compute_observations`."""
        joints = take(self.sim.qpos, ids)[:, self.seen_joints].float()
        return compute_observations(self._scene(ids), joints)

    def reward(self, observations: Tensor) -> tuple[Tensor, Tensor]:
        """What `reward_terms` add up to; the episode ends where A is on B."""
        return add_up(self.reward_terms(observations)), is_stacked(self._scene())

    def reward_terms(self, observations: Tensor) -> dict[str, Tensor]:
        """See `compute_reward_terms`."""
        return compute_reward_terms(self._scene(), self.constants)

    def measure(self, terminated: Tensor) -> Tensor:
        """Whether cube A is off the table, and whether it is on B."""
        scene = self._scene()
        return as_columns(is_lifted(scene), is_stacked(scene))

    def reset(self, ids: EnvIds) -> None:
        """The arm near its start with the gripper open, and the cubes apart from each other on the table."""
        n = ids.shape[0]
        dof_pos = (self.start + self._draw(self.noise, n, _NUM_DOFS)).clamp(self.limits[:, 0], self.limits[:, 1])
        dof_pos[:, _ARM:] = self.start[_ARM:]
        self.sim.put("qpos", dof_pos, ids, slice(0, _NUM_DOFS))
        self.sim.put("ctrl", dof_pos[:, _ARM:], ids, slice(_ARM, _NUM_DOFS))
        b_place = self._draw(self.cube_noise, n, 2)
        a_place = away_from(b_place, self._draw(self.cube_noise, n, _CANDIDATES, 2), self.cube_noise)
        for cube, place, size in ((self.cube_a, a_place, SIZE_A), (self.cube_b, b_place, SIZE_B)):
            half, zero = self._draw(self.cube_turn, n, 1) / 2, torch.zeros_like(place[:, :1])
            height = zero + TABLE_HEIGHT + size / 2
            pose = torch.cat((place, height, half.cos(), zero, zero, half.sin()), dim=1)
            self.sim.put("qpos", pose, ids, cube.root_qpos)

    def _make_control(self, robot: Block) -> Callable[[Tensor], Tensor]:
        """What turns the arm's actions into torques of its joints."""
        posture, reach = self.start[:_ARM], torch.tensor(REACH, device=self.sim.device) / self.constants.action_scale
        control = HandControl(self.sim, robot, self.hand, self.sites[0], posture, self.efforts, GAINS)
        return lambda actions: control.torques(actions * reach)

    def _draw(self, noise: float, *shape: int) -> Tensor:
        return self.uniform(-noise, noise, *shape)

    def _scene(self, ids: EnvIds | None = None) -> Scene:
        qpos, xquat = take(self.sim.qpos, ids).float(), take(self.xquat, ids)[:, self.hand].float()
        points = take(self.site_xpos, ids).float()
        a = qpos[:, self.cube_a.root_qpos]
        return Scene(
            points[:, self.sites[0]],
            wxyz_to_xyzw(xquat),
            points[:, self.sites[1]],
            points[:, self.sites[2]],
            a[:, :3],
            wxyz_to_xyzw(a[:, 3:]),
            qpos[:, self.cube_b.root_pos],
        )


class JointTorques(FrankaCubeStack):
    """FrankaCubeStack with the arm's torques as actions, and its joints among the observations."""

    num_observations = 26
    num_actions = 8
    seen_joints = slice(0, _NUM_DOFS)

    @override
    def _make_control(self, robot: Block) -> Callable[[Tensor], Tensor]:
        largest = self.efforts / self.constants.action_scale
        return lambda actions: actions * largest
