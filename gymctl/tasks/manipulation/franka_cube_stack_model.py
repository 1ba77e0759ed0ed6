"""The model of FrankaCubeStack, and the numbers that belong to it."""

import mujoco

from gymctl.config.config import TaskConfig
from gymctl.scene.contacts import RIGID, time_constant
from gymctl.tasks.base import load_spec

ROBOT, HAND = "panda_link0", "panda_hand"
GRIP, FINGERTIPS = "grip", ("leftfinger_tip", "rightfinger_tip")
"""Sites: between the fingers, and on them."""
NUM_ARM_DOFS, NUM_DOFS = 7, 9
START = (0.0, 0.1963, 0.0, -2.618, 0.0, 2.9416, 0.7854, 0.035, 0.035)
"""Joint positions around which episodes start, and the arm's posture [rad or m]."""
SPEED_LIMITS = (2.175, 2.175, 2.175, 2.175, 2.61, 2.61, 2.61)
"""Of the arm's joints [rad/s]."""
CUBE_A_SIZE, CUBE_B_SIZE = 0.05, 0.07
"""Edges of the cubes: A is stacked on B [m]."""
TABLE_HEIGHT = 1.025
"""Of the table's top [m]."""


def build_spec(config: TaskConfig) -> mujoco.MjSpec:
    """The model, with contacts and limits that hardly give way."""
    spec = load_spec("franka_cube_stack.xml", config)
    spec.option.timestep = config.sim["dt"] / config.substeps
    solref = min(time_constant(spec.option.timestep), 2.0 * spec.option.timestep), 1.0
    for geom in spec.geoms:
        geom.solref, geom.solimp[:3] = solref, RIGID
    for joint in spec.joints:
        joint.solref_limit, joint.solimp_limit[:3] = solref, RIGID
    return spec
