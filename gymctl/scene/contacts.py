"""Contacts as Isaac Gym has them: how two frictions mix, and what force sensors tell."""

from typing import TypeVar

import mujoco
import torch
from torch import Tensor

from gymctl.sim.rotations import quat_rotate_inverse

_HARDEST = 0.0042
"""Time constant below which contacts get no better [s]."""
RIGID = 0.99, 0.999, 0.001
"""Impedance of constraints that hardly give way: the first numbers of MuJoCo's ``solimp``."""
_Friction = TypeVar("_Friction", float, Tensor)


def mix_frictions(one: _Friction, other: float) -> _Friction:
    """The friction between two materials: the mean of both, as PhysX takes it."""
    return (one + other) / 2


def set_ground_friction(spec: mujoco.MjSpec, ground: float) -> None:
    """Gives all geoms of bodies the friction that they have on the ground, see `mix_frictions`.

    MuJoCo takes the larger of two frictions unless one geom has priority, so these geoms get priority.

    Args:
        spec: The model; its geoms' sliding frictions are their own before, and mixed afterwards.
        ground: Sliding friction of the ground.
    """
    for geom in spec.geoms:
        if geom.parent != spec.worldbody:
            geom.friction[0] = mix_frictions(geom.friction[0], ground)
            geom.priority = 1


def time_constant(timestep: float) -> float:
    """Time constant of contacts and limits that are as hard as the timestep allows [s].

    PhysX's shapes touch without penetration. MuJoCo's spring back from it, the harder the farther; four timesteps are
    what it takes to follow that.

    Args:
        timestep: Of MuJoCo's [s].
    """
    return max(_HARDEST, 4.0 * timestep)


def harden(spec: mujoco.MjSpec) -> None:
    """Makes all contacts and limits as hard as the timestep allows; see `time_constant`."""
    solref = time_constant(spec.option.timestep), 1.0
    for geom in spec.geoms:
        geom.solref, geom.solimp[:3] = solref, RIGID
    for joint in spec.joints:
        joint.solref_limit, joint.solimp_limit[:3] = solref, RIGID


def contact_forces(readings: Tensor) -> Tensor:
    """Net contact forces on bodies, float32 ``[N, bodies, 3]`` [N].

    Args:
        readings: Of MuJoCo's contact sensors, whose forces point from the body to the other ``[N, 3 * bodies]`` [N].
    """
    return -readings.float().view(readings.shape[0], -1, 3)


def force_norms(forces: Tensor) -> Tensor:
    """Lengths of vectors ``[N, M, 3]``: ``[N, M]``."""
    return torch.linalg.vector_norm(forces, dim=2)


def net_wrenches(
    quat: Tensor, ang_vel: Tensor, acceleration: Tensor, mass: float, inertia: Tensor, points: Tensor
) -> Tensor:
    """Sum of all forces [N] and torques [N m] on a body, as felt at points of it, in its frame ``[N, n, 6]``.

    This is what force sensors of Isaac Gym report: mass times acceleration, 0 for a body at rest.

    Args:
        quat: Orientation, xyzw ``[N, 4]``.
        ang_vel: Angular velocity, body axes ``[N, 3]`` [rad/s].
        acceleration: Linear in world axes, angular in body axes, as a free joint's ``[N, 6]``.
        mass: [kg].
        inertia: Of the principal axes, which are the body's ``[3]`` [kg m^2].
        points: In the body's frame, whose origin is the centre of mass ``[n, 3]`` [m].
    """
    force = mass * quat_rotate_inverse(quat, acceleration[:, :3])
    torque = inertia * acceleration[:, 3:] + torch.linalg.cross(ang_vel, inertia * ang_vel)
    forces = force[:, None].expand(-1, points.shape[0], -1)
    return torch.cat((forces, torque[:, None] - torch.linalg.cross(points[None], forces)), dim=2)
