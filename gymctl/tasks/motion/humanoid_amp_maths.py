"""The maths of HumanoidAMP: observations, targets of the drives, and falls, as functions of tensors."""

import functools
import math

import torch
from torch import Tensor

from gymctl.sim.frames import RootState
from gymctl.sim.rotations import heading, quat_about_z, quat_mul, rotation_matrix

GROUPS = (3, 3, 3, 1, 3, 1, 3, 1, 3, 3, 1, 3)
"""DOFs of each joint, in the order of the robot: a ball joint has three, which are its rotation vector."""
NUM_OBSERVATIONS = 105
FORWARD_VELOCITY = 7
"""Which observation is the root's velocity to where it heads [m/s]."""
CONTACT_FORCE = 0.1
"""Component of a contact force from which a body counts as touching something [N]."""
HINGE_REACH = 0.7
"""How far action 1 moves a hinge's target from the middle of its range, as a share of the range."""


def compute_observations(
    root: RootState, dof_pos: Tensor, dof_vel: Tensor, key_pos: Tensor, *, local_root: bool
) -> Tensor:
    """The observations of IsaacGymEnvs' HumanoidAMP, which are the AMP observation of one step, too ``[N, 105]``.

    In order: height of the root; x and z axis of its orientation (6); its linear and its angular velocity in the
    heading frame (3, 3), which is the world's turned about z by the root's heading; of each joint the x and z axis of
    its rotation (6), or a hinge's angle (52 in all); velocities of the DOFs (28); way from the root to the hands and
    feet in the heading frame (12).

    Args:
        root: The pelvis's state.
        dof_pos: Angles of hinges and rotation vectors of ball joints, see `GROUPS` ``[N, 28]`` [rad].
        dof_vel: Their velocities ``[N, 28]`` [rad/s].
        key_pos: Positions of the hands and feet, world ``[N, 4, 3]`` [m].
        local_root: Whether the heading is taken out of the root's orientation.
    """
    matrix = rotation_matrix(root.quat)
    back = -heading(matrix)
    velocities = torch.stack((root.lin_vel, root.ang_vel), dim=1)
    if local_root:
        matrix = rotation_matrix(quat_mul(quat_about_z(back), root.quat))
    return torch.cat(
        (
            root.pos[:, 2:],
            _axes(matrix),
            turn_about_z(velocities, back).flatten(1),
            joint_observations(dof_pos),
            dof_vel,
            turn_about_z(key_pos - root.pos[:, None], back).flatten(1),
        ),
        dim=1,
    )


def turn_about_z(vectors: Tensor, angle: Tensor) -> Tensor:
    """Vectors ``[N, M, 3]``, turned about z by angles ``[N]`` [rad]."""
    x, y, z = vectors.unbind(2)
    cos, sin = angle.cos()[:, None], angle.sin()[:, None]
    return torch.stack((cos * x - sin * y, sin * x + cos * y, z), dim=2)


def joint_observations(dof_pos: Tensor) -> Tensor:
    """Of each ball joint the x and z axis of its rotation, of each hinge its angle ``[N, 52]``.

    Args:
        dof_pos: As of `compute_observations` ``[N, 28]`` [rad].
    """
    balls, hinges, order = _joint_columns(dof_pos.device)
    vectors = dof_pos.index_select(1, balls).view(-1, 3)
    of_balls = _axes(rotation_matrix(quat_from_rotation_vector(vectors))).view(dof_pos.shape[0], -1)
    return torch.cat((of_balls, dof_pos.index_select(1, hinges)), dim=1).index_select(1, order)


def quat_from_rotation_vector(vector: Tensor) -> Tensor:
    """Rotations, xyzw ``[N, 4]``.

    One quirk of IsaacGymEnvs' is kept: a vector longer than π is no rotation. None of MuJoCo's is.

    Args:
        vector: Axis times angle ``[N, 3]`` [rad].
    """
    angle = torch.linalg.vector_norm(vector, dim=1, keepdim=True)
    turns = (angle > 1e-5) & (torch.atan2(angle.sin(), angle.cos()) > 1e-5)
    half = torch.where(turns, angle, 0.0) / 2.0
    return torch.cat((vector / angle.clamp(min=1e-5) * half.sin(), half.cos()), dim=1)


def compute_target_ranges(limits: Tensor) -> tuple[Tensor, Tensor]:
    """Targets of the drives for action 0, and how far action 1 moves them from there, both ``[28]`` [rad].

    Args:
        limits: Lower and upper limits of the DOFs ``[28, 2]`` [rad]; only those of hinges matter.
    """
    lower, upper = limits.unbind(1)
    is_hinge = torch.zeros_like(lower, dtype=torch.bool)
    is_hinge[_joint_columns(limits.device)[1]] = True
    offset = torch.where(is_hinge, (lower + upper) / 2.0, 0.0)
    return offset, torch.where(is_hinge, HINGE_REACH * (upper - lower), math.pi)


def compute_fallen(contact_forces: Tensor, heights: Tensor, steps: Tensor, termination_height: float) -> Tensor:
    """Whether a humanoid lies on the ground, bool ``[N]``.

    One quirk of IsaacGymEnvs' is kept: a force counts by its signed components, and the body that touches something
    need not be the one that is low.

    Args:
        contact_forces: On the bodies that shouldn't touch the ground, world ``[N, bodies, 3]`` [N].
        heights: Of the same bodies ``[N, bodies]`` [m].
        steps: Control steps of the episodes, this one included ``[N]``; nobody falls in the first.
        termination_height: Below this a body is low [m].
    """
    touches = (contact_forces > CONTACT_FORCE).flatten(1).any(1)
    return touches & (heights < termination_height).any(1) & (steps > 1)


def append(history: Tensor, newest: Tensor) -> Tensor:
    """The history of AMP observations with a new one at its front and without the oldest ``[N, steps, 105]``.

    Args:
        history: Newest first ``[N, steps, 105]``.
        newest: ``[N, 105]``.
    """
    return torch.cat((newest[:, None], history[:, :-1]), dim=1)


def _axes(matrix: Tensor) -> Tensor:
    """The x axis and the z axis of rotations ``[N, 3, 3]``, side by side ``[N, 6]``."""
    return torch.cat((matrix[:, :, 0], matrix[:, :, 2]), dim=1)


@functools.cache
def _joint_columns(device: torch.device) -> tuple[Tensor, Tensor, Tensor]:
    """Columns of `GROUPS` that are of ball joints, and of hinges; and where each observed number is among theirs.

    The last is an index into the ball joints' numbers (6 each), followed by the hinges' (1 each).
    """
    balls: list[int] = []
    hinges: list[int] = []
    order: list[int] = []
    of_balls = 6 * GROUPS.count(3)
    for size in GROUPS:
        first = len(balls) + len(hinges)
        if size == 3:
            order += range(2 * len(balls), 2 * len(balls) + 6)
            balls += range(first, first + 3)
        else:
            order.append(of_balls + len(hinges))
            hinges.append(first)
    balls_, hinges_, order_ = (torch.tensor(index, device=device) for index in (balls, hinges, order))
    return balls_, hinges_, order_
