"""States of actors in Isaac Gym's convention, read from the worlds and written to them."""

import torch
from torch import Tensor

from gymctl.isaacgym.gym.live import Live
from gymctl.scene.worlds import Slot
from gymctl.sim import frames
from gymctl.sim.frames import RootState, wxyz_to_xyzw, xyzw_to_wxyz
from gymctl.sim.rows import assign
from gymctl.sim.simulation import Simulation


def read_roots(live: Live, out: Tensor) -> None:
    """Fills root states ``[num_envs, actors, 13]``."""
    sim = live.simulation
    for index, slot in enumerate(live.world.slots):
        row = out[:, index]
        if slot.mocap >= 0:
            row[:, :3], row[:, 3:7] = sim.mocap_pos[:, slot.mocap], wxyz_to_xyzw(sim.mocap_quat[:, slot.mocap])
            row[:, 7:] = 0.0
        else:
            block = slot.block
            state = frames.root_state(sim.qpos[:, block.root_qpos], sim.qvel[:, block.root_qvel], _com(sim, slot))
            for columns, value in zip(_COLUMNS, state, strict=True):
                row[:, columns] = value
    if live.origins is not None:
        out[..., :3] -= live.origins[:, None]


def write_roots(live: Live, states: Tensor, chosen: Tensor) -> None:
    """Writes root states ``[num_envs, actors, 13]`` of some actors.

    Args:
        live: The worlds.
        states: What to write.
        chosen: Which actors, bool ``[num_envs, actors]``.
    """
    sim = live.simulation
    states = states.to(sim.dtype)
    for index, slot in enumerate(live.world.slots):
        row, mask = states[:, index], chosen[:, index]
        pos = row[:, :3] if live.origins is None else row[:, :3] + live.origins
        quat = torch.nn.functional.normalize(row[:, 3:7], dim=1)
        if slot.mocap >= 0:
            assign(sim.mocap_pos[:, slot.mocap], pos, mask)
            assign(sim.mocap_quat[:, slot.mocap], xyzw_to_wxyz(quat), mask)
        else:
            state = RootState(pos, quat, row[:, 7:10], row[:, 10:13])
            qpos, qvel = frames.free_joint(state, _com(sim, slot))
            assign(sim.qpos[:, slot.block.root_qpos], qpos, mask)
            assign(sim.qvel[:, slot.block.root_qvel], qvel, mask)
    live.note_written(chosen.any(1))


def read_dofs(live: Live, out: Tensor) -> None:
    """Fills DOF states ``[num_envs, dofs, 2]``."""
    sim = live.simulation
    for part, dofs in zip(live.layout.parts, live.dofs, strict=True):
        if part.dofs.stop > part.dofs.start:
            out[:, part.dofs, 0] = dofs.positions(sim.qpos).to(out.dtype)
            out[:, part.dofs, 1] = dofs.velocities(sim.qvel).to(out.dtype)


def write_dofs(live: Live, states: Tensor, chosen: Tensor) -> None:
    """Writes DOF states ``[num_envs, dofs, 2]`` of some actors, see `write_roots`."""
    sim = live.simulation
    states = states.to(sim.dtype)
    qpos, qvel = sim.qpos.clone(), sim.qvel.clone()
    for index, (part, dofs, slot) in enumerate(zip(live.layout.parts, live.dofs, live.world.slots, strict=True)):
        if part.dofs.stop == part.dofs.start:
            continue
        dofs.write(states[:, part.dofs, 0], states[:, part.dofs, 1], qpos, qvel)
        for field, columns, value in (
            (sim.qpos, slot.block.dof_pos, qpos),
            (sim.qvel, slot.block.dof_vel, qvel),
        ):
            assign(field[:, columns], value[:, columns], chosen[:, index])
    live.note_written(chosen.any(1))


def read_dof_forces(live: Live, out: Tensor) -> None:
    """Fills DOF forces ``[num_envs, dofs]``: of actors that have sensors for them, 0 for others."""
    sensors = live.sensors
    if sensors is None:
        return
    forces = sensors.joint_forces()
    for part, dofs in zip(live.layout.parts, live.dofs, strict=True):
        if part.dofs.stop > part.dofs.start:
            out[:, part.dofs] = dofs.velocities(forces).to(out.dtype)
    out *= live.dof_force_mask


def read_sensors(live: Live, out: Tensor) -> None:
    """Fills force sensors ``[num_envs, sensors, 6]``: torques about the sensors, not the centres of mass."""
    if live.sensors is not None:
        force, torque = live.sensors.wrenches.split(3, dim=2)
        out[..., :3], out[..., 3:] = force, torque - torch.linalg.cross(live.sensor_arms, force)


_COLUMNS = slice(0, 3), slice(3, 7), slice(7, 10), slice(10, 13)


def _com(sim: Simulation, slot: Slot) -> tuple[float, ...] | tuple[Tensor, ...]:
    own = sim.expanded("body_ipos")
    return slot.block.root_com if own is None else own.view(own.shape[0], -1, 3)[:, slot.root].unbind(1)
