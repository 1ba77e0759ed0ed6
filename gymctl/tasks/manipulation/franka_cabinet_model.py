"""The model of FrankaCabinet, with what lies in the drawer, and what the task tells about itself."""

from collections.abc import Mapping
from typing import Any

import mujoco

from gymctl.config.config import TaskConfig
from gymctl.core.errors import InputError
from gymctl.scene.blocks import find_block
from gymctl.scene.contacts import harden
from gymctl.scene.drives import stiffest
from gymctl.tasks.base import load_spec
from gymctl.tasks.description import Observation, RewardTerm, TaskDescription
from gymctl.tasks.from_model import describe_joints, describe_target

HAND, DRAWER, DRAWER_JOINT = "panda_link7", "drawer_top", "drawer_top_joint"
FINGERS = "panda_leftfinger", "panda_rightfinger"
FINGER_JOINTS = "panda_finger_joint1", "panda_finger_joint2"
NUM_DOFS = 9
START = (1.157, -1.066, -0.155, -2.239, -1.841, 1.003, 0.469, 0.035, 0.035)
"""Joint positions around which episodes start [rad or m]."""
SPEEDS = (*7 * [1.0], *2 * [0.1])
"""Speeds of the joints' targets beside each other, for equal actions."""
MOST_PROPS = 16
_PROP_SIZE, _PROP_DENSITY, _SPACING, _IN_A_ROW = 0.08, 400.0, 0.09, 4
_ROBOT = "panda_link0"


def build_spec(config: TaskConfig) -> mujoco.MjSpec:
    """The model; its ``numProps`` cubes lie in the drawer. Those that are not there are a part of the drawer's mass.

    Raises:
        InputError: There are more cubes than lie in the drawer.
    """
    spec = load_spec("franka_cabinet.xml", config)
    number = config.env["numProps"]
    if not 0 <= number <= MOST_PROPS:
        raise InputError(f"task.env.numProps is {number}", f"give 0 to {MOST_PROPS}, which is what the drawer holds")
    for finger, joint in zip(FINGERS, FINGER_JOINTS, strict=True):
        drive, damping = spec.actuator(joint), float(spec.joint(joint).damping[0])
        gain = min(drive.gainprm[0], stiffest(float(spec.body(finger).mass), damping, spec.option.timestep))
        drive.gainprm[0], drive.biasprm[1] = gain, -gain
    drawer = spec.body(DRAWER)
    drawer.mass += (MOST_PROPS - number) * _PROP_DENSITY * _PROP_SIZE**3
    place = spec.body("sektion").pos + drawer.pos
    for index in range(number):
        row, column = divmod(index, _IN_A_ROW)
        middle = (_IN_A_ROW - 1) / 2
        offset = [(row - middle) * _SPACING, (column - middle) * _SPACING, 0.0]
        prop = spec.worldbody.add_body(name=f"prop{index}", pos=place + offset)
        prop.add_freejoint()
        prop.add_geom(
            type=mujoco.mjtGeom.mjGEOM_BOX,
            size=3 * [_PROP_SIZE / 2],
            density=_PROP_DENSITY,
            contype=4,
            conaffinity=7,
            rgba=[0.2, 0.45, 0.75, 1.0],
        )
    if config.physics == "isaacgym":
        harden(spec)
    return spec


def describe(
    model: mujoco.MjModel,
    step: float,
    speed_scale: float,
    weights: Mapping[str, Any],
    termination: str,
    episode_steps: int,
) -> TaskDescription:
    """What the task tells about itself.

    Args:
        model: The compiled model.
        step: Of the arm's targets, for action 1 [rad].
        speed_scale: From velocities to observations.
        weights: Of the reward's terms, by the names of the task's constants.
        termination: When an episode ends.
        episode_steps: Control steps of an episode that only the time limit ends.
    """
    robot = find_block(model, _ROBOT)
    names = tuple(model.joint(joint).name for joint in robot.joints.tolist())
    low, high = robot.joint_limits.T
    return TaskDescription(
        base=robot.name,
        observations=(
            Observation(
                "joint position",
                NUM_DOFS,
                "rad, m of the fingers",
                scale=tuple((2.0 / (high - low)).tolist()),
                offset=tuple(((low + high) / 2.0).tolist()),
                elements=names,
            ),
            Observation("joint velocity", NUM_DOFS, "rad/s, m/s of the fingers", scale=speed_scale, elements=names),
            Observation(
                "handle position",
                3,
                "m",
                "world",
                HAND,
                elements=("x", "y", "z"),
                note="of the model's site handle, on the drawer, relative to its site grasp, on the hand",
            ),
            Observation("drawer opening", 1, "m", elements=(DRAWER_JOINT,)),
            Observation("drawer speed", 1, "m/s", elements=(DRAWER_JOINT,)),
        ),
        actions=tuple(
            describe_target(model, name, scale=step * speed, increment=True)
            for name, speed in zip(names, SPEEDS, strict=True)
        ),
        joints=describe_joints(model, robot, START),
        commands=(),
        rewards=(
            RewardTerm("distance", weights["dist_reward_scale"], "1 / (1 + distance²)², twice that within 2 cm"),
            RewardTerm(
                "rotation", weights["rot_reward_scale"], "the fingers point into the cabinet, one above the other"
            ),
            RewardTerm("around_handle", weights["around_handle_reward_scale"], "0.5 with a finger above, one below it"),
            RewardTerm("opening", weights["open_reward_scale"], "of the drawer [m], half more with the handle in hand"),
            RewardTerm("finger_distance", weights["finger_dist_reward_scale"], "less the fingers' heights from it [m]"),
            RewardTerm("actions", -weights["action_penalty_scale"], "their squares"),
            RewardTerm("opened", 1.0, "0.5 from 1 cm on; with the handle in hand 0.5 from 20 cm, 1 more when open"),
            RewardTerm("behind_handle", -1.0, "in place of all, where a finger is 4 cm behind the handle"),
        ),
        terminations=(termination,),
        episode_steps=episode_steps,
    )
