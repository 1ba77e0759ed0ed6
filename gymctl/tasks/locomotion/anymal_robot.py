"""The robot ANYmal on its drives: what Anymal and AnymalTerrain share."""

import mujoco
import torch
from torch import Tensor

from gymctl.config.config import TaskConfig
from gymctl.scene.blocks import find_block
from gymctl.scene.contacts import contact_forces, set_ground_friction
from gymctl.scene.drives import set_position_gains
from gymctl.sim.simulation import Simulation
from gymctl.tasks.base import load_spec
from gymctl.tasks.description import Joint
from gymctl.tasks.from_model import describe_joints
from gymctl.tasks.locomotion.anymal_description import BASE
from gymctl.tasks.locomotion.legged_robot import LeggedRobot, LeggedRobotConstants

DOF_NAMES = tuple(f"{leg}_{joint}" for leg in ("LF", "LH", "RF", "RH") for joint in ("HAA", "HFE", "KFE"))
"""The joints, in the order of actions and observations: hip abduction, hip flexion and knee flexion of each leg."""

MAX_DOF_VEL = 20.0
"""Speed limit of the joints [rad/s]."""


class AnymalRobot(LeggedRobot):
    """ANYmal, whose root is named base and whose joints are those of `DOF_NAMES`."""

    version = 2
    num_actions = len(DOF_NAMES)
    root = BASE
    dof_names = DOF_NAMES

    def __init__(self, config: TaskConfig, sim: Simulation, generator: torch.Generator) -> None:
        super().__init__(config, sim, generator)
        self.sensordata = sim.output("sensordata")

    def after_physics(self) -> None:
        """Keeps joints within their speed limit, which MuJoCo has no notion of."""
        self.sim.qvel[:, self.robot.dof_vel].clamp_(-MAX_DOF_VEL, MAX_DOF_VEL)

    def contact_forces(self) -> Tensor:
        """Net contact forces on the bodies with sensors, world axes ``[num_envs, bodies, 3]`` [N]."""
        return contact_forces(self.sensordata)


def describe_robot(model: mujoco.MjModel, constants: LeggedRobotConstants) -> tuple[Joint, ...]:
    """The robot's joints."""
    defaults = [constants.default_dof_pos[name] for name in DOF_NAMES]
    return describe_joints(model, find_block(model, BASE), defaults, [MAX_DOF_VEL] * len(defaults))


def load_robot(asset: str, config: TaskConfig, ground_friction: float) -> mujoco.MjSpec:
    """Reads the robot's MJCF and gives it the config's drives and the friction that PhysX would give it.

    Args:
        asset: File in `gymctl.tasks.base.ASSETS`.
        config: The ``task:`` part of the config.
        ground_friction: Sliding friction of the ground.
    """
    spec, control = load_spec(asset, config), config.env["control"]
    set_position_gains(spec, control["stiffness"], control["damping"])
    set_ground_friction(spec, ground_friction)
    return spec
