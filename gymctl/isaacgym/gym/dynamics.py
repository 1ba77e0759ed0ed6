"""Jacobians and mass matrices of actors, as tensors."""

import torch

from gymctl.core.errors import InputError
from gymctl.isaacgym.gym.handles import Sim
from gymctl.isaacgym.gym.live import Acquired, Live
from gymctl.isaacgym.values import Tensor
from gymctl.scene.jacobians import Jacobian, MassMatrix


class Dynamics:
    """Methods of `Gym` for Jacobians and mass matrices of the actors of a name, one in each env.

    A free base has six columns before those of the DOFs: linear and angular velocity, world axes.
    """

    def acquire_jacobian_tensor(self, sim: Sim, actor_name: str) -> Tensor:
        """How DOFs move links ``[envs, links, 6, DOFs]``; a fixed base is no link of it."""
        return _acquire(sim, Jacobian, actor_name)

    def acquire_mass_matrix_tensor(self, sim: Sim, actor_name: str) -> Tensor:
        """The joint-space inertia ``[envs, DOFs, DOFs]``."""
        return _acquire(sim, MassMatrix, actor_name)

    def refresh_jacobian_tensors(self, sim: Sim) -> bool:
        """Fills the Jacobians that were acquired."""
        return _refresh(sim, Jacobian)

    def refresh_mass_matrix_tensors(self, sim: Sim) -> bool:
        """Fills the mass matrices that were acquired."""
        return _refresh(sim, MassMatrix)


def keep_promises(sim: Sim, live: Live) -> None:
    """Fills the tensors that were acquired before there were worlds, and keeps them up from now on."""
    for (kind, slot), values in sim.promised.items():
        made = _made(live, kind, slot)
        values.copy_(made.values)
        made.values = values
    sim.promised.clear()


def _acquire(sim: Sim, kind: type[Acquired], name: str) -> Tensor:
    slot = _find(sim, name)
    if sim.live is not None:
        return Tensor(_made(sim.live, kind, slot).values)
    asset = sim.envs[0].actors[slot].asset.source
    free = not asset.options.fix_base_link and not asset.links[0].joints
    links, dofs = len(asset.links) - (not free), len(asset.dofs.names) + 6 * free
    shape = (links, 6, dofs) if kind is Jacobian else (dofs, dofs)
    promise = torch.zeros(len(sim.envs), *shape, device=sim.device)
    return Tensor(sim.promised.setdefault((kind, slot), promise))


def _made(live: Live, kind: type[Acquired], slot: int) -> Acquired:
    simulation = live.simulation
    if (kind, slot) not in live.dynamics:
        live.dynamics[kind, slot] = made = kind(simulation, live.world.slots[slot].block)
        simulation.refresh()
        made.update()
    return live.dynamics[kind, slot]


def _refresh(sim: Sim, kind: type[Acquired]) -> bool:
    live = sim.live
    if live is not None and any(isinstance(acquired, kind) for acquired in live.dynamics.values()):
        live.settle()
        for acquired in live.dynamics.values():
            if isinstance(acquired, kind):
                acquired.update()
    return True


def _find(sim: Sim, name: str) -> int:
    actors = sim.envs[0].actors if sim.envs else []
    for slot, actor in enumerate(actors):
        if actor.name == name:
            return slot
    names = ", ".join(repr(actor.name) for actor in actors)
    raise InputError(f"there is no actor {name!r}", f"the actors are {names}")
