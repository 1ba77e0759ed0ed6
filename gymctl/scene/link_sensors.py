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
        self.joint_forces = torch.zeros_like(sim.qvel, memory_format=torch.contiguous_format)
        """M q̈_s, what the solver does to the joints in all ``[num_envs, nv]`` [N or N m]."""
        self._qacc = sim.mean_qacc(timesteps)
        self._joint_inertia = sim.inertia()
        self._qvel = sim.qvel
        self._bias, self._cdof, self._xipos, self._com, self._ximat, self._site_xmat = (
            sim.output(name, fresh=False)
            for name in ("qfrc_bias", "cdof", "xipos", "subtree_com", "ximat", "site_xmat")
        )
        self._sites, self._bodies = torch.tensor(ids, device=device), torch.from_numpy(bodies.copy()).long().to(device)
        self._roots = torch.from_numpy(model.body_rootid[bodies].copy()).long().to(device)
        moving = np.array(
            [[_moves(model.body_parentid, model.dof_bodyid[dof], body) for dof in range(model.nv)] for body in bodies]
        )
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
        drive = motors - self._bias
        torch.sub(self._joint_inertia.multiply(self._qacc), drive, out=self.joint_forces)
        qacc = self._qacc - self._joint_inertia.solve(drive)
        arm = self._xipos[:, self._bodies] - self._com[:, self._roots]
        angular, linear = self._spatial(qacc).split(3, dim=2)
        velocity = self._spatial(self._qvel)[..., :3]
        principal = self._ximat[:, self._bodies].unflatten(2, (3, 3))
        axes = self._site_xmat[:, self._sites].unflatten(2, (3, 3))
        mass, inertia = (self._of_worlds(name)[:, self._bodies] for name in ("body_mass", "body_inertia"))
        force = mass[..., None] * (self._of_worlds("opt.gravity")[:, None] + linear + torch.linalg.cross(angular, arm))
        angular, velocity = _into(principal, angular), _into(principal, velocity)
        torque = inertia * angular - torch.linalg.cross(velocity, inertia * velocity)
        self.wrenches[..., :3] = _into(axes, force)
        self.wrenches[..., 3:] = _into(axes, (principal @ torque[..., None]).squeeze(3))

    def _of_worlds(self, name: str) -> Tensor:
        """A field of the model, of each world or the one of all ``[num_envs or 1, ...]``."""
        own = self._sim.expanded(name)
        return self._shared[name] if own is None else own

    def _spatial(self, rates: Tensor) -> Tensor:
        """Angular and linear part, world axes, of the links' motion that rates of all DOFs make ``[N, sensors, 6]``."""
        return (self._moving * rates[:, None]) @ self._cdof


def _into(axes: Tensor, vectors: Tensor) -> Tensor:
    """Vectors of the world ``[..., 3]`` in axes whose matrices turn them into the world's ``[..., 3, 3]``."""
    return (vectors[..., None, :] @ axes).squeeze(-2)


def _moves(parents: np.ndarray, of_dof: int, body: int) -> bool:
    """Whether a DOF's body is a body or one above it."""
    while body > of_dof:
        body = parents[body]
    return bool(body == of_dof)
