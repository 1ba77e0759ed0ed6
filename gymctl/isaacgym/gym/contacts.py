"""Contacts one by one, and the forces that they add up to, as NumPy arrays for the CPU pipeline."""

from collections.abc import Sequence

import mujoco
import numpy as np

from gymctl.isaacgym.gym.handles import Env, Sim
from gymctl.isaacgym.gym.tensors import live_of
from gymctl.isaacgym.layouts import RIGID_CONTACT, VEC3


class Contacts:
    """Methods of `Gym` for contacts: those of the present state, with the forces that act there.

    They are slow, for they go from env to env: tensors tell net forces of all at once. Isaac Gym has them on the CPU
    pipeline only.
    """

    def get_env_rigid_contacts(self, env: Env) -> np.ndarray:
        """Contacts in an env, an array of `RIGID_CONTACT`.

        ``body0`` and ``body1`` are links' indices in the env, the larger first; -1 stands for the ground. The normal
        points from the first to the second, world axes. Positions are in the links' frames [m], the ground's in the
        world's.
        """
        return _contacts_in(env.sim, [env.index])

    def get_rigid_contacts(self, sim: Sim) -> np.ndarray:
        """Contacts in all envs; see `get_env_rigid_contacts`."""
        return _contacts_in(sim, range(len(sim.envs)))

    def get_env_rigid_contact_forces(self, env: Env) -> np.ndarray:
        """Net contact forces on an env's links, world axes; vectors ``[links]`` [N]."""
        return _forces_in(env.sim, [env.index])

    def get_rigid_contact_forces(self, sim: Sim) -> np.ndarray:
        """Net contact forces on all envs' links; vectors ``[envs × links]`` [N]."""
        return _forces_in(sim, range(len(sim.envs)))

    def get_vec_env_rigid_contact_forces(self, envs: Sequence[Env]) -> np.ndarray:
        """Net contact forces on the links of some envs; vectors ``[envs × links]`` [N]."""
        return _forces_in(envs[0].sim, [env.index for env in envs]) if envs else np.zeros(0, VEC3)


def _contacts_in(sim: Sim, envs: Sequence[int]) -> np.ndarray:
    return np.concatenate([np.zeros(0, RIGID_CONTACT), *(_contacts_of(sim, env) for env in envs)])


def _contacts_of(sim: Sim, env: int) -> np.ndarray:
    model, data, links = _forward(sim, env)
    bodies, forces = _touching(model, data)
    found, contacts = np.zeros(data.ncon, RIGID_CONTACT), data.contact
    swapped = links[bodies[:, 0]] < links[bodies[:, 1]]
    bodies[swapped] = bodies[swapped, ::-1]
    normals = np.where(swapped, -1.0, 1.0)[:, None] * contacts.frame[:, :3]
    for side, sign in ((0, -0.5), (1, 0.5)):
        body = bodies[:, side]
        found[f"body{side}"] = links[body]
        found[f"env{side}"] = np.where(links[body] < 0, -1, env)
        away = contacts.pos + sign * contacts.dist[:, None] * normals - data.xpos[body]
        local = np.einsum("nij,ni->nj", data.xmat[body].reshape(-1, 3, 3), away)
        found[f"localPos{side}"] = _vectors(local)
    found["initialOverlap"], found["minDist"] = -contacts.dist, contacts.includemargin
    found["normal"], found["lambda"] = _vectors(normals), forces[:, 0]
    found["lambdaFriction"]["x"], found["lambdaFriction"]["y"] = np.abs(forces[:, 1:]).T
    for name, column in (("friction", 0), ("torsionFriction", 2), ("rollingFriction", 3)):
        found[name] = contacts.friction[:, column]
    return found


def _forces_in(sim: Sim, envs: Sequence[int]) -> np.ndarray:
    return np.concatenate([np.zeros(0, VEC3), *(_forces_of(sim, env) for env in envs)])


def _forces_of(sim: Sim, env: int) -> np.ndarray:
    model, data, links = _forward(sim, env)
    bodies, forces = _touching(model, data)
    in_world = np.einsum("nij,ni->nj", data.contact.frame.reshape(-1, 3, 3), forces)
    net = np.zeros((model.nbody, 3))
    np.add.at(net, bodies[:, 0], -in_world)
    np.add.at(net, bodies[:, 1], in_world)
    return _vectors(net[np.argsort(links)[model.nbody - live_of(sim).layout.num_links :]])


def _forward(sim: Sim, env: int) -> tuple[mujoco.MjModel, mujoco.MjData, np.ndarray]:
    """An env's model, its present state with all that follows from it, and each body's link, -1 for the ground."""
    live = live_of(sim)
    model, data = live.simulation.get_model(env), live.simulation.get_data(env)
    mujoco.mj_forward(model, data)
    links = np.full(model.nbody, -1)
    bodies = np.concatenate([slot.bodies for slot in live.world.slots])
    links[bodies] = np.arange(len(bodies))
    return model, data, links


def _touching(model: mujoco.MjModel, data: mujoco.MjData) -> tuple[np.ndarray, np.ndarray]:
    """Bodies of both sides ``[contacts, 2]``; forces on the second, in contacts' axes ``[contacts, 3]`` [N]."""
    forces = np.zeros((data.ncon, 6))
    for index in range(data.ncon):
        mujoco.mj_contactForce(model, data, index, forces[index])
    return model.geom_bodyid[data.contact.geom].reshape(-1, 2), forces[:, :3]


def _vectors(rows: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(rows, np.float32).view(VEC3)[:, 0]
