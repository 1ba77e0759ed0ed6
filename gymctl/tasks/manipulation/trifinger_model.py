"""The model of Trifinger, its settings, and what the task tells about itself."""

from dataclasses import dataclass, replace
from itertools import accumulate
from typing import Any, NamedTuple

import mujoco

from gymctl.config.config import TaskConfig
from gymctl.core.errors import InputError, suggest
from gymctl.scene.blocks import find_block
from gymctl.scene.contacts import harden
from gymctl.tasks.base import load_spec
from gymctl.tasks.description import Action, Command, Numbers, Observation, RewardTerm, TaskDescription
from gymctl.tasks.from_model import describe_joints
from gymctl.tasks.manipulation.hand_description import GOALS, QUAT, XYZ, describe_forces, describe_tips
from gymctl.tasks.manipulation.trifinger_maths import (
    DAMPING,
    FARTHEST,
    HIGHEST_GOAL,
    MAX_SPEED,
    MAX_TORQUE,
    NUM_DOFS,
    RADIUS,
    SAFETY_DAMPING,
    SIZE,
    START,
    STIFFNESS,
    Ends,
    TrifingerConstants,
    action_ends,
    observation_ends,
)

ROBOT, OBJECT = "robot", "object"
TIPS = tuple(f"finger_tip_link_{finger}" for finger in ("0", "120", "240"))
"""Bodies of the fingertips; each has a site of its name."""
_COMMAND_MODES = "torque", "position"
_STARTS = "default", "random"


class Goals(NamedTuple):
    """Where a difficulty wants the cube."""

    heights: tuple[float, float]
    """Of its centre [m]."""
    random_place: bool = True
    """Anywhere in the arena; else in its middle."""
    turned: str = ""
    """``about z``, ``any way``, or not at all."""


_ON_THE_TABLE = SIZE / 2.0, SIZE / 2.0
DIFFICULTIES = {
    -1: Goals(_ON_THE_TABLE, turned="about z"),
    1: Goals(_ON_THE_TABLE),
    2: Goals((SIZE / 2.0 + 0.05, SIZE / 2.0 + 0.05), random_place=False),
    3: Goals((SIZE / 2.0, HIGHEST_GOAL)),
    4: Goals((RADIUS, HIGHEST_GOAL), turned="any way"),
}
"""By ``task_difficulty``."""


@dataclass(frozen=True)
class TrifingerSettings:
    """What the config chooses; see `from_config` for the YAML's keys."""

    goals: Goals
    commands_positions: bool
    """Whether actions are positions of the joints; else they are torques."""
    normalised_actions: bool
    """Whether actions from -1 to 1 mean all that is possible; else they are in N m or rad."""
    normalised_observations: bool
    safety_damping: bool
    """Whether torques are less for fast joints."""
    has_critic: bool
    """Whether the critic sees 113 numbers."""
    feels_torques: bool
    """Whether it sees torques of the joints; Isaac Gym gave it zeros."""
    pos_noise: float
    """How far joints start from their start, at most [rad]."""
    vel_noise: float
    """How fast, at most [rad/s]."""
    random_cube: bool
    """Whether the cube starts anywhere; else in the middle."""

    @classmethod
    def from_config(cls, config: TaskConfig) -> "TrifingerSettings":
        """Reads IsaacGymEnvs' keys from the ``task:`` part of the config.

        Raises:
            InputError: A value is none that there is.
        """
        env, starts = config.env, config.env["reset_distribution"]
        robot, cube = starts["robot_initial_state"], starts["object_initial_state"]
        _check("command_mode", env["command_mode"], _COMMAND_MODES)
        _check("reset_distribution.robot_initial_state.type", robot["type"], _STARTS)
        _check("reset_distribution.object_initial_state.type", cube["type"], _STARTS)
        _check("task_difficulty", env["task_difficulty"], tuple(DIFFICULTIES))
        return cls(
            goals=DIFFICULTIES[env["task_difficulty"]],
            commands_positions=env["command_mode"] == "position",
            normalised_actions=env["normalize_action"],
            normalised_observations=env["normalize_obs"],
            safety_damping=env["apply_safety_damping"],
            has_critic=env["asymmetric_obs"],
            feels_torques=config.physics == "fast",
            pos_noise=robot["dof_pos_stddev"] if robot["type"] == "random" else 0.0,
            vel_noise=robot["dof_vel_stddev"] if robot["type"] == "random" else 0.0,
            random_cube=cube["type"] == "random",
        )

    def action_ends(self) -> tuple[Ends, Ends]:
        """What actions -1 and 1 command, of 9 [N m or rad]."""
        return action_ends("position" if self.commands_positions else "torque")

    def observation_ends(self) -> tuple[Ends, Ends]:
        """What is -1 and what is 1 in observations, of 41."""
        ones = NUM_DOFS * (-1.0,), NUM_DOFS * (1.0,)
        return observation_ends(ones if self.normalised_actions else self.action_ends())


def _check(key: str, value: Any, known: tuple[Any, ...]) -> None:
    if value not in known or isinstance(value, bool):
        names = tuple(map(str, known))
        raise InputError(
            f"task.env.{key} can't be {value!r}", suggest(str(value), names) or f"take one of {', '.join(names)}"
        )


def build_spec(config: TaskConfig) -> mujoco.MjSpec:
    """The model, with contacts as hard as its timestep allows."""
    spec = load_spec("trifinger.xml", config)
    harden(spec)
    return spec


