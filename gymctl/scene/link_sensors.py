"""Force sensors at links of an articulation, as PhysX computes them for Isaac Gym."""

from collections.abc import Sequence

import mujoco
import numpy as np
import torch
from torch import Tensor

from gymctl.sim.simulation import Simulation
from gymctl.sim.worlds_last import WorldsLast


class LinkSensors:
    """What PhysX's solver does to links: contacts, joint limits, springs and dampers, but no motor and no gravity.

    A sensor doesn't tell the forces on its link. PhysX takes the accelerations that its solver's forces cause in the
    whole articulation, q̈_s, and tells the force and torque that would move the link so:

        F = m (g + J_v q̈_s),  T = I J_ω q̈_s - ω × I ω

    at the link's centre of mass, which is 0 for a link at rest; without g for a link that doesn't feel gravity.
    (PhysX 5.1, ``DyFeatherstoneForwardDynamic.cpp``, where sensors are updated after the solver.) q̈_s is all of the
    acceleration but for what motors, gravity and Coriolis forces do: q̈ - M⁻¹ (motors - bias). q̈ is the mean over
    Isaac Gym's last substep.

    All is computed in single precision, worlds last, in memory that stays the same: on a CPU, what takes time here is
    how much memory is touched and how many operations are called.

    Args:
        sim: The worlds.
        sites: Names of sites, one for each sensor: their bodies are the links, their axes the sensors'.
        timesteps: MuJoCo's timesteps in a substep of Isaac Gym's.
    """

    def __init__(self, sim: Simulation, sites: Sequence[str], timesteps: int) -> None:
        self._sim, model, device = sim, sim.model, sim.device
        ids = np.array([model.site(name).id for name in sites], int)
        bodies = model.site_bodyid[ids]
        worlds, sensors = sim.num_envs, len(ids)
        self.wrenches = torch.zeros(worlds, sensors, 6, device=device)
        """Force and torque at each link, in its sensor's axes ``[num_envs, sensors, 6]`` [N, N m]; see `update`."""
        self._joint_inertia, self._mean_qacc = sim.inertia(), sim.mean_qacc(timesteps)
        self._bias, cdof, self._xipos, self._com, self._ximat = (
            sim.output(name, fresh=False) for name in ("qfrc_bias", "cdof", "xipos", "subtree_com", "ximat")
        )
        self._qacc, self._qvel, self._cdof = (WorldsLast(field) for field in (self._mean_qacc, sim.qvel, cdof))
        self._bodies, self._roots = (_rows(indices, device) for indices in (bodies, model.body_rootid[bodies]))
        self._drive = torch.zeros(worlds, model.nv, device=device)
        self._by_dof = torch.zeros(model.nv, 3, 3, worlds, device=device)
        """What each DOF adds to a link's angular and linear acceleration and angular velocity, in world axes."""
        self._motion, self._in_link = torch.zeros(2, sensors, 3, 3, worlds, device=device)
        """These three of each link, in world axes and in its principal ones; then the latter have the force."""
        self._arm, self._momentum = torch.zeros(2, sensors, 3, worlds, device=device)
        """From the tree's centre of mass to the link's, in world axes; the angular momentum in principal ones."""
        self._axes = torch.zeros(sensors, 3, 3, worlds, device=device)
        angular, linear, _ = self._motion.unbind(1)
        self._lever = _cross_terms(linear, angular, self._arm)
        self._angular, self._force, self._spin = self._in_link.unbind(1)
        self._gyroscopic = _cross_terms(self._angular, self._momentum, self._spin)
        moving = np.array(
            [[_moves(model.body_parentid, model.dof_bodyid[dof], body) for dof in range(model.nv)] for body in bodies]
        ).reshape(sensors, model.nv)
        self._moving = torch.from_numpy(moving).float().to(device)
        turns = np.array([_turn(model, site, body) for site, body in zip(ids, bodies, strict=True)])
        self._turns = torch.from_numpy(turns.reshape(sensors, 1, 3, 3)).float().to(device)
        """From each link's principal axes to its sensor's ``[sensors, 1, 3, 3]``."""
        shared = {
            "body_mass": model.body_mass[bodies, None, None],
            "body_inertia": model.body_inertia[bodies, :, None],
            "opt.gravity": model.opt.gravity[:, None],
        }
        weight = torch.from_numpy(1.0 - model.body_gravcomp[bodies, None, None]).float().to(device)
        self._weight = weight if (model.body_gravcomp[bodies] != 0).any() else None
        """How much of gravity each link feels; None where all feel it."""
        self._shared = {name: torch.from_numpy(value.copy()).float().to(device) for name, value in shared.items()}

    def update(self, motors: Tensor) -> None:
        """Computes the sensors after a step.

        Args:
            motors: Generalised forces of the motors in the last timestep, and of what takes gravity's place where
                links don't feel it ``[num_envs, nv]`` [N or N m].
        """
        torch.sub(motors, self._bias, out=self._drive)
        qacc = self._qacc.read().sub_(self._joint_inertia.solve(self._drive).T)
        self._move_links(qacc)
        gravity = self._of_links("opt.gravity")
        self._motion[:, 1] += gravity if self._weight is None else gravity * self._weight
        self._axes.flatten(1, 2).copy_(self._ximat[:, self._bodies].permute(1, 2, 0))
        torch.mul(self._motion[:, :, 0, None], self._axes[:, None, 0], out=self._in_link)
        for row in (1, 2):
            self._in_link.addcmul_(self._motion[:, :, row, None], self._axes[:, None, row])
        inertia = self._of_links("body_inertia")
        torch.mul(self._spin, inertia, out=self._momentum)
        self._angular *= inertia
        self._force *= self._of_links("body_mass")
        _add(self._gyroscopic)
        torque_and_force = self._turns @ self._in_link[:, :2]
        self.wrenches.unflatten(2, (2, 3)).copy_(torque_and_force.flip(1).permute(3, 0, 1, 2))

    def joint_forces(self) -> Tensor:
        """M q̈_s, what the solver did to the joints in the step of the last `update` ``[num_envs, nv]`` [N or N m]."""
        return self._joint_inertia.multiply(self._mean_qacc) - self._drive

    def _move_links(self, qacc: Tensor) -> None:
        """Computes the links' motion, given the accelerations of all DOFs ``[nv, N]``."""
        cdof = self._cdof.read().unflatten(1, (2, 3))
        torch.mul(cdof, qacc[:, None, None], out=self._by_dof[:, :2])
        torch.mul(cdof[:, 0], self._qvel.read()[:, None], out=self._by_dof[:, 2])
        torch.mm(self._moving, self._by_dof.flatten(1), out=self._motion.flatten(1))
        self._arm.copy_((self._xipos[:, self._bodies] - self._com[:, self._roots]).permute(1, 2, 0))
        _add(self._lever)

    def _of_links(self, name: str) -> Tensor:
        """A field of the model, of each world or the one of all, worlds last."""
        own = self._sim.expanded(name)
        if own is None:
            return self._shared[name]
        if name.startswith("body"):
            own = own.reshape(*own.shape[:2], -1)[:, self._bodies]
        return own.float().movedim(0, -1)


