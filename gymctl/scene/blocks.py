"""The rows of a model that belong to one robot or object: bodies, joints, positions, velocities, drives."""

from dataclasses import dataclass

import mujoco
import numpy as np
from torch import Tensor

from gymctl.scene.spherical import LIMITS_GROUP
from gymctl.sim import frames
from gymctl.sim.frames import RootState

_FREE = mujoco.mjtJoint.mjJNT_FREE.value
_QPOS_WIDTH = {_FREE: 7, mujoco.mjtJoint.mjJNT_BALL.value: 4}
"""Columns of qpos that a joint takes, where these are not 1."""


@dataclass(frozen=True)
class Block:
    """One kinematic tree of a model: a body that stands on the world, and all that hangs on it.

    Arrays are indices into the model, in its order. Slices are columns of ``qpos`` and ``qvel``: MuJoCo keeps a tree's
    side by side, so reading them copies nothing. The root's are empty where it has no free joint.
    """

    name: str
    """Of the root body."""
    root: int
    """The root body."""
    root_com: tuple[float, ...]
    """Centre of mass of the root body, in its frame [m]."""
    free_joint: int | None
    """The joint that lets the root go anywhere; None where it is fixed to the world or has other joints."""
    bodies: np.ndarray
    geoms: np.ndarray
    sites: np.ndarray
    joints: np.ndarray
    """All but the free joint."""
    joint_limits: np.ndarray
    """Lower and upper limit of each of `joints` ``[joints, 2]`` [rad or m]."""
    dofs: np.ndarray
    """Those of `joints`."""
    tendons: np.ndarray
    """Fixed tendons that begin at one of `joints`."""
    drives: np.ndarray
    """Actuators on one of `joints`, but for those that limit spherical ones."""
    root_qpos: slice
    """Position and orientation (wxyz) of the root, 7 columns of ``qpos``."""
    root_qvel: slice
    """Linear velocity (world axes) and angular velocity (body axes) of the root, 6 columns of ``qvel``."""
    dof_pos: slice
    """Positions of `joints`, columns of ``qpos``."""
    dof_vel: slice
    """Velocities of `joints`, columns of ``qvel``."""

    @property
    def root_pos(self) -> slice:
        """Position of the root, world axes, 3 columns of ``qpos`` [m]."""
        return _part(self.root_qpos, 0, 3)

    @property
    def root_quat(self) -> slice:
        """Orientation of the root, body to world, wxyz, 4 columns of ``qpos``."""
        return _part(self.root_qpos, 3, 7)

    @property
    def root_lin_vel(self) -> slice:
        """Linear velocity of the root, world axes, 3 columns of ``qvel`` [m/s]."""
        return _part(self.root_qvel, 0, 3)

    @property
    def root_ang_vel(self) -> slice:
        """Angular velocity of the root, body axes, 3 columns of ``qvel`` [rad/s]."""
        return _part(self.root_qvel, 3, 6)

    def root_state(self, qpos: Tensor, qvel: Tensor) -> RootState:
        """The root's state in Isaac Gym's convention.

        Args:
            qpos: Generalised positions of the whole model ``[N, nq]``.
            qvel: Generalised velocities of the whole model ``[N, nv]``.
        """
        return frames.root_state(qpos[:, self.root_qpos], qvel[:, self.root_qvel], self.root_com)


def find_block(model: mujoco.MjModel, root: str | int) -> Block:
    """The tree of a root body.

    Args:
        model: The model.
        root: Name or index of the body.

    Raises:
        KeyError: There is no such body.
        ValueError: The body is no root.
    """
    body = model.body(root).id
    if body == 0 or model.body_parentid[body] != 0:
        raise ValueError(f"the body {root!r} is not the root of a tree")
    return _block(model, body)


def find_first_block(model: mujoco.MjModel) -> Block | None:
    """The tree of the model's first joint: the robot, in a model of one robot. None if nothing has joints."""
    return _block(model, int(model.body_rootid[model.jnt_bodyid[0]])) if model.njnt else None


def list_roots(model: mujoco.MjModel) -> dict[str, int]:
    """The root bodies of all trees, by name: robots, objects, and what doesn't move but by mocap."""
    return {model.body(body).name: body for body in range(1, model.nbody) if model.body_parentid[body] == 0}


def joint_columns(model: mujoco.MjModel, joints: np.ndarray) -> tuple[slice, slice]:
    """Columns of ``qpos`` and of ``qvel`` of some hinge or slide joints that lie at even distances.

    Args:
        model: The model.
        joints: Indices of the joints, ascending.

    Raises:
        ValueError: No slice has these columns.
    """
    return _as_slice(model.jnt_qposadr[joints]), _as_slice(model.jnt_dofadr[joints])


def _block(model: mujoco.MjModel, root: int) -> Block:
    bodies = np.flatnonzero(model.body_rootid == root)
    of_tree = np.flatnonzero(np.isin(model.jnt_bodyid, bodies))
    is_free = model.jnt_type[of_tree] == _FREE
    joints = of_tree[~is_free]
    fixed = model.wrap_type[model.tendon_adr] == mujoco.mjtWrap.mjWRAP_JOINT.value
    drives = model.actuator_group != LIMITS_GROUP
    on_joint = model.actuator_trntype == mujoco.mjtTrn.mjTRN_JOINT.value
    widths = np.array([_QPOS_WIDTH.get(kind, 1) for kind in model.jnt_type[of_tree].tolist()], int)
    qpos = int(model.jnt_qposadr[of_tree[0]]) if len(of_tree) else 0
    qvel = int(model.jnt_dofadr[of_tree[0]]) if len(of_tree) else 0
    root_width, root_dofs = (7, 6) if is_free.any() else (0, 0)
    dofs = np.flatnonzero(np.isin(model.dof_jntid, joints))
    return Block(
        name=model.body(root).name,
        root=root,
        root_com=tuple(model.body_ipos[root].tolist()),
        free_joint=int(of_tree[0]) if is_free.any() else None,
        bodies=bodies,
        geoms=np.flatnonzero(np.isin(model.geom_bodyid, bodies)),
        sites=np.flatnonzero(np.isin(model.site_bodyid, bodies)),
        joints=joints,
        joint_limits=model.jnt_range[joints],
        dofs=dofs,
        tendons=np.flatnonzero(fixed & np.isin(model.wrap_objid[model.tendon_adr], joints)),
        drives=np.flatnonzero(on_joint & drives & np.isin(model.actuator_trnid[:, 0], joints)),
        root_qpos=slice(qpos, qpos + root_width),
        root_qvel=slice(qvel, qvel + root_dofs),
        dof_pos=slice(qpos + root_width, qpos + int(widths.sum())),
        dof_vel=slice(qvel + root_dofs, qvel + root_dofs + len(dofs)),
    )


def _part(columns: slice, first: int, last: int) -> slice:
    return slice(columns.start + first, columns.start + last) if columns.stop > columns.start else columns


def _as_slice(columns: np.ndarray) -> slice:
    step = int(columns[1] - columns[0]) if len(columns) > 1 else 1
    if not len(columns) or step < 1 or (np.diff(columns) != step).any():
        raise ValueError(f"{columns.tolist()} are not columns at even distances")
    return slice(int(columns[0]), int(columns[-1]) + 1, step)
