"""Properties of actors: DOFs, bodies, shapes, attractors; at set-up and at run time."""

import copy

import numpy as np

from gymctl.core.errors import InputError
from gymctl.isaacgym.gym.bodies import packed, table_of, unpacked
from gymctl.isaacgym.gym.handles import SHAPE_FIELDS, Env
from gymctl.isaacgym.gym.loading import Loading, shape_properties, shape_rows
from gymctl.isaacgym.layouts import DOF_PROPERTIES
from gymctl.isaacgym.properties import (
    ActuatorProperties,
    AttractorProperties,
    RigidBodyProperties,
    RigidShapeProperties,
)
from gymctl.isaacgym.values import IndexRange, Transform

_FILTER = SHAPE_FIELDS.index("filter")


class Properties(Loading):
    """Methods of `Gym` for properties of actors. Getters give copies; what is set counts from the next `simulate`."""

    def get_actor_dof_properties(self, env: Env, handle: int) -> np.ndarray:
        """Properties of an actor's DOFs."""
        actor = env.actors[handle]
        return (actor.asset.dof_properties if actor.dof_properties is None else actor.dof_properties).copy()

    def set_actor_dof_properties(self, env: Env, handle: int, props: np.ndarray) -> bool:
        """Sets the properties of an actor's DOFs.

        Raises:
            InputError: They are of another number of DOFs.
        """
        actor = env.actors[handle]
        props = np.asarray(props)
        if props.shape != actor.asset.dof_properties.shape or props.dtype.names != DOF_PROPERTIES.names:
            raise InputError(
                f"properties of {props.size} DOFs were set, but the actor has {len(actor.asset.dof_properties)}",
                "change the array that get_actor_dof_properties gave, and set it whole",
            )
        actor.dof_properties = props.copy()
        _changed(env)
        return True

    def get_actor_rigid_body_properties(self, env: Env, handle: int) -> list[RigidBodyProperties]:
        """Properties of an actor's links."""
        actor = env.actors[handle]
        return unpacked(actor.asset.packed_bodies if actor.bodies is None else packed(actor.bodies))

    def set_actor_rigid_body_properties(
        self, env: Env, actorHandle: int, props: list[RigidBodyProperties], recomputeInertia: bool = False
    ) -> bool:
        """Sets the properties of an actor's links.

        Args:
            env: The env.
            actorHandle: The actor.
            props: Of all its links.
            recomputeInertia: Whether inertias follow the masses, in proportion; otherwise they are set too.

        Raises:
            InputError: They are of another number of links, or a mass isn't above 0.
        """
        actor = env.actors[actorHandle]
        if len(props) != len(actor.asset.source.links):
            raise InputError(
                f"properties of {len(props)} bodies were set, but the actor has {len(actor.asset.source.links)}",
                "set those of all",
            )
        before = actor.bodies or actor.asset.bodies
        table = table_of(props)
        mass = table.mass
        if not (np.isfinite(mass).all() and (mass >= 0.0).all()):
            raise InputError(f"a body's mass was set to {mass.min()}", "set finite masses above 0")
        if recomputeInertia:
            factor = np.divide(mass, before.mass, out=np.ones_like(mass), where=before.mass > 0.0)
            table = table._replace(inertia=before.inertia * factor[:, None, None])
        actor.bodies = table
        _changed(env)
        return True

    def get_actor_rigid_shape_properties(self, env: Env, handle: int) -> list[RigidShapeProperties]:
        """Properties of an actor's collision shapes."""
        return shape_properties(env.actors[handle].shapes)

    def set_actor_rigid_shape_properties(self, env: Env, handle: int, props: list[RigidShapeProperties]) -> bool:
        """Sets the properties of an actor's collision shapes; their filters overrule the actor's.

        Raises:
            InputError: They are of another number of shapes, or filters change after `prepare_sim`.
        """
        actor = env.actors[handle]
        rows = shape_rows(props, len(actor.shapes))
        filters = tuple(int(row[_FILTER]) for row in rows)
        if actor.shape_filters or any(filters):
            if env.sim.live is not None and filters != actor.shape_filters:
                raise InputError("collision filters can't change after gym.prepare_sim", "set them before it")
            actor.shape_filters = filters
        actor.shapes = rows
        _changed(env)
        return True

    def get_actor_rigid_body_shape_indices(self, env: Env, handle: int) -> list[IndexRange]:
        """Of each link its part of the list of shapes."""
        return self.get_asset_rigid_body_shape_indices(env.actors[handle].asset)

    def get_actor_actuator_count(self, env: Env, handle: int) -> int:
        """Number of actuators that the actor's file names."""
        return self.get_asset_actuator_count(env.actors[handle].asset)

    def get_actor_actuator_name(self, env: Env, handle: int, index: int) -> str:
        """Name of an actuator."""
        return self.get_asset_actuator_name(env.actors[handle].asset, index)

    def get_actor_actuator_joint_name(self, env: Env, handle: int, index: int) -> str:
        """Name of the joint that an actuator moves."""
        return self.get_asset_actuator_joint_name(env.actors[handle].asset, index)

    def get_actor_actuator_properties(self, env: Env, handle: int) -> list[ActuatorProperties]:
        """Properties of the actuators that the actor's file names."""
        return self.get_asset_actuator_properties(env.actors[handle].asset)

    def get_attractor_properties(self, env: Env, handle: int) -> AttractorProperties:
        """Properties of an attractor, a copy."""
        return copy.deepcopy(env.attractors[handle])

    def set_attractor_target(self, env: Env, handle: int, target: Transform) -> None:
        """Sets the point that an attractor ties its body to, in the env's frame."""
        env.attractors[handle].target = target
        _changed(env)


def _changed(env: Env) -> None:
    if env.sim.live is not None:
        env.sim.changed.add(env.index)
