"""The worlds of a prepared simulation: made when needed, kept up with properties that are set, and stepped."""

import numpy as np
import torch
from torch import Tensor

from gymctl.isaacgym.enums import DofDriveMode
from gymctl.isaacgym.gym.attractors import attractor_values
from gymctl.isaacgym.gym.building import Building, dof_table
from gymctl.isaacgym.gym.handles import Sim
from gymctl.isaacgym.gym.layout import lay_out
from gymctl.isaacgym.gym.links import Links
from gymctl.isaacgym.gym.model_fields import Values, write_worlds
from gymctl.isaacgym.gym.notices import tell
from gymctl.isaacgym.gym.scaling import scale_worlds
from gymctl.scene.dofs import Dofs
from gymctl.scene.jacobians import Jacobian, MassMatrix
from gymctl.scene.link_sensors import LinkSensors
from gymctl.scene.worlds import World
from gymctl.sim import devices
from gymctl.sim.engines import create_simulation
from gymctl.sim.frames import xyzw_to_wxyz
from gymctl.sim.rows import assign, limit_length_
from gymctl.sim.simulation import Simulation

_POS, _VEL, _EFFORT = (
    int(mode) for mode in (DofDriveMode.DOF_MODE_POS, DofDriveMode.DOF_MODE_VEL, DofDriveMode.DOF_MODE_EFFORT)
)
Acquired = Jacobian | MassMatrix
_KEPT = "qpos", "qvel", "act", "ctrl", "qfrc_applied", "xfrc_applied", "mocap_pos", "mocap_quat"
"""State that worlds made anew take over."""


