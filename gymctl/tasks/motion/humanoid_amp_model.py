"""The humanoid of HumanoidAMP: its model, its start pose, and its controls."""

import math

import mujoco
import numpy as np
import torch
from torch import Tensor

from gymctl.config.config import TaskConfig
from gymctl.core.errors import InputError, suggest
from gymctl.scene.blocks import Block
from gymctl.scene.contact_sensors import add_contact_sensors
from gymctl.scene.contacts import harden, set_ground_friction, time_constant
from gymctl.scene.dofs import Dofs, list_dofs
from gymctl.scene.spherical import add_stops, set_stops
from gymctl.tasks.base import load_spec
from gymctl.tasks.motion.humanoid_amp_constants import HumanoidAMPConstants
from gymctl.tasks.motion.humanoid_amp_maths import compute_target_ranges

ROOT = "pelvis"
KEY_BODIES = ("right_hand", "left_hand", "right_foot", "left_foot")
"""Whose positions are observed."""
_START = {"right_shoulder_x": -90.0, "left_shoulder_x": 90.0}
"""DOFs that aren't 0 in the default pose [°]: the arms are stretched out to the sides."""
_LIMITS = {
    "abdomen": ((-60, 60), (-60, 90), (-50, 50)),
    "neck": ((-50, 50), (-40, 60), (-45, 45)),
    "right_shoulder": ((-180, 45), (-180, 60), (-90, 90)),
    "left_shoulder": ((-45, 180), (-180, 60), (-90, 90)),
    "right_hip": ((-60, 15), (-140, 60), (-60, 35)),
    "right_ankle": ((-30, 30), (-55, 55), (-40, 40)),
    "left_hip": ((-15, 60), (-140, 60), (-35, 60)),
    "left_ankle": ((-30, 30), (-55, 55), (-40, 40)),
}
"""Of the components x, y, z of ball joints' rotation vectors [°]."""


def build_spec(config: TaskConfig) -> mujoco.MjSpec:
    """The model with PhysX's friction, stops of the ball joints, and sensors of falls.

    A drive's limit holds for its spring and its damper together, as PhysX's does. Where a drive is at its limit,
    nothing damps the joint within a timestep, and light limbs would chatter. Armature of half a timestep times the
    damping prevents it: with more, joints are slower than with small timesteps; with less, some still chatter.

    Raises:
        InputError: The config can't be, see `HumanoidAMPConstants`, or names other bodies.
    """
    c, spec = HumanoidAMPConstants.from_config(config), load_spec("humanoid_amp.xml", config)
    set_ground_friction(spec, config.env["plane"]["dynamicFriction"])
    if config.physics == "isaacgym":
        harden(spec)
    for name, damping in {drive.target: -drive.biasprm[2] for drive in spec.actuators}.items():
        spec.joint(name).armature += 0.5 * spec.option.timestep * damping
    if not c.pd_control:
        _take_torques(spec)
    for joint, limits in _LIMITS.items():
        for axis, name, sides in zip(np.eye(3), "xyz", limits, strict=True):
            add_stops(spec, f"{joint}_{name}", joint, axis, np.deg2rad(sides))
    add_contact_sensors(spec, watched_bodies(c, [body.name for body in spec.bodies[1:]]))
    model = spec.compile()
    set_stops(model, time_constant(spec.option.timestep))
    spec.copy_back(model)
    return spec


def watched_bodies(constants: HumanoidAMPConstants, bodies: list[str]) -> tuple[str, ...]:
    """Those of which a contact, and a low position, is a fall.

    Args:
        constants: The task's.
        bodies: The humanoid's.

    Raises:
        InputError: One of ``contactBodies`` is no body, or all bodies are among them.
    """
    for name in constants.contact_bodies:
        if name not in bodies:
            advice = suggest(str(name), bodies) or f"the bodies are {', '.join(bodies)}"
            raise InputError(f"task.env.contactBodies has {name!r}, which is no body", advice)
    watched = tuple(name for name in bodies if name not in constants.contact_bodies)
    if not watched:
        raise InputError(
            "task.env.contactBodies has all bodies, so nobody could fall", "set task.env.enableEarlyTermination=False"
        )
    return watched


def start_angles(model: mujoco.MjModel, robot: Block) -> list[float]:
    """Positions of the DOFs in the default pose [rad]."""
    return [math.radians(_START.get(dof.name, 0.0)) for dof in list_dofs(model, robot)]


def start_pose(model: mujoco.MjModel, robot: Block) -> tuple[Tensor, Tensor]:
    """Positions in the default pose ``[1, nq]``, and of the key bodies there, world ``[1, 4, 3]`` [m]; on the CPU."""
    angles, data = torch.tensor([start_angles(model, robot)]), mujoco.MjData(model)
    qpos, at_rest = torch.from_numpy(model.qpos0[None]).float(), torch.zeros(1, model.nv)
    Dofs(model, robot, torch.device("cpu")).write(angles, torch.zeros_like(angles), qpos, at_rest)
    data.qpos[:] = qpos[0]
    mujoco.mj_kinematics(model, data)
    keys = np.array([data.body(name).xpos for name in KEY_BODIES])
    return qpos, torch.from_numpy(keys[None]).float()


def control_ranges(constants: HumanoidAMPConstants, limits: Tensor) -> tuple[Tensor, Tensor]:
    """Controls for action 0, and how far action 1 moves them from there, both ``[28]``.

    Args:
        constants: They say whether controls are targets of drives [rad], or shares of the joints' efforts.
        limits: As of `compute_target_ranges`.
    """
    if constants.pd_control:
        return compute_target_ranges(limits)
    still = torch.zeros_like(limits[:, 0])
    return still, torch.full_like(still, constants.power_scale)


def _take_torques(spec: mujoco.MjSpec) -> None:
    """Makes motors of the drives, with efforts for gears, and springs and dampers of the joints of what they were."""
    for drive in spec.actuators:
        joint, effort = spec.joint(drive.target), drive.forcerange[1]
        joint.stiffness[0], joint.damping = drive.gainprm[0], np.full(3, -drive.biasprm[2])
        drive.gear[:3] *= effort
        drive.gainprm[0], drive.biasprm[1:3] = 1.0, 0.0
        drive.forcelimited = mujoco.mjtLimited.mjLIMITED_FALSE