_Terms = list[tuple[Tensor, Tensor, Tensor, int]]


def _cross_terms(target: Tensor, one: Tensor, other: Tensor) -> _Terms:
    """What `_add` needs to add the cross product of vectors ``[sensors, 3, N]`` to others.

    PyTorch's own takes twice as long on a CPU.
    """
    turns = (0, 1, 2), (1, 2, 0), (2, 0, 1)
    added = [(target[:, x], one[:, y], other[:, z], 1) for x, y, z in turns]
    return added + [(target[:, x], one[:, z], other[:, y], -1) for x, y, z in turns]


def _add(terms: _Terms) -> None:
    for target, one, other, sign in terms:
        target.addcmul_(one, other, value=sign)


def _rows(indices: np.ndarray, device: torch.device) -> slice | Tensor:
    """Rows to choose, as a slice where they are one row or at even distances: choosing these copies nothing."""
    if not len(indices):
        return slice(0, 0)
    first, steps = int(indices[0]), np.diff(indices)
    if not steps.any():
        return slice(first, first + 1)
    if (steps == steps[0]).all() and steps[0] > 0:
        return slice(first, int(indices[-1]) + 1, int(steps[0]))
    return torch.from_numpy(indices.copy()).long().to(device)


def _turn(model: mujoco.MjModel, site: int, body: int) -> np.ndarray:
    """The matrix ``[3, 3]`` from a body's principal axes to those of a site on it."""
    turns = np.zeros((2, 9))
    for turn, quat in zip(turns, (model.site_quat[site], model.body_iquat[body]), strict=True):
        mujoco.mju_quat2Mat(turn, quat)
    of_site, principal = turns.reshape(2, 3, 3)
    return of_site.T @ principal


def _moves(parents: np.ndarray, of_dof: int, body: int) -> bool:
    """Whether a DOF's body is a body or one above it."""
    while body > of_dof:
        body = parents[body]
    return bool(body == of_dof)
