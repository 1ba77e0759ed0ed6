"""What HumanoidAMP tells about itself: the names of what it observes and does."""

from dataclasses import replace
from itertools import groupby

import mujoco
import torch

from gymctl.scene.blocks import find_block
from gymctl.tasks.description import Action, Joint, Observation, RewardTerm, TaskDescription, names_of
from gymctl.tasks.from_model import describe_joints, describe_target, describe_torques
from gymctl.tasks.motion.humanoid_amp_constants import HumanoidAMPConstants
from gymctl.tasks.motion.humanoid_amp_model import KEY_BODIES, ROOT, control_ranges, start_angles

_XYZ = ("x", "y", "z")
_AXES = tuple(f"{axis} axis {component}" for axis in "xz" for component in _XYZ)


def describe(model: mujoco.MjModel, constants: HumanoidAMPConstants, episode_steps: int) -> TaskDescription:
    """What the task tells about itself.

    Args:
        model: The compiled model.
        constants: The task's.
        episode_steps: Control steps of an episode that only the time limit ends.
    """
    c, robot = constants, find_block(model, ROOT)
    joints = describe_joints(model, robot, start_angles(model, robot))
    fall = (
        f"a body but {' and '.join(c.contact_bodies)} touches something while one is below {c.termination_height:g} m"
    )
    return TaskDescription(
        base=ROOT,
        observations=_observations(joints, "heading" if c.local_root else "world"),
        actions=_targets(model, joints, c) if c.pd_control else describe_torques(model, joints, c.power_scale),
        joints=joints,
        rewards=(RewardTerm("alive", 1.0, "training takes the discriminator's reward in its place"),),
        terminations=(fall,) if c.early_termination else (),
        episode_steps=episode_steps,
    )


def _observations(joints: tuple[Joint, ...], root_frame: str) -> tuple[Observation, ...]:
    """What `humanoid_amp_maths.compute_observations` gives."""
    in_heading = ("heading", ROOT)
    rotations: list[str] = []
    for joint, parts in groupby(joints, key=lambda joint: joint.model_joint):
        is_ball = next(parts).axis is not None
        rotations += [f"{joint} {element}" for element in _AXES] if is_ball else [joint]
    keys = tuple(f"{body} {axis}" for body in KEY_BODIES for axis in _XYZ)
    return (
        Observation("base height", 1, "m", "world", ROOT),
        Observation("base axes", 6, "", root_frame, ROOT, elements=_AXES, note="the base's x and z axis"),
        Observation("base linear velocity", 3, "m/s", *in_heading, elements=_XYZ, note="of the centre of mass"),
        Observation("base angular velocity", 3, "rad/s", *in_heading, elements=_XYZ),
        Observation(
            "joint rotation",
            len(rotations),
            "rad of hinges",
            elements=tuple(rotations),
            note="of ball joints the child's x and z axis, in the parent's axes",
        ),
        Observation("joint velocity", len(joints), "rad/s", elements=names_of(joints)),
        Observation("way from the base", len(keys), "m", *in_heading, elements=keys, note="to bodies"),
    )


def _targets(model: mujoco.MjModel, joints: tuple[Joint, ...], constants: HumanoidAMPConstants) -> tuple[Action, ...]:
    limits = torch.tensor([(joint.lower, joint.upper) for joint in joints])
    ranges = zip(joints, *(values.tolist() for values in control_ranges(constants, limits)), strict=True)
    return tuple(
        replace(
            describe_target(model, joint.name, scale=scale, offset=offset),
            name=joint.name,
            joint=joint.name,
        )
        for joint, offset, scale in ranges
    )
