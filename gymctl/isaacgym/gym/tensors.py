"""Tensors of states: acquired once, filled by a refresh, and given back by a set."""

from collections.abc import Callable

import torch
from torch import Tensor as Values

from gymctl.core.errors import InputError
from gymctl.isaacgym.gym import states
from gymctl.isaacgym.gym.handles import Sim
from gymctl.isaacgym.gym.layout import lay_out
from gymctl.isaacgym.gym.live import Live
from gymctl.isaacgym.values import Tensor


class Tensors:
    """Methods of `Gym` for tensors of states.

    Tensors are copies: a refresh fills them, and what is written to them counts when it is set. All are float32, with
    all envs' actors, links or DOFs one after the other.
    """

    def acquire_actor_root_state_tensor(self, sim: Sim) -> Tensor:
        """Position, xyzw quaternion, velocity of the centre of mass, angular velocity of actors ``[actors, 13]``."""
        return _acquire(self, sim, "actor_root_state", (lay_out(sim.envs).num_actors, 13))

    def acquire_dof_state_tensor(self, sim: Sim) -> Tensor:
        """Position and velocity of DOFs ``[dofs, 2]``."""
        return _acquire(self, sim, "dof_state", (lay_out(sim.envs).num_dofs, 2))

    def acquire_rigid_body_state_tensor(self, sim: Sim) -> Tensor:
        """States of links ``[links, 13]``, as of actors."""
        return _acquire(self, sim, "rigid_body_state", (lay_out(sim.envs).num_links, 13))

    def acquire_net_contact_force_tensor(self, sim: Sim) -> Tensor:
        """Sums of contact forces on links in the last timestep, world axes ``[links, 3]`` [N]."""
        return _acquire(self, sim, "net_contact_force", (lay_out(sim.envs).num_links, 3))

    def acquire_force_sensor_tensor(self, sim: Sim) -> Tensor:
        """Forces and torques of force sensors ``[sensors, 6]`` [N, N m]; see `LinkSensors`."""
        return _acquire(self, sim, "force_sensor", (lay_out(sim.envs).num_sensors, 6))

    def acquire_dof_force_tensor(self, sim: Sim) -> Tensor:
        """What PhysX's solver does to DOFs ``[dofs]`` [N m or N]; 0 unless an actor's sensors are enabled."""
        return _acquire(self, sim, "dof_force", (lay_out(sim.envs).num_dofs,))

    def refresh_actor_root_state_tensor(self, sim: Sim) -> bool:
        """Fills the tensor of root states."""
        if (out := sim.buffers.get("actor_root_state")) is not None:
            states.read_roots(live_of(sim), out)
        return True

    def refresh_dof_state_tensor(self, sim: Sim) -> bool:
        """Fills the tensor of DOF states."""
        if (out := sim.buffers.get("dof_state")) is not None:
            states.read_dofs(live_of(sim), out)
        return True

    def refresh_rigid_body_state_tensor(self, sim: Sim) -> bool:
        """Fills the tensor of links' states."""
        if (out := sim.buffers.get("rigid_body_state")) is not None:
            live_of(sim).links.read_states(out)
        return True

    def refresh_net_contact_force_tensor(self, sim: Sim) -> bool:
        """Fills the tensor of contact forces."""
        if (out := sim.buffers.get("net_contact_force")) is not None:
            live_of(sim).links.read_contacts(out)
        return True

    def refresh_force_sensor_tensor(self, sim: Sim) -> bool:
        """Fills the tensor of force sensors."""
        if (out := sim.buffers.get("force_sensor")) is not None:
            states.read_sensors(live_of(sim), out)
        return True

    def refresh_dof_force_tensor(self, sim: Sim) -> bool:
        """Fills the tensor of DOF forces."""
        if (out := sim.buffers.get("dof_force")) is not None:
            states.read_dof_forces(live_of(sim), out)
        return True

    def set_actor_root_state_tensor(self, sim: Sim, state: Tensor) -> bool:
        """Sets the root states of all actors, from a tensor of all."""
        return _set(sim, state, 13, states.write_roots, None, 0)

    def set_actor_root_state_tensor_indexed(self, sim: Sim, state: Tensor, indices: Tensor, count: int) -> bool:
        """Sets the root states of some actors, from a tensor of all.

        Args:
            sim: The simulation.
            state: States of all actors.
            indices: Indices of actors in the simulation, int32 or int64; any order, repeated or not.
            count: How many of them count.
        """
        return _set(sim, state, 13, states.write_roots, indices, count)

    def set_dof_state_tensor(self, sim: Sim, state: Tensor) -> bool:
        """Sets the DOF states of all actors, from a tensor of all."""
        return _set(sim, state, 2, states.write_dofs, None, 0)

    def set_dof_state_tensor_indexed(self, sim: Sim, state: Tensor, indices: Tensor, count: int) -> bool:
        """Sets the DOF states of some actors; see `set_actor_root_state_tensor_indexed`."""
        return _set(sim, state, 2, states.write_dofs, indices, count)


def chosen_actors(live: Live, indices: Tensor | None, count: int) -> Values:
    """Which actors indices mean, bool ``[num_envs, actors]``; all without."""
    shape = live.layout.num_envs, live.layout.num_actors
    device = live.simulation.device
    if indices is None:
        return torch.ones(shape, dtype=torch.bool, device=device)
    chosen = torch.zeros(shape[0] * shape[1], dtype=torch.bool, device=device)
    chosen[torch_of(indices)[:count].to(device, torch.int64).reshape(-1)] = True
    return chosen.view(shape)


def values_of(live: Live, tensor: Tensor, columns: int) -> Values:
    """What a tensor of all actors or DOFs holds ``[num_envs, n, columns]``.

    Raises:
        InputError: It has another size.
    """
    values = torch_of(tensor)
    rows = live.layout.num_actors if columns == 13 else live.layout.num_dofs
    if values.numel() != live.layout.num_envs * rows * columns:
        raise InputError(
            f"a tensor of shape {tuple(values.shape)} was set, not one with {live.layout.num_envs * rows} rows of "
            f"{columns}",
            "pass the whole tensor, as it was acquired, even if indices choose some rows",
        )
    return values.to(live.simulation.device).view(live.layout.num_envs, rows, columns)


def torch_of(tensor: Tensor) -> Values:
    """The torch tensor of a descriptor.

    Raises:
        InputError: It is empty.
    """
    if tensor.torch_tensor is None:
        raise InputError("an empty tensor was passed to gym", "pass gymtorch.unwrap_tensor(TENSOR)")
    return tensor.torch_tensor


def live_of(sim: Sim) -> Live:
    """The worlds of a simulation.

    Raises:
        InputError: It isn't prepared.
    """
    if sim.live is None:
        raise InputError("the simulation isn't prepared", "call gym.prepare_sim(sim) first")
    return sim.live


def _acquire(gym: Tensors, sim: Sim, name: str, shape: tuple[int, ...]) -> Tensor:
    if name not in sim.buffers:
        sim.buffers[name] = torch.zeros(len(sim.envs), *shape, device=sim.device)
        if sim.live is not None:
            getattr(gym, f"refresh_{name}_tensor")(sim)
    buffer = sim.buffers[name]
    return Tensor(buffer.view(-1, *shape[1:]))


def _set(
    sim: Sim,
    state: Tensor,
    columns: int,
    write: Callable[[Live, Values, Values], None],
    indices: Tensor | None,
    count: int,
) -> bool:
    live = live_of(sim)
    write(live, values_of(live, state, columns), chosen_actors(live, indices, count))
    return True
