"""Poses of the geoms that the viewer draws, with the envs side by side."""

import math
from dataclasses import dataclass

import mujoco
import numpy as np

from gymctl.scene.blocks import find_first_block
from gymctl.sim.simulation import Simulation
from gymctl.viewer.shapes import Copies, find_ground, shown_geoms

_OF_ITS_OWN = (
    *("body_pos", "body_quat", "jnt_pos", "jnt_axis", "qpos0"),
    *("geom_pos", "geom_quat", "geom_size", "geom_type", "geom_dataid"),
)
"""Fields of models that decide what is seen where, and that worlds may each have of their own."""
_Y_UP = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, -1.0], [0.0, 1.0, 0.0]])
"""Turns worlds about x so that their y points up on the page."""
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
        """Positions ``[M, 3]`` [m] and rotations (wxyz, ``[M, 4]``) of M copies of a mesh."""
        where = copies.world, copies.geom
        return self.position[where] + self.z_axis[where] * copies.along[:, None], self.rotation[where]


class Kinematics:
    """Computes the poses of the first envs of a simulation, side by side.

    They follow from the envs' state and their models, so the simulation needs no extra outputs. Models are as they were
    when this was made: what domain randomisation changes later doesn't show.

    Args:
        sim: The simulation.
        count: Number of envs to show.
        spacing: Least distance between them [m].
        y_up: Whether y points up in the simulation. On the page, z does.
    """

    def __init__(self, sim: Simulation, count: int, spacing: float = 0.0, *, y_up: bool = False) -> None:
        self.count = count
        self.sim = sim
        self.models = _models(sim, count)
        """Of each shown env; alike ones are the same."""
        self._data = [mujoco.MjData(model) for model in self.models]
        robot = find_first_block(self.model)
        self._robot = robot.root if robot and robot.free_joint is not None else None
        self._turn = _Y_UP if y_up else np.eye(3)
        self._turn_quat = np.zeros(4)
        mujoco.mju_mat2Quat(self._turn_quat, self._turn.flatten())
        self._move(*self._state())
        bounds = np.stack(
            [_bounds(model, data, self._turn) for model, data in zip(self.models, self._data, strict=True)]
        )
        self.size = np.ptp(bounds, axis=1).max(0)
        """Of everything in an env except the ground, of the largest one, when this was made ``[3]`` [m]."""
        self._middles = bounds.mean(1)
        self.offsets = _beside(self.model, self.size, count, spacing)
        """Position of each env's origin ``[count, 3]`` [m]."""

    @property
    def model(self) -> mujoco.MjModel:
        """The first env's. All have its ground."""
        return self.models[0]

    def __call__(self) -> Poses:
        """Returns the present poses of the shown envs."""
        self._move(*self._state())
        return self._poses(self._data, self.offsets)

    def at_rest(self) -> Poses:
        """Returns the poses of one env at the origin, in the first model's rest pose."""
        data = mujoco.MjData(self.model)
        mujoco.mj_kinematics(self.model, data)
        return self._poses([data], np.zeros((1, 3)))

    def _poses(self, worlds: list[mujoco.MjData], offsets: np.ndarray) -> Poses:
        fields = ("xpos", "geom_xpos", "geom_xquat", "geom_xmat")
        xpos, position, rotation, matrix = (np.stack([getattr(data, name) for data in worlds]) for name in fields)
        turn = self._turn.T
        robots = self._middles[: len(worlds)] if self._robot is None else xpos[:, self._robot] @ turn
        return Poses(
            position=position @ turn + offsets[:, None],
            rotation=_followed_by(rotation, self._turn_quat),
            z_axis=matrix[:, :, 2::3] @ turn,
            focus=robots + offsets,
        )

    def _state(self) -> tuple[np.ndarray, ...]:
        names = ("qpos", "mocap_pos", "mocap_quat")
        return tuple(getattr(self.sim, name)[: self.count].double().cpu().numpy() for name in names)

    def _move(self, qpos: np.ndarray, mocap_pos: np.ndarray, mocap_quat: np.ndarray) -> None:
        for env, (model, data) in enumerate(zip(self.models, self._data, strict=True)):
            data.qpos[:], data.mocap_pos[:], data.mocap_quat[:] = qpos[env], mocap_pos[env], mocap_quat[env]
            mujoco.mj_kinematics(model, data)


def _models(sim: Simulation, count: int) -> list[mujoco.MjModel]:
    if any(sim.expanded(name) is not None for name in _OF_ITS_OWN):
        return [sim.get_model(env) for env in range(count)]
    return [sim.kinds.model_of(env) for env in range(count)]


def _followed_by(rotations: np.ndarray, turn: np.ndarray) -> np.ndarray:
    """Rotations ``[..., 4]``, wxyz, and then another one ``[4]``."""
    axis, scalars, axes = turn[1:], rotations[..., :1], rotations[..., 1:]
    return np.concatenate(
        (turn[0] * scalars - axes @ axis[:, None], turn[0] * axes + scalars * axis + np.cross(axis, axes)), axis=-1
    )


def _bounds(model: mujoco.MjModel, data: mujoco.MjData, turn: np.ndarray) -> np.ndarray:
    """Lowest and highest corner of everything shown except the ground, in a turned world ``[2, 3]`` [m]."""
    planes, fields = mujoco.mjtGeom.mjGEOM_PLANE, mujoco.mjtGeom.mjGEOM_HFIELD
    geoms = sorted({*shown_geoms(model)} - {*find_ground(model, planes), *find_ground(model, fields)})
    if not geoms:
        return np.array([[-0.5] * 3, [0.5] * 3])
    axes = turn @ data.geom_xmat[geoms].reshape(-1, 3, 3)
    half = np.abs(axes) @ model.geom_aabb[geoms, 3:, None]
    middle = data.geom_xpos[geoms] @ turn.T + (axes @ model.geom_aabb[geoms, :3, None])[..., 0]
    return np.stack([(middle - half[..., 0]).min(0), (middle + half[..., 0]).max(0)])


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
