"""States of all bodies of a model in Isaac Gym's convention."""

import torch

from gymctl.sim.simulation import Simulation

_CROSS = ((1, 2, 0), (2, 0, 1), (0, 1, 2))
"""Components i, j, k of (a × b)ₖ = aᵢ bⱼ - aⱼ bᵢ."""


class BodyStates:
    """Poses and velocities of bodies, as in Isaac Gym's tensor of rigid body states.

    Make it before the simulation's first step. It keeps the poses and velocities fresh in each `Simulation.step`.

    Args:
        sim: The simulation.
        bodies: Which bodies; by default all but the world.
    """

    def __init__(self, sim: Simulation, bodies: slice = slice(1, None)) -> None:
        model, device = sim.model, sim.device
        self._xpos, self._xquat, self._xipos, self._cvel = (
            sim.output(name)[:, bodies] for name in ("xpos", "xquat", "xipos", "cvel")
        )
        self._com = sim.output("subtree_com")
        self._roots = torch.from_numpy(model.body_rootid[bodies]).long().to(device)
        count = len(model.body_rootid[bodies])
        self.values = torch.zeros(sim.num_envs, count, 13, device=device)
        """Position of the body's frame, its orientation xyzw, linear velocity of its centre of mass and angular
        velocity, world axes; float32 ``[num_envs, bodies, 13]`` [m, m/s, rad/s]."""
        self._arm, self._velocity = (torch.zeros(sim.num_envs, count, 3, dtype=sim.dtype, device=device) for _ in "12")

    def update(self) -> None:
        """Computes `values` from the simulation's outputs, after a step or a refresh."""
        values, turning = self.values, self._cvel[..., :3]
        values[..., :3] = self._xpos
        values[..., 3:6] = self._xquat[..., 1:]
        values[..., 6] = self._xquat[..., 0]
        values[..., 10:] = turning
        torch.index_select(self._com, 1, self._roots, out=self._arm)
        torch.sub(self._xipos, self._arm, out=self._arm)
        for i, j, k in _CROSS:  # by component: on a CPU torch.linalg.cross takes ten times as long
            lin_vel = self._velocity[..., k]
            torch.addcmul(self._cvel[..., 3 + k], turning[..., i], self._arm[..., j], out=lin_vel)
            lin_vel.addcmul_(turning[..., j], self._arm[..., i], value=-1.0)
        values[..., 7:10] = self._velocity
