"""States of single actors and links as NumPy arrays, for set-up code and for the CPU pipeline."""

from typing import Any

import mujoco
import numpy as np
import torch

from gymctl.isaacgym.gym import states
from gymctl.isaacgym.gym.finding import Finding, link_of
from gymctl.isaacgym.gym.handles import Actor, Env, Sim
from gymctl.isaacgym.gym.tensors import chosen_actors, live_of
from gymctl.isaacgym.layouts import DOF_STATE, RIGID_BODY_STATE
from gymctl.isaacgym.values import Quat, Tensor, Transform, Vec3

_POS, _VEL = 1, 2


class Arrays(Finding):
    """Methods of `Gym` for states of one actor, env or link at a time. They are slow: tensors tell all at once."""

    def get_actor_dof_states(self, env: Env, handle: int, flags: int) -> np.ndarray:
        """Positions and velocities of an actor's DOFs."""
        live = live_of(env.sim)
        part = live.layout.parts[handle].dofs
        own = _dof_states(env.sim)[env.index, part].cpu().numpy()
        found = np.zeros(len(own), DOF_STATE)
        found["pos"], found["vel"] = own[:, 0], own[:, 1]
        return found

    def set_actor_dof_states(self, env: Env, handle: int, values: np.ndarray, flags: int) -> bool:
        """Sets positions (``STATE_POS``), velocities (``STATE_VEL``) or both of an actor's DOFs."""
        live, state = live_of(env.sim), _dof_states(env.sim)
        own = state[env.index, live.layout.parts[handle].dofs]
        values = np.asarray(values)
        for flag, column, name in ((_POS, 0, "pos"), (_VEL, 1, "vel")):
            if int(flags) & flag:
                own[:, column] = torch.from_numpy(np.ascontiguousarray(values[name], np.float32)).to(own.device)
        states.write_dofs(live, state, _only(env, handle))
        return True

    def get_actor_dof_position_targets(self, env: Env, handle: int) -> np.ndarray:
        """Position targets of an actor's DOFs."""
        live = live_of(env.sim)
        return live.position_targets[env.index, live.layout.parts[handle].dofs].cpu().numpy()

    def set_actor_dof_position_targets(self, env: Env, handle: int, targets: np.ndarray) -> bool:
        """Sets position targets of an actor's DOFs."""
        return _put(env, handle, live_of(env.sim).position_targets, targets)

    def get_actor_dof_velocity_targets(self, env: Env, handle: int) -> np.ndarray:
        """Velocity targets of an actor's DOFs."""
        live = live_of(env.sim)
        return live.velocity_targets[env.index, live.layout.parts[handle].dofs].cpu().numpy()

    def set_actor_dof_velocity_targets(self, env: Env, handle: int, targets: np.ndarray) -> bool:
        """Sets velocity targets of an actor's DOFs."""
        return _put(env, handle, live_of(env.sim).velocity_targets, targets)

    def apply_actor_dof_efforts(self, env: Env, handle: int, efforts: np.ndarray) -> bool:
        """Sets forces on an actor's DOFs."""
        return _put(env, handle, live_of(env.sim).forces, efforts)

    def get_actor_rigid_body_states(self, env: Env, handle: int, flags: int) -> np.ndarray:
        """States of an actor's links, in the env's frame."""
        return _link_states(env.sim)[env.index][live_of(env.sim).layout.parts[handle].links]

    def get_env_rigid_body_states(self, env: Env, flags: int) -> np.ndarray:
        """States of an env's links, in its frame."""
        return _link_states(env.sim)[env.index]

    def get_sim_rigid_body_states(self, sim: Sim, flags: int) -> np.ndarray:
        """States of all links, in their envs' frames."""
        return _link_states(sim).reshape(-1)

    def set_actor_rigid_body_states(self, env: Env, handle: int, values: np.ndarray, flags: int) -> bool:
        """Sets the state of an actor by its first link's; the other links follow."""
        live = live_of(env.sim)
        roots = torch.zeros(live.layout.num_envs, live.layout.num_actors, 13, device=live.simulation.device)
        states.read_roots(live, roots)
        own, first = roots[env.index, handle], np.asarray(values)[0]
        if int(flags) & _POS:
            own[:7] = torch.tensor([*first["pose"]["p"].item(), *first["pose"]["r"].item()])
        if int(flags) & _VEL:
            own[7:] = torch.tensor([*first["vel"]["linear"].item(), *first["vel"]["angular"].item()])
        states.write_roots(live, roots, _only(env, handle))
        return True

    def get_rigid_transform(self, env: Env, handle: int) -> Transform:
        """Pose of a link, in the env's frame; before `prepare_sim`, with DOFs at 0."""
        actor, link = link_of(env, handle)
        if env.sim.live is None:
            return _pose_at_start(actor, link)
        state = _link_states(env.sim)[env.index][handle]
        return Transform(Vec3(*state["pose"]["p"].item()), Quat(*state["pose"]["r"].item()))

    def get_rigid_linear_velocity(self, env: Env, handle: int) -> Vec3:
        """Velocity of a link's centre of mass, world axes [m/s]."""
        link_of(env, handle)
        return Vec3(*_link_states(env.sim)[env.index][handle]["vel"]["linear"].item())

    def get_rigid_angular_velocity(self, env: Env, handle: int) -> Vec3:
        """Angular velocity of a link, world axes [rad/s]."""
        link_of(env, handle)
        return Vec3(*_link_states(env.sim)[env.index][handle]["vel"]["angular"].item())

    def get_dof_position(self, env: Env, handle: int) -> float:
        """Position of a DOF [rad or m]."""
        return float(_dof_states(env.sim)[env.index, handle, 0])

    def get_dof_velocity(self, env: Env, handle: int) -> float:
        """Velocity of a DOF [rad/s or m/s]."""
        return float(_dof_states(env.sim)[env.index, handle, 1])

    def get_dof_target_position(self, env: Env, handle: int) -> float:
        """Position target of a DOF [rad or m]."""
        return float(live_of(env.sim).position_targets[env.index, handle])

    def set_dof_target_position(self, env: Env, handle: int, target: float) -> None:
        """Sets the position target of a DOF [rad or m]."""
        live_of(env.sim).position_targets[env.index, handle] = target

    def get_dof_target_velocity(self, env: Env, handle: int) -> float:
        """Velocity target of a DOF [rad/s or m/s]."""
        return float(live_of(env.sim).velocity_targets[env.index, handle])

    def set_dof_target_velocity(self, env: Env, handle: int, target: float) -> None:
        """Sets the velocity target of a DOF [rad/s or m/s]."""
        live_of(env.sim).velocity_targets[env.index, handle] = target


