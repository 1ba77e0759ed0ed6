"""Force sensors at links of an articulation, as PhysX computes them for Isaac Gym."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from gymctl.sim.simulation import Simulation


class LinkSensors:
    """What PhysX's solver does to links: contacts, joint limits, springs and dampers, but no motor and no gravity.

    A sensor doesn't tell the forces on its link. PhysX takes the accelerations that its solver's forces cause in the
    whole articulation, q̈_s, and tells the force and torque that would move the link so:

        F = m (g + J_v q̈_s),  T = I J_ω q̈_s - ω × I ω

    at the link's centre of mass, which is 0 for a link at rest. (PhysX 5.1, ``DyFeatherstoneForwardDynamic.cpp``, where
    sensors are updated after the solver.) q̈_s is all of the acceleration but for what motors, gravity and Coriolis
    forces do: q̈ - M⁻¹ (motors - bias). q̈ is the mean over Isaac Gym's last substep.

    Args:
        sim: The worlds.
        sites: Names of sites, one for each sensor: their bodies are the links, their axes the sensors'.
        timesteps: MuJoCo's timesteps in a substep of Isaac Gym's.
    """

    def __init__(self, sim: Simulation, sites: Sequence[str], timesteps: int) -> None:
        self._sim, model, device = sim, sim.model, sim.device
        ids = [model.site(name).id for name in sites]
        bodies = model.site_bodyid[ids]
        self.wrenches = torch.zeros(sim.num_envs, len(ids), 6, device=device)
        """Force and torque at each link, in its sensor's axes ``[num_envs, sensors, 6]`` [N, N m]; see `update`."""
        self._qacc = sim.mean_qacc(timesteps)
        self._joint_inertia = sim.inertia()
        self._qvel = sim.qvel
        self._drive = torch.zeros_like(sim.qvel, memory_format=torch.contiguous_format)
        self._bias, self._cdof, self._xipos, self._com, self._ximat, self._site_xmat = (
            sim.output(name, fresh=False)
            for name in ("qfrc_bias", "cdof", "xipos", "subtree_com", "ximat", "site_xmat")
        )
        self._sites = torch.tensor(ids, dtype=torch.int64, device=device)
        self._bodies = torch.from_numpy(bodies.copy()).long().to(device)
        self._roots = torch.from_numpy(model.body_rootid[bodies].copy()).long().to(device)
        moving = np.array(
            [[_moves(model.body_parentid, model.dof_bodyid[dof], body) for dof in range(model.nv)] for body in bodies]
        ).reshape(len(bodies), model.nv)
        self._moving = torch.from_numpy(moving).to(device, sim.dtype)
        shared = {"body_mass": model.body_mass, "body_inertia": model.body_inertia, "opt.gravity": model.opt.gravity}
        self._shared = {
            name: torch.from_numpy(value[None].copy()).to(device, sim.dtype) for name, value in shared.items()
        }

    def update(self, motors: Tensor) -> None:
        """Computes the sensors after a step.

        Args:
            motors: Generalised forces of the motors in the last timestep ``[num_envs, nv]`` [N or N m].
        """
        torch.sub(motors, self._bias, out=self._drive)
        qacc = self._qacc - self._joint_inertia.solve(self._drive)
        arm = self._xipos[:, self._bodies] - self._com[:, self._roots]
        cdof = _worlds_last(self._cdof)
        acceleration, velocity = self._link_motion(cdof, qacc), self._link_motion(cdof[:, :3], self._qvel)
        angular, linear = acceleration.split(3, dim=1)
        principal, axes = (
            _worlds_last(matrices[:, ids]).unflatten(1, (3, 3))
            for matrices, ids in ((self._ximat, self._bodies), (self._site_xmat, self._sites))
        )
        mass, inertia, gravity = (
            _worlds_last(self._of_worlds(name)) for name in ("body_mass", "body_inertia", "opt.gravity")
        )
        mass, inertia = mass[self._bodies, None], inertia[self._bodies]
        force = mass * (gravity + linear + torch.linalg.cross(angular, _worlds_last(arm), dim=1))
        angular, velocity = _into(principal, angular), _into(principal, velocity)
        torque = inertia * angular - torch.linalg.cross(velocity, inertia * velocity, dim=1)
        self.wrenches[..., :3] = _into(axes, force).permute(2, 0, 1)
        self.wrenches[..., 3:] = _into(axes, _into(principal.transpose(1, 2), torque)).permute(2, 0, 1)

    def joint_forces(self) -> Tensor:
        """M q̈_s, what the solver did to the joints in the step of the last `update` ``[num_envs, nv]`` [N or N m]."""
        return self._joint_inertia.multiply(self._qacc) - self._drive

    def _of_worlds(self, name: str) -> Tensor:
        """A field of the model, of each world or the one of all ``[num_envs or 1, ...]``."""
        own = self._sim.expanded(name)
        return self._shared[name] if own is None else own

    def _link_motion(self, cdof: Tensor, rates: Tensor) -> Tensor:
        """The links' motion, world axes, that rates of all DOFs ``[N, nv]`` make ``[sensors, components, N]``.

        Args:
            cdof: The motion that each DOF makes ``[nv, components, N]``.
            rates: Velocities or accelerations.
        """
        by_dof = cdof * rates.T[:, None]
        return (self._moving @ by_dof.flatten(1)).unflatten(1, by_dof.shape[1:])


def _worlds_last(field: Tensor) -> Tensor:
    """A copy ``[..., N]`` of a field ``[N, ...]``: many worlds of few numbers are faster this way on a CPU."""
    return field.movedim(0, -1).contiguous()


def _into(axes: Tensor, vectors: Tensor) -> Tensor:
    """Vectors of the world ``[S, 3, N]`` in axes whose matrices turn them into the world's ``[S, 3, 3, N]``."""
    return (vectors[:, :, None] * axes).sum(1)


def _moves(parents: np.ndarray, of_dof: int, body: int) -> bool:
    """Whether a DOF's body is a body or one above it."""
    while body > of_dof:
        body = parents[body]
    return bool(body == of_dof)
