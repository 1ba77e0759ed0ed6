"""Ant: a four-legged body runs towards a far target along x."""

from torch import Tensor

from gymctl.scene.contacts import support_wrenches
from gymctl.sim.rows import take
from gymctl.sim.simulation import EnvIds
from gymctl.tasks.locomotion.ant_humanoid import Locomotion


class Ant(Locomotion):
    """Run with a four-legged ant as fast as possible along x."""

    num_observations = 60
    num_actions = 8
    asset = "ant.xml"
    alive = 0.5
    wrap_angles = False

    def forces(self, ids: EnvIds | None) -> Tensor:
        """Force and torque of the ground on the four feet, in the feet's frames ``[n, 24]``."""
        return support_wrenches(take(self.sensordata, ids))

    @staticmethod
    def at_limit(dof_pos_scaled: Tensor) -> Tensor:
        """1 for a joint near its upper limit; the lower one doesn't count, as in the original."""
        return (dof_pos_scaled > 0.99).to(dof_pos_scaled)
