"""Names, counts, handles and indices of envs, actors, links, joints and DOFs."""

from collections.abc import Callable

from gymctl.isaacgym.enums import IndexDomain
from gymctl.isaacgym.gym.handles import Actor, Asset, Env, Sim
from gymctl.isaacgym.values import Vec3


class Finding:
    """Methods of `Gym` that tell where something is."""

    def get_env(self, sim: Sim, index: int) -> Env:
        """An env by its index."""
        return sim.envs[index]

    def get_env_count(self, sim: Sim) -> int:
        """Number of envs."""
        return len(sim.envs)

    def get_env_origin(self, env: Env) -> Vec3:
        """Where an env's frame is in the world [m]."""
        return Vec3(*env.origin)

    def get_actor_count(self, env: Env) -> int:
        """Number of actors in an env."""
        return len(env.actors)

    def get_actor_handle(self, env: Env, index: int) -> int:
        """Handle of an actor: its index in the env."""
        return index if 0 <= index < len(env.actors) else -1

    def get_actor_name(self, env: Env, handle: int) -> str:
        """Name of an actor."""
        return env.actors[handle].name

    def get_actor_asset(self, env: Env, handle: int) -> Asset:
        """The asset of an actor."""
        return env.actors[handle].asset

    def find_actor_handle(self, env: Env, name: str) -> int:
        """Handle of an actor; -1 if there is none of that name."""
        return next((actor.index for actor in env.actors if actor.name == name), -1)

    def get_actor_index(self, env: Env, handle: int, domain: IndexDomain | int) -> int:
        """Index of an actor in its env, or in the simulation."""
        return handle + env.index * len(env.actors) if int(domain) == _SIM else handle

    def find_actor_index(self, env: Env, name: str, domain: IndexDomain | int) -> int:
        """Index of an actor; -1 if there is none of that name."""
        handle = self.find_actor_handle(env, name)
        return handle if handle < 0 else self.get_actor_index(env, handle, domain)

    def get_actor_rigid_body_count(self, env: Env, handle: int) -> int:
        """Number of links."""
        return len(env.actors[handle].asset.source.links)

    def get_actor_rigid_body_names(self, env: Env, handle: int) -> list[str]:
        """Names of links."""
        return [link.name for link in env.actors[handle].asset.source.links]

    def get_actor_rigid_body_dict(self, env: Env, handle: int) -> dict[str, int]:
        """Indices of links in the actor, by name."""
        return dict(env.actors[handle].asset.indices)

    def get_actor_rigid_body_index(self, env: Env, handle: int, index: int, domain: IndexDomain | int) -> int:
        """Index of a link in its actor, its env or the simulation."""
        return _index(env, handle, index, domain, _links)

    def find_actor_rigid_body_index(self, env: Env, handle: int, name: str, domain: IndexDomain | int) -> int:
        """Index of a link; -1 if there is none of that name."""
        index = env.actors[handle].asset.indices.get(name, -1)
        return index if index < 0 else _index(env, handle, index, domain, _links)

    def get_actor_rigid_body_handle(self, env: Env, handle: int, index: int) -> int:
        """Handle of a link: its index in the env."""
        return _index(env, handle, index, IndexDomain.DOMAIN_ENV, _links)

    def get_actor_root_rigid_body_handle(self, env: Env, handle: int) -> int:
        """Handle of an actor's first link."""
        return self.get_actor_rigid_body_handle(env, handle, 0)

    def find_actor_rigid_body_handle(self, env: Env, handle: int, name: str) -> int:
        """Handle of a link; -1 if there is none of that name."""
        return self.find_actor_rigid_body_index(env, handle, name, IndexDomain.DOMAIN_ENV)

    def get_rigid_handle(self, env: Env, actor_name: str, name: str) -> int:
        """Handle of a link of an actor, both by name; -1 if there is none."""
        handle = self.find_actor_handle(env, actor_name)
        return handle if handle < 0 else self.find_actor_rigid_body_handle(env, handle, name)

    def get_rigid_name(self, env: Env, body: int) -> str:
        """Name of a link."""
        actor, index = link_of(env, body)
        return actor.asset.source.links[index].name

    def get_actor_dof_count(self, env: Env, handle: int) -> int:
        """Number of DOFs."""
        return len(env.actors[handle].asset.source.dofs.names)

    def get_actor_dof_names(self, env: Env, handle: int) -> list[str]:
        """Names of DOFs."""
        return list(env.actors[handle].asset.source.dofs.names)

    def get_actor_dof_dict(self, env: Env, handle: int) -> dict[str, int]:
        """Indices of DOFs in the actor, by name."""
        return {name: index for index, name in enumerate(env.actors[handle].asset.source.dofs.names)}

    def get_actor_dof_index(self, env: Env, handle: int, index: int, domain: IndexDomain | int) -> int:
        """Index of a DOF in its actor, its env or the simulation."""
        return _index(env, handle, index, domain, _dofs)

    def find_actor_dof_index(self, env: Env, handle: int, name: str, domain: IndexDomain | int) -> int:
        """Index of a DOF; -1 if there is none of that name."""
        index = env.actors[handle].asset.source.find_dof(name)
        return index if index < 0 else _index(env, handle, index, domain, _dofs)

    def get_actor_dof_handle(self, env: Env, handle: int, index: int) -> int:
        """Handle of a DOF: its index in the env."""
        return _index(env, handle, index, IndexDomain.DOMAIN_ENV, _dofs)

    def find_actor_dof_handle(self, env: Env, handle: int, name: str) -> int:
        """Handle of a DOF; -1 if there is none of that name."""
        return self.find_actor_dof_index(env, handle, name, IndexDomain.DOMAIN_ENV)

    def get_actor_joint_count(self, env: Env, handle: int) -> int:
        """Number of joints, fixed ones included."""
        return len(env.actors[handle].asset.source.joints)

    def get_actor_joint_names(self, env: Env, handle: int) -> list[str]:
        """Names of joints, fixed ones included."""
        return env.actors[handle].asset.source.joints

    def get_actor_joint_dict(self, env: Env, handle: int) -> dict[str, int]:
        """Indices of joints in the actor, by name."""
        return {name: index for index, name in enumerate(env.actors[handle].asset.source.joints)}

    def get_actor_joint_index(self, env: Env, handle: int, index: int, domain: IndexDomain | int) -> int:
        """Index of a joint in its actor, its env or the simulation."""
        return _index(env, handle, index, domain, _joints)

    def find_actor_joint_index(self, env: Env, handle: int, name: str, domain: IndexDomain | int) -> int:
        """Index of a joint; -1 if there is none of that name."""
        index = self.get_actor_joint_dict(env, handle).get(name, -1)
        return index if index < 0 else _index(env, handle, index, domain, _joints)

    def get_actor_joint_handle(self, env: Env, handle: int, index: int) -> int:
        """Handle of a joint: its index in the env."""
        return _index(env, handle, index, IndexDomain.DOMAIN_ENV, _joints)

    def find_actor_joint_handle(self, env: Env, handle: int, name: str) -> int:
        """Handle of a joint; -1 if there is none of that name."""
        return self.find_actor_joint_index(env, handle, name, IndexDomain.DOMAIN_ENV)

    def get_actor_rigid_shape_count(self, env: Env, handle: int) -> int:
        """Number of collision shapes."""
        return len(env.actors[handle].shapes)

    def get_env_rigid_body_count(self, env: Env) -> int:
        """Number of links in an env."""
        return sum(map(_links, env.actors))

    def get_env_dof_count(self, env: Env) -> int:
        """Number of DOFs in an env."""
        return sum(map(_dofs, env.actors))

    def get_env_joint_count(self, env: Env) -> int:
        """Number of joints in an env."""
        return sum(map(_joints, env.actors))

    def get_sim_actor_count(self, sim: Sim) -> int:
        """Number of actors."""
        return sum(len(env.actors) for env in sim.envs)

    def get_sim_rigid_body_count(self, sim: Sim) -> int:
        """Number of links."""
        return sum(map(self.get_env_rigid_body_count, sim.envs))

    def get_sim_dof_count(self, sim: Sim) -> int:
        """Number of DOFs."""
        return sum(map(self.get_env_dof_count, sim.envs))

    def get_sim_joint_count(self, sim: Sim) -> int:
        """Number of joints."""
        return sum(map(self.get_env_joint_count, sim.envs))

    def get_sim_force_sensor_count(self, sim: Sim) -> int:
        """Number of force sensors."""
        return sum(len(actor.asset.sensors) for env in sim.envs for actor in env.actors)


_SIM = int(IndexDomain.DOMAIN_SIM)
_ACTOR = int(IndexDomain.DOMAIN_ACTOR)


def link_of(env: Env, body: int) -> tuple[Actor, int]:
    """The actor that has a link of an env, and the link's index in it.

    Raises:
        IndexError: The env has no such link.
    """
    for actor in env.actors:
        if 0 <= body < _links(actor):
            return actor, body
        body -= _links(actor)
    raise IndexError("the env has no such rigid body")


def _links(actor: Actor) -> int:
    return len(actor.asset.source.links)


def _dofs(actor: Actor) -> int:
    return len(actor.asset.source.dofs.names)


def _joints(actor: Actor) -> int:
    return len(actor.asset.source.joints)


def _index(env: Env, handle: int, index: int, domain: IndexDomain | int, count: Callable[[Actor], int]) -> int:
    if int(domain) == _ACTOR:
        return index
    index += sum(map(count, env.actors[:handle]))
    return index + env.index * sum(map(count, env.actors)) if int(domain) == _SIM else index
