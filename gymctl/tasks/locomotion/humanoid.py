"""Humanoid: a body with arms, legs and 21 joints runs towards a far target along x."""

import mujoco
import torch
from torch import Tensor
from typing_extensions import override

from gymctl.config.config import TaskConfig
from gymctl.scene.contacts import time_constant
from gymctl.scene.spherical import merge_hinges, set_stops
from gymctl.tasks.description import Joint, Observation
from gymctl.tasks.locomotion.ant_humanoid import Locomotion
from gymctl.tasks.locomotion.ant_humanoid_description import describe_joint_torques, describe_link_sensors

_SPHERICAL = (
    "lower_waist",
    "right_thigh",
    "right_foot",
    "left_thigh",
    "left_foot",
    "right_upper_arm",
    "left_upper_arm",
)
"""The bodies with two or three hinges."""


class Humanoid(Locomotion):
    """Run with a humanoid as fast as possible along x."""

    num_observations = 108
    num_actions = 21
    num_forces = 33
    asset = "humanoid.xml"
    feet = ("right_foot", "left_foot")
    alive = 2.0
    wrap_angles = True

    @override
    @classmethod
    def build_spec(cls, config: TaskConfig) -> mujoco.MjSpec:
        """The model with PhysX's friction, contacts and spherical joints, and with what its dampers do to fast motions.

        PhysX adds the motors' impulse of a whole substep to the velocities before its drives brake them in steps that
        are implicit: a joint with damping d reacts to fast changes as if it had 2 d times the substep more inertia. An
        implicit integrator of MuJoCo's adds d times the timestep by itself.
        """
        spec = super().build_spec(config)
        for body in _SPHERICAL:
            merge_hinges(spec, body)
        substep = config.sim["dt"] / config.sim["substeps"]
        for joint in spec.joints:
            if joint.type != mujoco.mjtJoint.mjJNT_FREE:
                joint.armature += (2.0 * substep - spec.option.timestep) * joint.damping[0]
        model = spec.compile()
        set_stops(model, time_constant(spec.option.timestep))
        spec.copy_back(model)
        return spec

    @override
    @classmethod
    def describe_forces(cls, joints: tuple[Joint, ...], scale: float, timesteps: int) -> tuple[Observation, ...]:
        return describe_joint_torques(joints, scale, timesteps), describe_link_sensors(cls.feet, scale, timesteps)

    @override
    def forces(self) -> Tensor:
        """Forces on the joints but for their motors', then what the feet's sensors tell ``[num_envs, 33]``."""
        on_joints = self.dofs.velocities(self.sensors.joint_forces().float())
        return torch.cat((on_joints, self.sensors.wrenches.flatten(1)), dim=1)

    @staticmethod
    def at_limit(dof_pos_scaled: Tensor) -> Tensor:
        """0 up to 98 % of the way to either limit, 1 at the limit, and on in proportion beyond it."""
        return (dof_pos_scaled.abs() - 0.98).clamp(min=0.0) / 0.02
