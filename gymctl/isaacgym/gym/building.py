"""From envs to compiled models: which envs are of one kind, and what their properties are."""

from collections.abc import Callable, Sequence
from typing import Any

import mujoco
import numpy as np

from gymctl.core.errors import InputError
from gymctl.isaacgym.enums import DofDriveMode
from gymctl.isaacgym.gym.attractors import add_attractors
from gymctl.isaacgym.gym.bodies import BodyTable
from gymctl.isaacgym.gym.handles import Actor, Env, Sim
from gymctl.isaacgym.gym.model_fields import Values, body_values, dof_values, prepare_dofs, shape_values, write_models
from gymctl.isaacgym.gym.tendons import prepare_tendons, tendon_values
from gymctl.scene.contact_sensors import add_contact_sensors
from gymctl.scene.contacts import time_constant
from gymctl.scene.layouts import compile_alike
from gymctl.scene.spherical import set_stops
from gymctl.scene.worlds import Actor as Placed
from gymctl.scene.worlds import Physics, World, build_world, find_actors

_POSITION = int(DofDriveMode.DOF_MODE_POS)


class Building:
    """The models that a simulation's envs need: one for each kind of envs that consist of the same.

    Args:
        sim: What to simulate; its envs are alike in layout.
    """

    def __init__(self, sim: Sim) -> None:
        self._sim = sim
        self.actors = [[env.actors[slot] for env in sim.envs] for slot in range(len(sim.envs[0].actors))]
        """Of each slot the actors of all envs."""
        numbers: dict[Any, int] = {}
        self.kinds = np.array([numbers.setdefault(_structure(env), len(numbers)) for env in sim.envs])
        """Of each env which model it is of."""
        firsts = np.unique(self.kinds, return_index=True)[1]
        self._examples = [sim.envs[index] for index in firsts]

    def compile(self, *, contacts: bool) -> tuple[list[World], list[Values]]:
        """Compiles the models; what differs between envs of a kind is returned, to be written to the worlds.

        Args:
            contacts: Whether to measure the contact forces on all links.

        Raises:
            InputError: MuJoCo can't simulate the envs.
        """
        specs = [self._spec(env, contacts) for env in self._examples]
        try:
            models = compile_alike(specs)
        except ValueError as error:
            raise InputError(f"MuJoCo can't simulate these actors: {error}", "correct the asset it names") from error
        placed = [[_placed(actor) for actor in env.actors] for env in self._examples]
        worlds = [find_actors(model, actors) for model, actors in zip(models, placed, strict=True)]
        given: list[Values] = []
        for slot, actors in enumerate(self.actors):
            table = dof_table(actors)
            for world in worlds:
                prepare_dofs(world.model, world.slots[slot], table)
                prepare_tendons(world.model, world.slots[slot])
            given += self.values_of(worlds[0], slot, actors)
        different = write_models(models, self.kinds, given)
        for model in models:
            set_stops(model, time_constant(model.opt.timestep))
        return worlds, different

    def values_of(self, world: World, slot: int, actors: Sequence[Actor]) -> list[Values]:
        """Values of all properties of some envs' actors in a slot."""
        placed, model = world.slots[slot], world.model
        substep = self._sim.params.dt / self._sim.params.substeps
        values = [*dof_values(model, placed, dof_table(actors), substep)]
        values += shape_values(placed, _stacked(actors, lambda actor: actor.shapes), self._ground_friction)
        if any(actor.bodies is not None for actor in actors):
            values += body_values(placed, body_table(actors))
        if any(actor.tendons is not None or actor.tendon_offsets for actor in actors):
            values += tendon_values(placed, actors)
        return values

    @property
    def _ground_friction(self) -> float | None:
        ground = self._sim.ground
        return ground.friction if ground.planes or ground.grids else None

    def _spec(self, env: Env, contacts: bool) -> mujoco.MjSpec:
        sim, actors = self._sim, [_placed(actor) for actor in env.actors]
        tables = [dof_table(column) for column in self.actors]
        stiff = any(((table["driveMode"] == _POSITION) & (table["stiffness"] > 0.0)).any() for table in tables)
        gravity = sim.params.gravity
        physics = Physics(
            timestep=sim.params.dt / (sim.params.substeps * sim.timesteps),
            gravity=(gravity.x, gravity.y, gravity.z),
            stiff=stiff,
            hard=sim.hard_contacts,
        )
        spec = build_world(actors, sim.ground, physics)
        for body in spec.bodies:
            body.simple = 0  # so that its centre of mass can be moved
        for index, column in enumerate(self.actors):
            floating = [actor for actor in column if actor.bodies is not None and (actor.bodies.flags & 1).any()]
            if floating:  # MuJoCo counts them when it compiles
                for link in column[0].asset.source.links:
                    spec.body(f"{index}/{link.body}").gravcomp = 1.0
        add_attractors(spec, env)
        if contacts:
            links = [(index, link) for index, actor in enumerate(env.actors) for link in actor.asset.source.links]
            add_contact_sensors(spec, [f"{index}/{link.body}" for index, link in links])
        return spec


def dof_table(actors: Sequence[Actor]) -> np.ndarray:
    """DOF properties of actors ``[actors or 1, dofs]``."""
    return _stacked(
        actors, lambda actor: actor.asset.dof_properties if actor.dof_properties is None else actor.dof_properties
    )


def body_table(actors: Sequence[Actor]) -> BodyTable:
    """Masses and inertias of actors ``[actors, links, ...]``."""
    tables = [actor.bodies or actor.asset.bodies for actor in actors]
    return BodyTable(*(np.stack(rows) for rows in zip(*tables, strict=True)))


def _stacked(actors: Sequence[Actor], of: Callable[[Actor], Any]) -> np.ndarray:
    rows = [of(actor) for actor in actors]
    first = rows[0]
    return np.asarray(first)[None] if all(row is first for row in rows) else np.stack([np.asarray(row) for row in rows])


def _structure(env: Env) -> Any:
    """What decides an env's model, beside properties that each world can have of its own."""
    groups: dict[int, int] = {}
    actors = tuple(
        (
            id(actor.asset),
            -1 if actor.group == -1 else groups.setdefault(actor.group, len(groups)),
            actor.filter,
            actor.shape_filters,
        )
        for actor in env.actors
    )
    return actors, tuple((props.rigid_handle, repr(props.offset.p)) for props in env.attractors)


def _placed(actor: Actor) -> Placed:
    asset = actor.asset
    return Placed(asset.source, actor.group, actor.filter, actor.shape_filters, tuple(asset.sensors))
