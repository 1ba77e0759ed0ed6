"""This package's own tasks: where their classes are, and what ``gymctl tasks`` tells of them.

The sizes stand in the classes; they are repeated here because importing a class imports PyTorch, which takes seconds.
"""

from typing import NamedTuple


class TaskSummary(NamedTuple):
    """What ``gymctl tasks`` tells of a task's class."""

    observations: int
    states: int
    actions: int
    description: str
    """The first line of its docstring."""


class BuiltIn(NamedTuple):
    """One of this package's tasks."""

    location: str
    """``MODULE:CLASS``."""
    summary: TaskSummary


BUILT_IN = {
    "AllegroHand": BuiltIn(
        "gymctl.tasks.manipulation.allegro_hand:AllegroHand",
        TaskSummary(88, 0, 16, "Turn a cube in a hand with four fingers to one orientation after the other."),
    ),
    "Ant": BuiltIn(
        "gymctl.tasks.locomotion.ant:Ant",
        TaskSummary(60, 0, 8, "Run with a four-legged ant as fast as possible along x."),
    ),
    "Anymal": BuiltIn(
        "gymctl.tasks.locomotion.anymal:Anymal",
        TaskSummary(48, 0, 12, "Walk with the four-legged ANYmal at commanded velocities, on flat ground."),
    ),
    "AnymalTerrain": BuiltIn(
        "gymctl.tasks.locomotion.anymal_terrain:AnymalTerrain",
        TaskSummary(
            188,
            0,
            12,
            "Walk with the four-legged ANYmal at commanded velocities over slopes, stairs and obstacles.",
        ),
    ),
    "BallBalance": BuiltIn(
        "gymctl.tasks.classic.ball_balance:BallBalance",
        TaskSummary(24, 0, 3, "Balance a ball on a tray with three legs."),
    ),
    "Cartpole": BuiltIn(
        "gymctl.tasks.classic.cartpole:Cartpole",
        TaskSummary(4, 0, 1, "Balance a pole on a cart that is pushed along a rail."),
    ),
    "FrankaCabinet": BuiltIn(
        "gymctl.tasks.manipulation.franka_cabinet:FrankaCabinet",
        TaskSummary(23, 0, 9, "Open the drawer of a cabinet with a robot arm."),
    ),
    "FrankaCubeStack": BuiltIn(
        "gymctl.tasks.manipulation.franka_cube_stack:FrankaCubeStack",
        TaskSummary(19, 0, 7, "Put one cube on another with a robot arm."),
    ),
    "Humanoid": BuiltIn(
        "gymctl.tasks.locomotion.humanoid:Humanoid",
        TaskSummary(108, 0, 21, "Run with a humanoid as fast as possible along x."),
    ),
    "HumanoidAMP": BuiltIn(
        "gymctl.tasks.motion.humanoid_amp:HumanoidAMP",
        TaskSummary(105, 0, 28, "Move a humanoid as recorded motions show it."),
    ),
    "Ingenuity": BuiltIn(
        "gymctl.tasks.flying.ingenuity:Ingenuity",
        TaskSummary(13, 0, 6, "Fly the Mars helicopter to changing targets."),
    ),
    "Quadcopter": BuiltIn(
        "gymctl.tasks.flying.quadcopter:Quadcopter",
        TaskSummary(21, 0, 12, "Hover at a point with four rotors that tilt."),
    ),
    "ShadowHand": BuiltIn(
        "gymctl.tasks.manipulation.shadow_hand:ShadowHand",
        TaskSummary(
            211,
            0,
            20,
            "Turn a cube, an egg or a pen in a hand like a human's to one orientation after the other.",
        ),
    ),
    "Trifinger": BuiltIn(
        "gymctl.tasks.manipulation.trifinger:Trifinger",
        TaskSummary(41, 113, 9, "Move a cube to a pose with three fingers, on a table or above it."),
    ),
}
"""By the ``name:`` of their YAML."""

_OPENAI = BUILT_IN["ShadowHand"].summary._replace(observations=42, states=211)
VARIANTS = {"ShadowHandOpenAI_FF": _OPENAI, "ShadowHandOpenAI_LSTM": _OPENAI}
"""What is told of YAMLs that change a task's sizes, by their own names."""
