"""FrankaCubeStack: a robot arm puts one cube on another."""

import mujoco
import torch
from torch import Tensor
from typing_extensions import override

from gymctl.config.config import TaskConfig
from gymctl.scene.blocks import find_block
from gymctl.sim.frames import wxyz_to_xyzw, xyzw_to_wxyz
from gymctl.sim.rotations import quat_about_z
from gymctl.sim.rows import take
from gymctl.sim.simulation import EnvIds, Simulation
from gymctl.tasks.base import Sizes, Task
from gymctl.tasks.description import TaskDescription
from gymctl.tasks.manipulation.franka_cube_stack_maths import (
    NUM_SEEN,
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
from gymctl.tasks.manipulation.franka_cube_stack_model import (
    ARM_DOFS,
    CUBE_A,
    CUBE_B,
    GAINS,
    GRIP,
    HAND,
    NUM_DOFS,
    REACH,
    ROBOT,
    SPEED_LIMITS,
    START,
    TIPS,
    build_spec,
    control_type,
    describe,
)
from gymctl.tasks.manipulation.operational_space import HandControl
from gymctl.tasks.measures import Measure, as_columns
from gymctl.tasks.reward_terms import add_up

LIFTED = Measure("cube lifted", "%", "ever")
STACKED = Measure("cubes stacked", "%", "share")
_CANDIDATES = 8
"""Places that are drawn for cube A, of which the first that isn't on B is taken."""


class FrankaCubeStack(Task):
    """Put one cube on another with a robot arm."""

    num_observations = 19
    num_actions = 7
    late_reset = True
    measures = LIFTED, STACKED

    def __init__(self, config: TaskConfig, sim: Simulation, generator: torch.Generator) -> None:
        super().__init__(config, sim, generator)
        device, model = sim.device, sim.model
        self.constants = FrankaCubeStackConstants.from_config(config)
        self.cube_a, self.cube_b = find_block(model, CUBE_A), find_block(model, CUBE_B)
        self.hand, robot = model.body(HAND).id, find_block(model, ROBOT)
        self.sites = [model.site(name).id for name in (GRIP, *TIPS)]
        self.xquat, self.site_xpos = sim.output("xquat"), sim.output("site_xpos")
        self.limits = torch.from_numpy(robot.joint_limits).float().to(device)
        self.speed_limits = torch.tensor(SPEED_LIMITS, device=device, dtype=sim.dtype)
        self.start = torch.tensor(START, device=device)
        control, efforts = control_type(config), torch.from_numpy(model.actuator_ctrlrange[:ARM_DOFS, 1]).float()
        efforts = efforts.to(device)
        self.seen = control.seen
        self.hand_control = None
        if control.moves_hand:
            self.hand_control = HandControl(sim, robot, self.hand, self.sites[0], self.start[:ARM_DOFS], efforts, GAINS)
        reach = torch.tensor(REACH, device=device) if control.moves_hand else efforts
        self.reach = reach / self.constants.action_scale
        """What action 1 of the arm means [m, rad] or [N m]."""
        self.noise: float = config.env["frankaDofNoise"]
        self.cube_noise: float = config.env["startPositionNoise"]
        self.cube_turn: float = config.env["startRotationNoise"]

    @override
    @classmethod
    def sizes(cls, config: TaskConfig) -> Sizes:
        control = control_type(config)
        return Sizes(NUM_SEEN + control.seen.stop - control.seen.start, control.arm_actions + 1, 0)

    @override
    @classmethod
    def build_spec(cls, config: TaskConfig) -> mujoco.MjSpec:
        return build_spec(config)

    @classmethod
    def describe(cls, config: TaskConfig, model: mujoco.MjModel) -> TaskDescription:
        """See `Task.describe`."""
        constants = FrankaCubeStackConstants.from_config(config)
        steps = cls.count_steps(config.env[cls.episode_length_key])
        return describe(model, control_type(config), vars(constants), steps)

    def apply_actions(self, actions: Tensor) -> None:
        """Turns the arm's joints as the first actions tell, and opens or closes the gripper as the last one does."""
        commands = actions[:, :-1] * self.reach
        torques = commands if self.hand_control is None else self.hand_control.torques(commands)
        fingers = compute_gripper_targets(actions[:, -1], self.limits[ARM_DOFS:])
        self.sim.ctrl.copy_(torch.cat((torques, fingers), dim=1))

    def after_physics(self) -> None:
        """Slows joints of the arm down to their limits."""
        self.sim.qvel[:, :ARM_DOFS].clamp_(-self.speed_limits, self.speed_limits)

    def observe(self, ids: EnvIds | None = None) -> Tensor:
        """See `compute_observations`."""
        joints = take(self.sim.qpos, ids)[:, self.seen].float()
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
        dof_pos = (self.start + self._draw(self.noise, n, NUM_DOFS)).clamp(self.limits[:, 0], self.limits[:, 1])
        dof_pos[:, ARM_DOFS:] = self.start[ARM_DOFS:]
        self.sim.put("qpos", dof_pos, ids, slice(0, NUM_DOFS))
        self.sim.put("ctrl", dof_pos[:, ARM_DOFS:], ids, slice(ARM_DOFS, NUM_DOFS))
        b_place = self._draw(self.cube_noise, n, 2)
        a_place = away_from(b_place, self._draw(self.cube_noise, n, _CANDIDATES, 2), self.cube_noise)
        for cube, place, size in ((self.cube_a, a_place, SIZE_A), (self.cube_b, b_place, SIZE_B)):
            turn = xyzw_to_wxyz(quat_about_z(self._draw(self.cube_turn, n)))
            height = torch.zeros_like(place[:, :1]) + TABLE_HEIGHT + size / 2
            pose = torch.cat((place, height, turn), dim=1)
            self.sim.put("qpos", pose, ids, cube.root_qpos)

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