class Live:
    """Worlds of a simulation.

    The simulation itself is made when it is first needed: only then is it known which tensors are wanted.

    Args:
        sim: What to simulate.

    Raises:
        InputError: The envs differ in what they consist of, or MuJoCo can't simulate them.
    """

    def __init__(self, sim: Sim) -> None:
        self._sim = sim
        self.layout = lay_out(sim.envs)
        self._building = Building(sim)
        self._worlds, self._different = self._building.compile(contacts=False)
        self._simulation: Simulation | None = None
        self._has_contacts = False
        self._dofs: list[Dofs] = []
        self._links: Links | None = None
        self._sensors: LinkSensors | None = None
        self.origins: Tensor | None = None
        """Of the envs' frames in the world ``[num_envs, 3]`` [m]; None where the ground is the same everywhere."""
        device, shape = sim.device, (self.layout.num_envs, self.layout.num_dofs)
        self.position_targets, self.velocity_targets, self.forces = (
            torch.zeros(shape, device=device) for _ in range(3)
        )
        """Of drives ``[num_envs, dofs]`` [rad or m; rad/s or m/s; N m or N]."""
        self.dynamics: dict[tuple[type[Acquired], int], Acquired] = {}
        """Jacobians and mass matrices that were acquired, by their kind and the actor's index in its env."""
        self.has_wrenches = False
        """Whether forces on bodies act in the next step."""
        self.stale: Tensor | None = None
        """Worlds whose state was written after their last step, bool ``[num_envs]``."""
        self.diverged = torch.zeros((), dtype=torch.int64, device=device)
        """How often a world went non-finite, and was put to its start."""

    @property
    def world(self) -> World:
        """Where actors are in the models; the same in all."""
        return self._worlds[0]

    @property
    def simulation(self) -> Simulation:
        """The worlds; made now if they weren't yet, or not with the sensors that are wanted."""
        contacts = "net_contact_force" in self._sim.buffers
        if self._simulation is None or contacts > self._has_contacts:
            self._create(contacts)
        assert self._simulation is not None
        return self._simulation

    @property
    def dofs(self) -> list[Dofs]:
        """Of each actor in an env."""
        assert self.simulation
        return self._dofs

    @property
    def links(self) -> Links:
        """The links of all actors."""
        assert self.simulation
        assert self._links is not None
        return self._links

    @property
    def sensors(self) -> LinkSensors | None:
        """Force sensors, and what tells DOF forces; None where nobody wants either."""
        sim = self.simulation
        if self._sensors is None and ("dof_force" in self._sim.buffers or "force_sensor" in self._sim.buffers):
            sites = [site for slot in self.world.slots for site in slot.sites]
            self._sensors = LinkSensors(sim, sites, self._sim.timesteps)
            arms = [sensor.arm for slot in self.world.slots for sensor in slot.actor.sensors]
            self.sensor_arms = torch.tensor(arms, device=sim.device).view(1, -1, 3)
            """From centres of mass to force sensors, in the sensors' axes ``[1, sensors, 3]`` [m]."""
        return self._sensors

    def _create(self, contacts: bool) -> None:
        before = self._simulation
        sim, layout = self._sim, self.layout
        if contacts != self._has_contacts:
            self._worlds, self._different = self._building.compile(contacts=contacts)
        engine = "mujoco" if sim.device.type == "cpu" else "mujoco_warp"
        backend = devices.Backend(engine, sim.device, sim.device)
        devices.make_current(backend)
        models = [world.model for world in self._worlds]
        substeps = sim.params.substeps * sim.timesteps
        made = create_simulation(models, layout.num_envs, backend, substeps=substeps, kinds=self._building.kinds)
        self._simulation, self._has_contacts = made, contacts
        scale_worlds(made, self.world, self._building.actors)
        attractors = attractor_values(self.world.model, sim.envs)
        write_worlds(made, [*self._different, *(values for values in attractors if _differ(values))])
        self._sensors = None
        self._dofs = [Dofs(self.world.model, slot.block, sim.device) for slot in self.world.slots]
        self._read_drives(made)
        self._motor_forces = torch.zeros_like(made.qvel, memory_format=torch.contiguous_format)
        self._place(made)
        self._links = Links(made, self.world, self.settle, self.origins)
        if before is not None:
            for name in _KEPT:
                getattr(made, name).copy_(getattr(before, name))
            before.close()
        for (kind, slot), old in self.dynamics.items():
            anew = kind(made, self.world.slots[slot].block)
            anew.values = old.values
            self.dynamics[kind, slot] = anew

    def _place(self, made: Simulation) -> None:
        """Puts the actors where they were created, and remembers that as their start."""
        sim = self._sim
        if sim.ground.grids:
            self.origins = torch.tensor([env.origin for env in sim.envs], device=sim.device, dtype=made.dtype)
        for slot, actors in zip(self.world.slots, self._building.actors, strict=True):
            pose = torch.tensor([actor.pose for actor in actors], dtype=torch.float64).to(sim.device, made.dtype)
            if self.origins is not None:
                pose[:, :3] += self.origins
            quat = xyzw_to_wxyz(torch.nn.functional.normalize(pose[:, 3:], dim=1))
            if slot.mocap >= 0:
                made.mocap_pos[:, slot.mocap], made.mocap_quat[:, slot.mocap] = pose[:, :3], quat
            else:
                made.qpos[:, slot.block.root_pos], made.qpos[:, slot.block.root_quat] = pose[:, :3], quat
        self._start = {name: getattr(made, name).clone() for name in ("qpos", "mocap_pos", "mocap_quat")}
        self.stale = torch.ones(self.layout.num_envs, dtype=torch.bool, device=sim.device)

    def _read_drives(self, sim: Simulation) -> None:
        """Notes of each DOF what its drive makes of targets, and how fast it may be."""
        device = sim.device
        tables = [dof_table(actors) for actors in self._building.actors]
        envs = max(len(table) for table in tables)
        table = np.concatenate([np.broadcast_to(table, (envs, table.shape[1])) for table in tables], axis=1)
        mode = table["driveMode"]
        stiffness = np.where(mode == _POS, table["stiffness"], 0.0)
        damping = np.where((mode == _POS) | (mode == _VEL), table["damping"], 0.0)
        self._gains = [
            (torch.from_numpy(values).float().to(device), target)
            for values, target in (
                (stiffness, self.position_targets),
                (damping, self.velocity_targets),
                ((mode == _EFFORT).astype(float), self.forces),
            )
            if values.any()
        ]
        self.motor_mask = torch.from_numpy(mode == _EFFORT).to(device)
        """Which DOFs take forces ``[num_envs or 1, dofs]``."""
        felt = [np.array([actor.has_dof_forces for actor in actors]) for actors in self._building.actors]
        counts = [part.dofs.stop - part.dofs.start for part in self.layout.parts]
        self.dof_force_mask = torch.from_numpy(np.repeat(np.stack(felt, axis=1), counts, axis=1)).to(device)
        """Which DOFs' forces are told ``[num_envs, dofs]``."""
        velocity = np.where(table["velocity"] > 0.0, table["velocity"], np.inf)
        limits = np.full((envs, self.world.model.nv), np.inf)
        for part, slot in zip(self.layout.parts, self.world.slots, strict=True):
            dofs, own = slot.block.dof_vel, velocity[:, part.dofs]
            fits = own.shape[1] == dofs.stop - dofs.start
            limits[:, dofs] = own if fits else own.max(initial=0.0) or np.inf
        self._speed_limits = torch.from_numpy(limits).to(device, sim.dtype) if np.isfinite(limits).any() else None
        self._drives = torch.from_numpy(np.concatenate([slot.drives for slot in self.world.slots])).long().to(device)

    def step(self) -> None:
        """Advances all worlds by a step of ``dt``."""
        sim, sensors = self.simulation, self.sensors
        self.flush()
        controls: Tensor | None = None
        for gain, target in self._gains:
            controls = gain * target if controls is None else controls.addcmul_(gain, target)
        if controls is not None:
            sim.ctrl[:, self._drives] = controls.to(sim.dtype)
        sim.step()
        self.stale = None
        self._limit_speeds(sim)
        if self.has_wrenches:
            sim.xfrc_applied.zero_()
            self.has_wrenches = False
        self._restart_diverged(sim)
        if sensors is not None:
            self._update_sensors(sim, sensors)

    def _limit_speeds(self, sim: Simulation) -> None:
        if self._speed_limits is not None:
            torch.clamp(sim.qvel, -self._speed_limits, self._speed_limits, out=sim.qvel)
        for slot, actor in zip(self.world.slots, self._sim.envs[0].actors, strict=True):
            if slot.block.free_joint is not None:
                linear, angular = actor.asset.speed_limits
                limit_length_(sim.qvel[:, slot.block.root_lin_vel], linear)
                limit_length_(sim.qvel[:, slot.block.root_ang_vel], angular)

    def _update_sensors(self, sim: Simulation, sensors: LinkSensors) -> None:
        forces = (self.forces * self.motor_mask).to(sim.dtype)
        for part, dofs in zip(self.layout.parts, self._dofs, strict=True):
            dofs.write_forces(forces[:, part.dofs], self._motor_forces)
        sensors.update(self._motor_forces)

    def _restart_diverged(self, sim: Simulation) -> None:
        diverged = sim.take_diverged()
        if not sim.prefers_masks and not bool(diverged.any()):
            return
        self.diverged += diverged.sum()
        if not sim.prefers_masks:
            tell("a world's state became infinite or NaN; it was put back to its start. Look at actions and gains")
        for name, start in self._start.items():
            if start.numel():
                assign(getattr(sim, name), start, diverged)
        self.note_written(diverged)

    def note_written(self, mask: Tensor) -> None:
        """Notes that states were written: what is derived from them is to be computed anew when it is asked for."""
        self.stale = mask if self.stale is None else self.stale | mask

    def settle(self) -> None:
        """Makes derived fields true of states that were written."""
        if self.stale is not None:
            self.simulation.refresh(self.stale)
            self.stale = None

    def flush(self) -> None:
        """Writes properties that were set since the last step to the worlds."""
        changed = sorted(self._sim.changed)
        if not changed or self._simulation is None:
            return
        self._sim.changed.clear()
        envs = [self._sim.envs[index] for index in changed]
        for slot in range(self.layout.num_actors):
            values = self._building.values_of(self.world, slot, [env.actors[slot] for env in envs])
            write_worlds(self._simulation, values, changed)
        write_worlds(self._simulation, attractor_values(self.world.model, envs), changed)
        self._read_drives(self._simulation)

    def close(self) -> None:
        """Frees the worlds."""
        if self._simulation is not None:
            self._simulation.close()
            self._simulation = None


def _differ(values: Values) -> bool:
    return bool((values.values != values.values[:1]).any())