def _pose_at_start(actor: Actor, link: int) -> Transform:
    model = actor.asset.model
    data = mujoco.MjData(model)
    mujoco.mj_kinematics(model, data)

    def pose_of(index: int) -> Transform:
        body = data.body(actor.asset.source.links[index].body)
        w, x, y, z = body.xquat
        return Transform(Vec3(*body.xpos), Quat(x, y, z, w))

    p, r = Vec3(*actor.pose[:3]), Quat(*actor.pose[3:])
    return Transform(p, r) * pose_of(0).inverse() * pose_of(link)


def _dof_states(sim: Sim) -> torch.Tensor:
    live = live_of(sim)
    found = torch.zeros(live.layout.num_envs, live.layout.num_dofs, 2, device=live.simulation.device)
    states.read_dofs(live, found)
    return found


def _link_states(sim: Sim) -> np.ndarray:
    live = live_of(sim)
    found = torch.zeros(live.layout.num_envs, live.layout.num_links, 13, device=live.simulation.device)
    live.links.read_states(found)
    return np.ascontiguousarray(found.cpu().numpy()).view(RIGID_BODY_STATE)[..., 0]


def _only(env: Env, handle: int) -> torch.Tensor:
    live = live_of(env.sim)
    index = env.index * live.layout.num_actors + handle
    return chosen_actors(live, Tensor(torch.tensor([index])), 1)


def _put(env: Env, handle: int, held: torch.Tensor, values: Any) -> bool:
    part = live_of(env.sim).layout.parts[handle].dofs
    held[env.index, part] = torch.as_tensor(np.asarray(values, np.float32)).to(held.device)
    return True
