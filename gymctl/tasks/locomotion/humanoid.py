"""Humanoid: a body with arms, legs and 21 joints runs towards a far target along x."""

import torch
from torch import Tensor

from gymctl.config.config import TaskConfig
from gymctl.scene.contacts import support_wrenches
from gymctl.sim.rows import take
from gymctl.sim.simulation import EnvIds, Simulation
from gymctl.tasks.locomotion.ant_humanoid import Locomotion


class Humanoid(Locomotion):
    """Run with a humanoid as fast as possible along x."""

    num_observations = 108
    num_actions = 21
    asset = "humanoid.xml"
    alive = 2.0
    wrap_angles = True

    def __init__(self, config: TaskConfig, sim: Simulation, generator: torch.Generator) -> None:
        super().__init__(config, sim, generator)
        self.qfrc_actuator = sim.output("qfrc_actuator")
        self.qfrc_passive = sim.output("qfrc_passive")
        self.dof_middle = (self.dof_limits_lower + self.dof_limits_upper) / 2

    def forces(self, ids: EnvIds | None) -> Tensor:
        """Torques of the joints, then force and torque of the ground on the feet in the feet's frames ``[n, 33]``.

        A joint's torque is what its motor, spring, damper and stops exert together.
        """
        stops, feet = take(self.sensordata, ids).split((self.num_actions, 12), dim=1)
        dof_pos, dof_vel = self.robot.dof_pos, self.robot.dof_vel
        drives = take(self.qfrc_actuator, ids)[:, dof_vel] + take(self.qfrc_passive, ids)[:, dof_vel]
        outwards = (take(self.sim.qpos, ids)[:, dof_pos] - self.dof_middle).sign()  # MuJoCo tells a stop's size alone
        return torch.cat(((drives - outwards * stops).float(), support_wrenches(feet)), dim=1)

    @staticmethod
    def at_limit(dof_pos_scaled: Tensor) -> Tensor:
        """0 up to 98 % of the way to either limit, 1 at the limit, and on in proportion beyond it."""
        return (dof_pos_scaled.abs() - 0.98).clamp(min=0.0) / 0.02
