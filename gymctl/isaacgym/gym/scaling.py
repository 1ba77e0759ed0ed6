"""Actors that are larger or smaller than their assets."""

import numpy as np
import torch

from gymctl.isaacgym.gym.handles import Actor
from gymctl.isaacgym.gym.notices import tell
from gymctl.scene.properties import find_fields
from gymctl.scene.worlds import World
from gymctl.sim.simulation import Simulation


def scale_worlds(sim: Simulation, world: World, columns: list[list[Actor]]) -> None:
    """Scales actors whose factor isn't 1, right after the worlds were made.

    Args:
        sim: The worlds.
        world: Where the actors are in their models.
        columns: Of each slot the actors of all envs.
    """
    for slot, actors in zip(world.slots, columns, strict=True):
        factors = np.array([actor.scale for actor in actors])
        if (factors == 1.0).all():
            continue
        tell("set_actor_scale: an actor's own masses that were set before are scaled too")
        by = torch.from_numpy(factors).to(sim.device, sim.dtype)[:, None]
        for entries in find_fields(world.model, slot.block, "scale").entries:
            field = sim.expand(entries.field)
            rows = torch.from_numpy(np.asarray(entries.rows, np.int64)).to(sim.device)
            width = getattr(world.model, entries.field).shape[1:]
            view = field.view(field.shape[0], -1, *width)
            if entries.element is None:
                view[:, rows] *= by**entries.power
            else:
                view[:, rows, entries.element] *= by**entries.power
    sim.set_const()