def describe(
    model: mujoco.MjModel,
    settings: TrifingerSettings,
    constants: TrifingerConstants,
    episode_steps: int,
    timesteps: int,
) -> TaskDescription:
    """What the task tells about itself.

    Args:
        model: The compiled model.
        settings: What the config chooses.
        constants: Weights and tolerances.
        episode_steps: Control steps of an episode that only the time limit ends.
        timesteps: Over how many of MuJoCo's timesteps accelerations are means.
    """
    joints = describe_joints(model, find_block(model, ROBOT), START, NUM_DOFS * [MAX_SPEED])
    names = tuple(joint.name for joint in joints)
    ends = settings.observation_ends() if settings.normalised_observations else None
    critic = _describe_states(names, timesteps) if settings.has_critic else ()
    return TaskDescription(
        base=ROBOT,
        observations=_describe_observations(names, ends),
        states=(*_describe_observations(names, None), *critic),
        actions=_describe_actions(names, settings),
        joints=joints,
        commands=_describe_goals(settings.goals),
        rewards=_describe_rewards(constants),
        episode_steps=episode_steps,
    )


def _describe_observations(joints: tuple[str, ...], ends: tuple[Ends, Ends] | None) -> tuple[Observation, ...]:
    """The 41 that the policy sees, and first the critic.

    Args:
        joints: Their names.
        ends: What is -1 and what is 1; None where they aren't normalised.
    """
    parts = (
        Observation("joint position", NUM_DOFS, "rad", elements=joints),
        Observation("joint velocity", NUM_DOFS, "rad/s", elements=joints),
        Observation("object position", 3, "m", "world", OBJECT, elements=XYZ),
        Observation("object orientation", 4, "", "world", OBJECT, elements=QUAT),
        Observation("goal position", 3, "m", "world", elements=GOALS[:3]),
        Observation("goal orientation", 4, "", "world", elements=GOALS[3:]),
        Observation("last action", NUM_DOFS, elements=joints),
    )
    if ends is None:
        return parts
    spans, starts = list(zip(*ends, strict=True)), accumulate((part.size for part in parts), initial=0)
    return tuple(
        replace(
            part,
            scale=_shortest([2.0 / (high - low) for low, high in spans[start : start + part.size]]),
            offset=_shortest([(high + low) / 2.0 for low, high in spans[start : start + part.size]]),
        )
        for part, start in zip(parts, starts, strict=False)
    )


def _shortest(numbers: list[float]) -> Numbers:
    """One number for all elements, where that is enough."""
    return numbers[0] if len(set(numbers)) == 1 else tuple(numbers)


def _describe_states(joints: tuple[str, ...], timesteps: int) -> tuple[Observation, ...]:
    return (
        Observation("object linear velocity", 3, "m/s", "world", OBJECT, elements=XYZ),
        Observation("object angular velocity", 3, "rad/s", "world", OBJECT, elements=XYZ),
        describe_tips("fingertip state", TIPS),
        Observation("drive torque", NUM_DOFS, "N m", elements=joints),
        describe_forces(TIPS, 1.0, timesteps),
    )


def _describe_actions(joints: tuple[str, ...], settings: TrifingerSettings) -> tuple[Action, ...]:
    low, high = settings.action_ends()
    positions = settings.commands_positions
    return tuple(
        Action(
            name,
            "position target" if positions else "torque",
            "rad" if positions else "N m",
            name,
            name,
            scale=(high[i] - low[i]) / 2.0 if settings.normalised_actions else 1.0,
            offset=(high[i] + low[i]) / 2.0 if settings.normalised_actions else 0.0,
            limits=None if positions else (-MAX_TORQUE, MAX_TORQUE),
            stiffness=STIFFNESS if positions else None,
            damping=DAMPING[i] if positions else None,
            effort_limit=MAX_TORQUE,
            by_controller=True,
            safety_damping=SAFETY_DAMPING[i] if settings.safety_damping else 0.0,
        )
        for i, name in enumerate(joints)
    )


def _describe_goals(goals: Goals) -> tuple[Command, ...]:
    far = FARTHEST if goals.random_place else 0.0
    turns = {"": 2 * [0.0] + [0.0, 1.0], "about z": [0.0, 0.0, None, None], "any way": 4 * [None]}[goals.turned]
    ranges = [(-far, far), (-far, far), goals.heights, *((-1.0, 1.0) if x is None else (x, x) for x in turns)]
    units = 3 * ["m"] + 4 * [""]
    return tuple(
        Command(name, unit, "world", low, high) for name, unit, (low, high) in zip(GOALS, units, ranges, strict=True)
    )


def _describe_rewards(c: TrifingerConstants) -> tuple[RewardTerm, ...]:
    near = "1 / (exp(x) + 2 + exp(-x)), x = {} × {} [m]".format
    pose = (
        (RewardTerm("corners", c.object_dist_weight * c.dt, near(30, "a corner's distance") + ", mean of 8"),)
        if c.use_keypoints
        else (
            RewardTerm("distance", c.object_dist_weight * c.dt, near(50, "the cube's distance")),
            RewardTerm("rotation", c.object_rot_weight * c.dt, "1 / (3 × angle to the goal [rad] + 0.01)"),
        )
    )
    until = f"in the first {c.schedule_end_env_steps:.0e} control steps of all envs together".replace("e+0", "e")
    return (
        RewardTerm("finger speed", c.finger_move_penalty_weight, "of the tips [m/s], squared, added up"),
        RewardTerm("approach", c.finger_reach_object_weight, f"how far tips went from the cube [m], added up; {until}"),
        *pose,
    )
