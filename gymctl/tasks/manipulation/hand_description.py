"""What tasks of a hand and an object tell about themselves."""

from collections.abc import Callable, Sequence

import mujoco
import numpy as np

from gymctl.scene.blocks import Block
from gymctl.tasks.description import Action, Command, Observation, RewardTerm, TaskDescription
from gymctl.tasks.from_model import describe_joints, describe_target
from gymctl.tasks.manipulation.hand_maths import HandConstants
from gymctl.tasks.manipulation.hand_objects import GOAL_OFFSET

OBJECT = "object"
XYZ, QUAT = ("x", "y", "z"), ("qx", "qy", "qz", "qw")
GOALS = tuple(f"goal {element}" for element in (*XYZ, *QUAT))
"""Commands: position [m] and orientation of the goal, world."""
_STATE = (*XYZ, *QUAT, "vx", "vy", "vz", "wx", "wy", "wz")
_WRENCH = tuple(f"{what} {axis}" for what in ("force", "torque") for axis in XYZ)
_Told = tuple[Observation, ...]


def describe(
    model: mujoco.MjModel,
    hand: Block,
    tips: Sequence[str],
    layout: Sequence[str],
    constants: HandConstants,
    episode_steps: int,
    timesteps: int,
    *,
    relative: bool,
) -> TaskDescription:
    """What the task tells.

    Args:
        model: The compiled model.
        hand: The hand.
        tips: Bodies of the observed fingertips.
        layout: Names of the observations' parts.
        constants: Weights and scales.
        episode_steps: Control steps of an episode that only the time limit ends.
        timesteps: Over how many of MuJoCo's timesteps accelerations are means.
        relative: Whether actions move the drives' targets.
    """
    c, goal = constants, (model.body(OBJECT).pos + GOAL_OFFSET).tolist()
    parts = _parts(model, hand, tips, c, timesteps)
    low, high = hand.joint_limits.T
    return TaskDescription(
        base=hand.name,
        observations=tuple(told for part in layout for told in parts[part]()),
        actions=tuple(_describe_action(model, drive, c, relative=relative) for drive in range(model.nu)),
        joints=describe_joints(model, hand, np.clip(0.0, low, high).tolist()),
        commands=(
            *(Command(name, "m", "world", value, value) for name, value in zip(GOALS, goal, strict=False)),
            *(Command(name, "", "world", -1.0, 1.0) for name in GOALS[3:]),
        ),
        rewards=(
            RewardTerm("distance", c.dist_reward_scale, "of the object from the goal [m]"),
            RewardTerm("rotation", c.rot_reward_scale, f"1 / (angle to the goal [rad] + {c.rot_eps:g})"),
            RewardTerm("actions", c.action_penalty_scale, "their squares"),
            RewardTerm("goal", c.reach_goal_bonus, f"where the angle is {c.success_tolerance:g} rad or less"),
            RewardTerm("fall", c.fall_penalty, "where the object has fallen"),
            *((RewardTerm("too_late", c.fall_penalty / 2, "at the limit"),) if c.max_consecutive_successes else ()),
        ),
        terminations=(f"the object is {c.fall_dist:g} m from the goal",),
        episode_steps=episode_steps,
    )


def _parts(
    model: mujoco.MjModel, hand: Block, tips: Sequence[str], c: HandConstants, timesteps: int
) -> dict[str, Callable[[], _Told]]:
    joints = tuple(model.joint(joint).name for joint in hand.joints.tolist())
    low, high = hand.joint_limits.T
    object_pos = Observation("object position", 3, "m", "world", OBJECT, elements=XYZ)
    angles = Observation(
        *("joint position", len(joints), "rad"),
        scale=tuple((2.0 / (high - low)).tolist()),
        offset=tuple(((high + low) / 2.0).tolist()),
        elements=joints,
    )
    rotation = Observation(
        *("rotation from the goal", 4, "", "world", OBJECT), elements=QUAT, note="orientation × conjugate of goal"
    )
    drives = tuple(model.actuator(drive).name for drive in range(model.nu))
    return {
        "joint position": lambda: (angles,),
        "joint velocity": lambda: (
            Observation("joint velocity", len(joints), "rad/s", scale=c.vel_obs_scale, elements=joints),
        ),
        "drive torque": lambda: (
            Observation("drive torque", len(joints), "N m", scale=c.dof_force_obs_scale, elements=joints),
        ),
        "object position": lambda: (object_pos,),
        "object pose": lambda: (
            object_pos,
            Observation("object orientation", 4, "", "world", OBJECT, elements=QUAT),
        ),
        "object velocity": lambda: (
            Observation("object linear velocity", 3, "m/s", "world", OBJECT, elements=XYZ),
            Observation("object angular velocity", 3, "rad/s", "world", OBJECT, c.vel_obs_scale, elements=XYZ),
        ),
        "goal": lambda: (
            Observation("goal position", 3, "m", "world", elements=GOALS[:3]),
            Observation("goal orientation", 4, "", "world", elements=GOALS[3:]),
        ),
        "rotation": lambda: (rotation,),
        "tip position": lambda: (describe_tips("fingertip position", tips),),
        "tip state": lambda: (describe_tips("fingertip state", tips),),
        "tip force": lambda: (describe_forces(tips, c.force_torque_obs_scale, timesteps),),
        "action": lambda: (Observation("last action", len(drives), elements=drives),),
    }


def describe_tips(name: str, tips: Sequence[str]) -> Observation:
    """Positions or states of fingertips.

    Args:
        name: ``fingertip position`` or ``fingertip state``.
        tips: Their bodies.
    """
    unit, each = ("m", XYZ) if name == "fingertip position" else ("m, m/s, rad/s", _STATE)
    elements = tuple(f"{tip} {what}" for tip in tips for what in each)
    return Observation(name, len(elements), unit, "world", elements=elements)


def describe_forces(tips: Sequence[str], scale: float, timesteps: int) -> Observation:
    """Forces and torques that fingertips feel.

    Args:
        tips: Their bodies, and sites.
        scale: From forces to observations.
        timesteps: Over how many of MuJoCo's timesteps accelerations are means.
    """
    parts = tuple(f"{tip} {what}" for tip in tips for what in _WRENCH)
    return Observation(
        *("fingertip force and torque", len(parts), "N, N m", "body"),
        scale=scale,
        elements=parts,
        mean_timesteps=timesteps,
        note="in the sites' axes: mass times acceleration, but for what motors do; 0 at an episode's start",
    )


def _describe_action(model: mujoco.MjModel, drive: int, constants: HandConstants, *, relative: bool) -> Action:
    name = model.actuator(drive).name
    if relative:
        return describe_target(model, name, scale=constants.dof_speed_scale * constants.dt, increment=True)
    low, high = model.jnt_range[model.actuator_trnid[drive, 0]].tolist()
    return describe_target(
        model,
        name,
        scale=(high - low) / 2.0,
        offset=(high + low) / 2.0,
        moving_average=constants.act_moving_average,
    )
