"""The model of FrankaCubeStack, its two ways to control the arm, and what the task tells about itself."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import mujoco

from gymctl.config.config import TaskConfig
from gymctl.core.errors import InputError
from gymctl.scene.blocks import find_block
from gymctl.scene.contacts import harden
from gymctl.tasks.base import load_spec
from gymctl.tasks.description import HAND_MOTIONS, Action, HandControl, Observation, RewardTerm, TaskDescription
from gymctl.tasks.from_model import describe_joints, describe_target
from gymctl.tasks.manipulation.franka_cube_stack_maths import GAP
from gymctl.tasks.manipulation.operational_space import Gains

ROBOT, HAND, CUBE_A, CUBE_B = "panda_link0", "panda_hand", "cubeA", "cubeB"
GRIP, TIPS = "grip", ("leftfinger_tip", "rightfinger_tip")
"""Sites: between the fingers' tips, and on them."""
ARM_DOFS, NUM_DOFS = 7, 9
START = (0.0, 0.1963, 0.0, -2.618, 0.0, 2.9416, 0.7854, 0.035, 0.035)
"""Joint positions around which episodes start [rad or m]; the arm's are the posture that it is pulled to."""
SPEED_LIMITS = (*4 * [2.175], *3 * [2.61])
"""Of the arm's joints [rad/s]."""
REACH = (*3 * [0.1], *3 * [0.5])
"""How far the hand is told to move by action 1, along and about the world's axes [m, rad]."""
GAINS = Gains(kp=150.0, kp_null=10.0)


@dataclass(frozen=True)
class ControlType:
    """A value of ``controlType``."""

    arm_actions: int
    """How many actions the arm has; the gripper's comes after them."""
    seen: slice
    """Joints whose positions are observed."""
    moves_hand: bool
    """Whether the arm's actions move the hand; else they are torques."""


CONTROL_TYPES = {
    "osc": ControlType(6, slice(ARM_DOFS, NUM_DOFS), moves_hand=True),
    "joint_tor": ControlType(ARM_DOFS, slice(0, NUM_DOFS), moves_hand=False),
}


def control_type(config: TaskConfig) -> ControlType:
    """How the arm is controlled.

    Raises:
        InputError: There is no such way.
    """
    name = config.env["controlType"]
    if name not in CONTROL_TYPES:
        raise InputError(f"task.env.controlType can't be {name!r}", f"take one of {', '.join(CONTROL_TYPES)}")
    return CONTROL_TYPES[name]


def build_spec(config: TaskConfig) -> mujoco.MjSpec:
    """The model, with contacts as hard as its timestep allows.

    Raises:
        InputError: The cubes have too little room to start apart, a noise is below 0, or actions have no scale.
    """
    env, apart = config.env, GAP / 2.0**0.5
    for key, is_right, advice in (
        ("startPositionNoise", env["startPositionNoise"] >= apart, f"{apart:g} or more, so that cubes start apart"),
        ("startRotationNoise", env["startRotationNoise"] >= 0.0, "0 or more"),
        ("frankaDofNoise", env["frankaDofNoise"] >= 0.0, "0 or more"),
        ("actionScale", env["actionScale"] > 0.0, "a number above 0, by which commands are divided"),
    ):
        if not is_right:
            raise InputError(f"task.env.{key} is {env[key]:g}", f"give {advice}")
    spec = load_spec("franka_cube_stack.xml", config)
    harden(spec)
    return spec


def describe(
    model: mujoco.MjModel, control: ControlType, constants: Mapping[str, Any], episode_steps: int
) -> TaskDescription:
    """What the task tells about itself.

    Args:
        model: The compiled model.
        control: How the arm is controlled.
        constants: Of the task, by their names.
        episode_steps: Control steps of an episode that only the time limit ends.
    """
    joints = describe_joints(model, find_block(model, ROBOT), START, (*SPEED_LIMITS, None, None))
    arm, fingers = ([joint.name for joint in some] for some in (joints[:ARM_DOFS], joints[ARM_DOFS:]))
    seen = tuple(joint.name for joint in joints[control.seen])
    open_at = float(model.jnt_range[model.joint(fingers[0]).id, 1])
    grip, efforts = tuple(model.site(GRIP).pos.tolist()), model.actuator_ctrlrange[:ARM_DOFS, 1].tolist()
    xyz, quat, scale = ("x", "y", "z"), ("x", "y", "z", "w"), 1.0 / constants["action_scale"]
    if control.moves_hand:
        kinds = [(f"{way} {axis}", kind, unit) for way, kind, unit in HAND_MOTIONS for axis in xyz]
        moves = [
            Action(name, kind, unit, "", scale=reach * scale)
            for (name, kind, unit), reach in zip(kinds, REACH, strict=True)
        ]
    else:
        moves = [
            Action(name, "torque", "N m", name, name, effort * scale, limits=(-effort, effort))
            for name, effort in zip(arm, efforts, strict=True)
        ]
    gripper = describe_target(
        model, fingers[0], scale=open_at / 2.0, offset=open_at / 2.0, followers=fingers[1:], switch=True
    )
    return TaskDescription(
        base=ROBOT,
        observations=(
            Observation("object orientation", 4, "", "world", CUBE_A, elements=quat),
            Observation("object position", 3, "m", "world", CUBE_A, elements=xyz),
            Observation("way to the lower cube", 3, "m", "world", CUBE_A, elements=xyz, note=f"to {CUBE_B}"),
            Observation("hand position", 3, "m", "world", HAND, elements=xyz, points=(grip,)),
            Observation("hand orientation", 4, "", "world", HAND, elements=quat),
            Observation("joint position", len(seen), "rad, m of the fingers" if seen[0] in arm else "m", elements=seen),
        ),
        actions=(*moves, gripper),
        joints=joints,
        rewards=(
            RewardTerm(
                "distance", constants["r_dist_scale"], "1 - tanh(10 × mean distance of grip and tips from A), or align"
            ),
            RewardTerm("lift", constants["r_lift_scale"], "A is 4 cm or more above the table"),
            RewardTerm("align", constants["r_align_scale"], "1 - tanh(10 × distance of A from on top of B), if lifted"),
            RewardTerm("stack", constants["r_stack_scale"], "in place of all, where A is on B and the grip is away"),
        ),
        terminations=(f"{CUBE_A} is on {CUBE_B}, and the grip is away from it",),
        episode_steps=episode_steps,
        hand_control=_describe_hand_control(arm, grip, efforts) if control.moves_hand else None,
    )


def _describe_hand_control(arm: list[str], grip: tuple[float, ...], efforts: list[float]) -> HandControl:
    return HandControl(
        body=HAND,
        point=grip,
        joints=tuple(arm),
        actuators=tuple(arm),
        stiffness=GAINS.kp,
        damping=2.0 * math.sqrt(GAINS.kp),
        posture=START[:ARM_DOFS],
        posture_stiffness=GAINS.kp_null,
        posture_damping=2.0 * math.sqrt(GAINS.kp_null),
        effort_limits=tuple(efforts),
    )
