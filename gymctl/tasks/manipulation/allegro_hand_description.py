"""What AllegroHand tells about itself."""

import mujoco
import numpy as np

from gymctl.scene.blocks import find_block
from gymctl.tasks.description import Action, Command, Observation, RewardTerm, TaskDescription
from gymctl.tasks.from_model import describe_joints, describe_target
from gymctl.tasks.manipulation.allegro_hand_maths import AllegroHandConstants

HAND, OBJECT = "allegro_mount", "object"
NUM_DOFS = 16
GOAL_POS = (0.0, -0.2, 0.52)
"""Where the cube should be [m]: 4 cm below its start."""
_XYZ, _QUAT = ("x", "y", "z"), ("qx", "qy", "qz", "qw")
_GOALS = tuple(f"goal {element}" for element in (*_XYZ, *_QUAT))


def describe(
    model: mujoco.MjModel, constants: AllegroHandConstants, episode_steps: int, *, relative: bool
) -> TaskDescription | None:
    """What the task tells; None with a moving average of actions, which no contract can tell.

    Args:
        model: The compiled model.
        constants: Weights and scales.
        episode_steps: Control steps of an episode that only the time limit ends.
        relative: Whether actions move the drives' targets.
    """
    if not relative and constants.act_moving_average != 1.0:
        return None
    c, hand = constants, find_block(model, HAND)
    names = tuple(model.joint(joint).name for joint in hand.joints.tolist())
    low, high = hand.joint_limits.T
    middle, half = (low + high) / 2, (high - low) / 2
    rest = np.clip(0.0, low, high)
    return TaskDescription(
        base=hand.name,
        observations=(
            Observation(
                "joint position",
                NUM_DOFS,
                "rad",
                scale=tuple((1.0 / half).tolist()),
                offset=tuple(middle.tolist()),
                elements=names,
            ),
            Observation("joint velocity", NUM_DOFS, "rad/s", scale=c.vel_obs_scale, elements=names),
            Observation("drive torque", NUM_DOFS, "N m", scale=c.force_torque_obs_scale, elements=names),
            Observation("object position", 3, "m", "world", OBJECT, elements=_XYZ),
            Observation("object orientation", 4, "", "world", OBJECT, elements=_QUAT),
            Observation("object linear velocity", 3, "m/s", "world", OBJECT, elements=_XYZ),
            Observation("object angular velocity", 3, "rad/s", "world", OBJECT, c.vel_obs_scale, elements=_XYZ),
            Observation("goal position", 3, "m", "world", elements=_GOALS[:3]),
            Observation("goal orientation", 4, "", "world", elements=_GOALS[3:]),
            Observation(
                "rotation from the goal", 4, "", "world", OBJECT, elements=_QUAT, note="orientation × conjugate of goal"
            ),
            Observation("last action", NUM_DOFS, elements=names),
        ),
        actions=tuple(_describe_actions(model, names, middle, half, c, relative=relative)),
        joints=describe_joints(model, hand, rest.tolist()),
        commands=(
            *(Command(name, "m", "world", value, value) for name, value in zip(_GOALS, GOAL_POS, strict=False)),
            *(Command(name, "", "world", -1.0, 1.0) for name in _GOALS[3:]),
        ),
        rewards=(
            RewardTerm("distance", c.dist_reward_scale, "of the cube from the goal [m]"),
            RewardTerm("rotation", c.rot_reward_scale, f"1 / (angle to the goal [rad] + {c.rot_eps:g})"),
            RewardTerm("actions", c.action_penalty_scale, "their squares"),
            RewardTerm("goal", c.reach_goal_bonus, f"where the angle is {c.success_tolerance:g} rad or less"),
            RewardTerm("fall", c.fall_penalty, "where the cube has fallen"),
            *((RewardTerm("too_late", c.fall_penalty / 2, "at the limit"),) if c.max_consecutive_successes else ()),
        ),
        terminations=(f"the cube is {c.fall_dist:g} m from the goal",),
        episode_steps=episode_steps,
    )


def _describe_actions(
    model: mujoco.MjModel,
    names: tuple[str, ...],
    middle: np.ndarray,
    half: np.ndarray,
    constants: AllegroHandConstants,
    *,
    relative: bool,
) -> list[Action]:
    if relative:
        step = constants.dof_speed_scale * constants.dt
        return [describe_target(model, name, scale=step, increment=True) for name in names]
    return [
        describe_target(model, name, scale=float(scale), offset=float(offset))
        for name, offset, scale in zip(names, middle, half, strict=True)
    ]
