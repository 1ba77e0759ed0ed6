"""Poses of the geoms that the viewer draws, with the envs side by side."""

import math
from dataclasses import dataclass

import mujoco
import numpy as np
import torch
from torch import Tensor

from gymctl.scene.blocks import find_first_block
from gymctl.sim.rotations import quat_mul
from gymctl.sim.simulation import Simulation
from gymctl.viewer.shapes import Copies, find_ground, shown_geoms

_WXYZ, _XYZW = [3, 0, 1, 2], [1, 2, 3, 0]
"""Columns of the other order."""
_GAP = 1.3
"""Distance from the middle of an env to the next, as a multiple of the robot's size."""


@dataclass(frozen=True)
class Poses:
    """Poses of all geoms of N worlds, and the points for the camera to look at."""

    position: np.ndarray
    """``[N, ngeom, 3]`` [m]"""
    rotation: np.ndarray
    """wxyz ``[N, ngeom, 4]``"""
    z_axis: np.ndarray
    """``[N, ngeom, 3]``"""
    focus: np.ndarray
    """The robot's position in each world, for the camera ``[N, 3]`` [m]."""

    def of(self, copies: Copies) -> tuple[np.ndarray, np.ndarray]:
        """Positions ``[N * M, 3]`` [m] and rotations (wxyz, ``[N * M, 4]``) of M copies of a mesh."""
        position = self.position[:, copies.geom] + self.z_axis[:, copies.geom] * copies.along[:, None]
        return position.reshape(-1, 3), self.rotation[:, copies.geom].reshape(-1, 4)


class Kinematics:
    """Computes the poses of the first envs of a simulation, side by side.

    They follow from the envs' state and the base model, so the simulation needs no extra outputs. Sizes that domain
    randomisation has changed don't show.

    Args:
        sim: The simulation.
        count: Number of envs to show.
        spacing: Least distance between them [m].
    """

    def __init__(self, sim: Simulation, count: int, spacing: float = 0.0) -> None:
        self.model = sim.model
        self.count = count
        self._sim = sim
        self._data = mujoco.MjData(self.model)
        self._geom_quat = _tensor(self.model.geom_quat)[:, _XYZW]
        robot = find_first_block(self.model)
        self._robot = robot.root if robot and robot.free_joint is not None else None
        mujoco.mj_kinematics(self.model, self._data)
        self.low, self.high = _bounds(self.model, self._data)
        """Lowest and highest corner of everything in an env except the ground, in the model's rest pose ``[3]`` [m]."""
        self.offsets = _beside(self.model, self.high - self.low, count, spacing)
        """Position of each env's origin ``[count, 3]`` [m]."""

    def __call__(self) -> Poses:
        """Returns the present poses of the shown envs."""
        qpos, mocap_pos, mocap_quat = (
            getattr(self._sim, name)[: self.count].double().cpu().numpy()
            for name in ("qpos", "mocap_pos", "mocap_quat")
        )
        return self._poses(qpos, mocap_pos, mocap_quat, self.offsets)

    def at_rest(self) -> Poses:
        """Returns the poses of one env at the origin, in the model's rest pose."""
        data = mujoco.MjData(self.model)
        return self._poses(data.qpos[None], data.mocap_pos[None], data.mocap_quat[None], np.zeros((1, 3)))

    def _poses(self, qpos: np.ndarray, mocap_pos: np.ndarray, mocap_quat: np.ndarray, offsets: np.ndarray) -> Poses:
        model, data, count = self.model, self._data, len(qpos)
        xpos, xquat = np.empty((count, model.nbody, 3)), np.empty((count, model.nbody, 4))
        geom_xpos, geom_xmat = np.empty((count, model.ngeom, 3)), np.empty((count, model.ngeom, 9))
        for i in range(count):
            data.qpos[:], data.mocap_pos[:], data.mocap_quat[:] = qpos[i], mocap_pos[i], mocap_quat[i]
            mujoco.mj_kinematics(model, data)
            xpos[i], xquat[i], geom_xpos[i], geom_xmat[i] = data.xpos, data.xquat, data.geom_xpos, data.geom_xmat
        rotation = quat_mul(_tensor(xquat)[:, model.geom_bodyid][..., _XYZW], self._geom_quat)
        robots = (self.low + self.high) / 2 if self._robot is None else xpos[:, self._robot]
        return Poses(
            position=geom_xpos + offsets[:, None],
            rotation=rotation[..., _WXYZ].numpy(),
            z_axis=geom_xmat[:, :, 2::3],
            focus=robots + offsets,
        )


def _bounds(model: mujoco.MjModel, data: mujoco.MjData) -> tuple[np.ndarray, np.ndarray]:
    """Lowest and highest corner of everything shown except the ground ``[3]`` [m]."""
    planes, fields = mujoco.mjtGeom.mjGEOM_PLANE, mujoco.mjtGeom.mjGEOM_HFIELD
    geoms = sorted({*shown_geoms(model)} - {*find_ground(model, planes), *find_ground(model, fields)})
    if not geoms:
        return np.full(3, -0.5), np.full(3, 0.5)
    middle = data.geom_xmat[geoms].reshape(-1, 3, 3) @ model.geom_aabb[geoms, :3, None]
    half = np.abs(data.geom_xmat[geoms].reshape(-1, 3, 3)) @ model.geom_aabb[geoms, 3:, None]
    middle = data.geom_xpos[geoms] + middle[..., 0]
    return (middle - half[..., 0]).min(0), (middle + half[..., 0]).max(0)


def _beside(model: mujoco.MjModel, size: np.ndarray, count: int, spacing: float) -> np.ndarray:
    """Origins ``[count, 3]`` [m] on a roughly square grid; all zero where the robots share a height field."""
    if find_ground(model, mujoco.mjtGeom.mjGEOM_HFIELD):
        return np.zeros((count, 3))
    step_x, step_y = (max(_GAP * float(side), spacing, 0.1) for side in size[:2])
    columns = min(count, max(1, math.ceil(math.sqrt(count * step_y / step_x) - 0.01)))
    rows = math.ceil(count / columns)
    columns = math.ceil(count / rows)
    index = np.arange(count)
    x, y = (index % columns - (columns - 1) / 2) * step_x, (index // columns - (rows - 1) / 2) * step_y
    return np.stack((x, y, np.zeros(count)), -1)


def _tensor(array: np.ndarray) -> Tensor:
    return torch.from_numpy(array.astype(np.float32))
