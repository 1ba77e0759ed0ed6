"""What FrankaCubeStack computes: observations, reward, and where cubes start."""

from dataclasses import dataclass

import torch
from torch import Tensor

from gymctl.config.config import TaskConfig
from gymctl.tasks.reward_terms import with_failure

SIZE_A, SIZE_B = 0.05, 0.07
"""Edges of the cubes [m]: A goes on B."""
NUM_SEEN = 17
"""Observations but for those of joints."""
TABLE_HEIGHT = 1.025
"""Of its top [m]."""
GAP = (SIZE_A + SIZE_B) * 2.0**0.5
"""Between the cubes' centres at the start, at least [m]."""
_LIFTED = 0.04
"""Height of A above where it lies, in its own size, from which it counts as lifted [m]."""
_OFF = 0.02
"""How far off a stacked cube may be, horizontally and vertically [m]."""
_RELEASED = 0.04
"""Distance of the grip from a stacked cube, at least [m]."""


@dataclass(frozen=True)
class FrankaCubeStackConstants:
    """Weights and gains, under their names in the golden facts; see `from_config` for the YAML's keys."""

    action_scale: float
    """Commands are divided by it."""
    r_dist_scale: float
    r_lift_scale: float
    r_align_scale: float
    r_stack_scale: float

    @classmethod
    def from_config(cls, config: TaskConfig) -> "FrankaCubeStackConstants":
        """Reads IsaacGymEnvs' keys from the ``task:`` part of the config."""
        env = config.env
        return cls(
            action_scale=env["actionScale"],
            r_dist_scale=env["distRewardScale"],
            r_lift_scale=env["liftRewardScale"],
            r_align_scale=env["alignRewardScale"],
            r_stack_scale=env["stackRewardScale"],
        )


@dataclass(frozen=True)
class Scene:
    """Where hand and cubes are, world frame."""

    grip_pos: Tensor
    """Between the fingers' tips ``[N, 3]`` [m]."""
    grip_quat: Tensor
    """Of the hand, xyzw ``[N, 4]``."""
    left_tip: Tensor
    """``[N, 3]`` [m]."""
    right_tip: Tensor
    """``[N, 3]`` [m]."""
    a_pos: Tensor
    """Centre of cube A ``[N, 3]`` [m]."""
    a_quat: Tensor
    """xyzw ``[N, 4]``."""
    b_pos: Tensor
    """Centre of cube B ``[N, 3]`` [m]."""


def compute_observations(scene: Scene, joints: Tensor) -> Tensor:
    """The 19 or 26 observations of IsaacGymEnvs' FrankaCubeStack, ``[N, 17 + n]``.

    Args:
        scene: Hand and cubes.
        joints: Positions of the fingers, or of arm and fingers ``[N, n]`` [rad or m].
    """
    s = scene
    return torch.cat((s.a_quat, s.a_pos, s.b_pos - s.a_pos, s.grip_pos, s.grip_quat, joints), dim=1)


def is_lifted(scene: Scene) -> Tensor:
    """Whether cube A is off the table, bool ``[N]``."""
    return (scene.a_pos[:, 2] - TABLE_HEIGHT) - SIZE_A > _LIFTED


def is_stacked(scene: Scene) -> Tensor:
    """Whether cube A is on cube B, and the hand away from it, bool ``[N]``."""
    off = torch.linalg.vector_norm((scene.b_pos - scene.a_pos)[:, :2], dim=1) < _OFF
    height = scene.a_pos[:, 2] - TABLE_HEIGHT
    return off & ((height - (SIZE_B + SIZE_A / 2)).abs() < _OFF) & (_distance(scene.grip_pos, scene) > _RELEASED)


def compute_reward_terms(scene: Scene, constants: FrankaCubeStackConstants) -> dict[str, Tensor]:
    """What the reward is the sum of, each ``[N]``; a stacked cube replaces all other terms.

    Args:
        scene: Hand and cubes.
        constants: Weights.
    """
    c, lifted = constants, is_lifted(scene).to(scene.a_pos.dtype)
    grip, left, right = (_distance(point, scene) for point in (scene.grip_pos, scene.left_tip, scene.right_tip))
    off = scene.b_pos - scene.a_pos
    off_goal = torch.cat((off[:, :2], off[:, 2:] + (SIZE_A + SIZE_B) / 2), dim=1)
    aligned = lifted * _near(torch.linalg.vector_norm(off_goal, dim=1))
    terms = {
        "distance": c.r_dist_scale * torch.maximum(_near((grip + left + right) / 3), aligned),
        "lift": c.r_lift_scale * lifted,
        "align": c.r_align_scale * aligned,
    }
    return with_failure(terms, is_stacked(scene), "stack", c.r_stack_scale)


def compute_gripper_targets(actions: Tensor, limits: Tensor) -> Tensor:
    """Targets of both fingers ``[N, 2]`` [m]: open for an action of 0 or more, else closed.

    Args:
        actions: Of the gripper ``[N]``.
        limits: Lower and upper limits of the fingers ``[2, 2]`` [m].
    """
    return torch.where((actions >= 0).unsqueeze(1), limits[:, 1], limits[:, 0])


def away_from(other: Tensor, candidates: Tensor, reach: float) -> Tensor:
    """The first of some places that is not within `GAP` of another cube; a corner far from it if there is none.

    Args:
        other: Horizontal position of the other cube, from the middle ``[N, 2]`` [m].
        candidates: ``[N, k, 2]`` [m].
        reach: Of the corner along x and y [m].
    """
    corner = torch.where(other > 0, -reach, reach).to(other.dtype)
    places = torch.cat((candidates, corner.unsqueeze(1)), dim=1)
    far = torch.linalg.vector_norm(places - other.unsqueeze(1), dim=2) >= GAP
    order = torch.arange(places.shape[1], 0, -1, device=far.device)
    first = (far * order).argmax(dim=1)
    return places.take_along_dim(first.view(-1, 1, 1), dim=1).squeeze(1)


def _distance(point: Tensor, scene: Scene) -> Tensor:
    return torch.linalg.vector_norm(scene.a_pos - point, dim=1)


def _near(distance: Tensor) -> Tensor:
    return 1.0 - torch.tanh(10.0 * distance)
