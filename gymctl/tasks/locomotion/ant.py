"""Ant: a four-legged body runs towards a far target along x."""

from torch import Tensor
from typing_extensions import override

from gymctl.tasks.description import Joint, Observation
from gymctl.tasks.locomotion.ant_humanoid import Locomotion
from gymctl.tasks.locomotion.ant_humanoid_description import describe_link_sensors


class Ant(Locomotion):
    """Run with a four-legged ant as fast as possible along x."""

    num_observations = 60
    num_actions = 8
    num_forces = 24
    asset = "ant.xml"
    feet = ("front_left_foot", "front_right_foot", "left_back_foot", "right_back_foot")
    alive = 0.5
    wrap_angles = False

    @override
    @classmethod
    def describe_forces(cls, joints: tuple[Joint, ...], scale: float, timesteps: int) -> tuple[Observation, ...]:
        return (describe_link_sensors(cls.feet, scale, timesteps),)

    @override
    def forces(self) -> Tensor:
        """What the force sensors of the four feet tell ``[num_envs, 24]``; see `LinkSensors`."""
        return self.sensors.wrenches.flatten(1)

    @staticmethod
    def at_limit(dof_pos_scaled: Tensor) -> Tensor:
        """1 for a joint near its upper limit; the lower one doesn't count, as in the original."""
        return (dof_pos_scaled > 0.99).to(dof_pos_scaled)
