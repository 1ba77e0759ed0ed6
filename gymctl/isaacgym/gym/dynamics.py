"""Jacobians and mass matrices of actors, as tensors."""

from gymctl.core.errors import InputError
from gymctl.isaacgym.gym.handles import Sim
from gymctl.isaacgym.gym.live import Live
from gymctl.isaacgym.gym.tensors import live_of
from gymctl.isaacgym.values import Tensor
from gymctl.scene.blocks import Block
from gymctl.scene.jacobians import Jacobian, MassMatrix


class Dynamics:
    """Methods of `Gym` for Jacobians and mass matrices of the actors of a name, one in each env.

    A free base has six columns before those of the DOFs: linear and angular velocity, world axes.
    """

    def acquire_jacobian_tensor(self, sim: Sim, actor_name: str) -> Tensor:
        """How DOFs move links ``[envs, links, 6, DOFs]``; a fixed base is no link of it."""
        live, slot = _find(sim, actor_name)
        if slot not in live.jacobians:
            live.jacobians[slot] = Jacobian(live.simulation, _block(live, slot))
            live.simulation.refresh()
            live.jacobians[slot].update()
        return Tensor(live.jacobians[slot].values)

    def acquire_mass_matrix_tensor(self, sim: Sim, actor_name: str) -> Tensor:
        """The joint-space inertia ``[envs, DOFs, DOFs]``."""
        live, slot = _find(sim, actor_name)
        if slot not in live.mass_matrices:
            live.mass_matrices[slot] = MassMatrix(live.simulation, _block(live, slot))
            live.simulation.refresh()
            live.mass_matrices[slot].update()
        return Tensor(live.mass_matrices[slot].values)

    def refresh_jacobian_tensors(self, sim: Sim) -> bool:
        """Fills the Jacobians that were acquired."""
        if sim.live is not None and sim.live.jacobians:
            sim.live.settle()
            for jacobian in sim.live.jacobians.values():
                jacobian.update()
        return True

    def refresh_mass_matrix_tensors(self, sim: Sim) -> bool:
        """Fills the mass matrices that were acquired."""
        if sim.live is not None and sim.live.mass_matrices:
            sim.live.settle()
            for matrix in sim.live.mass_matrices.values():
                matrix.update()
        return True


def _find(sim: Sim, name: str) -> tuple[Live, int]:
    live = live_of(sim)
    for slot, actor in enumerate(sim.envs[0].actors):
        if actor.name == name:
            return live, slot
    names = ", ".join(repr(actor.name) for actor in sim.envs[0].actors)
    raise InputError(f"there is no actor {name!r}", f"the actors are {names}")


def _block(live: Live, slot: int) -> Block:
    return live.world.slots[slot].block
