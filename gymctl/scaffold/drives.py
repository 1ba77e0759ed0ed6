"""Guesses position drives for a robot's joints, from its own actuators, the joints' limits, and masses."""

from dataclasses import dataclass

import mujoco
import numpy as np

from gymctl.scaffold.robot import Leg, Robot
from gymctl.scaffold.text import number, table
from gymctl.scene.robots import Drive

_METRE = 10.0
"""Stiffness of joints that slide, in that of joints that turn."""


@dataclass(frozen=True)
class Firmness:
    """How firmly drives hold what they move."""

    per_radian: float
    """Stiffness for an effort of 1: at 1, a drive gives all its torque when it is a radian from its target."""
    damping: float
    """Damping for a stiffness of 1 [s]."""
    words: str
    """Where the stiffness comes from."""


COMPLIANT = Firmness(1.0, 1 / 40, "effort / 1 rad")
"""For legs, which meet the ground."""
FIRM = Firmness(4.0, 1 / 15, "effort / 0.25 rad")
"""For arms, which hold their own weight where they are told to."""
_LEG_SHARE = 2.0
"""How many legs carry a robot while it walks."""
_PLACEHOLDER = 20.0
"""A limit of a leg's joint that is larger is no motor's, in parts of the torque that carries the robot sideways."""
_MARGIN = 4.0
"""Effort of a joint of which nothing is known, in parts of what its limb weighs."""
_SMALLEST_EFFORT = 0.1


@dataclass(frozen=True)
class GuessedDrive:
    """A drive, and where its numbers come from."""

    drive: Drive
    effort_source: str
    stiffness_source: str


def guess_drives(robot: Robot, legs: list[Leg], firmness: Firmness = COMPLIANT) -> dict[str, GuessedDrive]:
    """Drives of the joints that have an actuator, or of all if the file has no actuators; by name of the joint."""
    data = robot.data_at(robot.qpos)
    of_legs = {joint for leg in legs for joint in leg.joints}
    return {robot.joint_name(joint): _guess(robot, data, joint, joint in of_legs, firmness) for joint in robot.driven}


def drive_fields(robot: Robot, drives: dict[str, GuessedDrive]) -> dict[str, object]:
    """Fields of the templates: the number of drives, tables of their numbers, and the robot's joint angles."""
    guesses = drives.items()
    angles = ((robot.joint_name(joint), float(robot.qpos[robot.column(joint)])) for joint in robot.joints)
    return {
        "actions": len(drives),
        "stiffness": table(
            6, ((name, number(guess.drive.stiffness), guess.stiffness_source) for name, guess in guesses)
        ),
        "damping": table(6, ((name, number(guess.drive.damping), "") for name, guess in guesses)),
        "effort": table(6, ((name, number(guess.drive.effort), guess.effort_source) for name, guess in guesses)),
        "angles": table(4, ((name, number(round(angle, 3) + 0.0), "") for name, angle in angles)),
    }


def is_position(model: mujoco.MjModel, actuator: int) -> bool:
    """Whether an actuator of the file holds a joint at a target."""
    gain, bias = model.actuator_gainprm[actuator, 0], model.actuator_biasprm[actuator]
    return bool(
        model.actuator_gaintype[actuator] == mujoco.mjtGain.mjGAIN_FIXED
        and model.actuator_biastype[actuator] == mujoco.mjtBias.mjBIAS_AFFINE
        and gain > 0
        and bias[1] < 0
    )


def is_motor(model: mujoco.MjModel, actuator: int) -> bool:
    """Whether an actuator of the file gives a torque in proportion to its control."""
    return bool(
        model.actuator_gaintype[actuator] == mujoco.mjtGain.mjGAIN_FIXED
        and model.actuator_biastype[actuator] == mujoco.mjtBias.mjBIAS_NONE
        and model.actuator_dyntype[actuator] == mujoco.mjtDyn.mjDYN_NONE
    )


def _guess(robot: Robot, data: mujoco.MjData, joint: int, of_leg: bool, firmness: Firmness) -> GuessedDrive:
    model = robot.model
    own = [int(drive) for drive in robot.block.drives if model.actuator_trnid[drive, 0] == joint]
    effort, effort_source = _effort(robot, data, joint, own, of_leg)
    slides = model.jnt_type[joint] == mujoco.mjtJoint.mjJNT_SLIDE
    if own and is_position(model, own[0]):
        gear = model.actuator_gear[own[0], 0] ** 2
        stiffness = float(-model.actuator_biasprm[own[0], 1] * gear)
        damping = float(-model.actuator_biasprm[own[0], 2] * gear)
        source = f"of the file's actuator {model.actuator(own[0]).name!r}"
        if damping <= 0.0 and model.dof_damping[model.jnt_dofadr[joint]] <= 0.0:
            damping = stiffness * firmness.damping
    else:
        stiffness, source = effort * firmness.per_radian * (_METRE if slides else 1.0), firmness.words
        if of_leg and not slides and (needed := _carried(robot, data) / _LEG_SHARE) > stiffness:
            stiffness, source = needed, "from the robot's weight and height"
        damping = stiffness * firmness.damping
    return GuessedDrive(Drive(_rounded(stiffness), _rounded(damping), _rounded(effort)), effort_source, source)


def _effort(robot: Robot, data: mujoco.MjData, joint: int, own: list[int], of_leg: bool) -> tuple[float, str]:
    model = robot.model
    limits = []
    if model.jnt_actfrclimited[joint]:
        limits.append((float(np.abs(model.jnt_actfrcrange[joint]).max()), "limit of the joint"))
    for drive in own:
        gear = abs(float(model.actuator_gear[drive, 0]))
        if model.actuator_forcelimited[drive]:
            limits.append((float(np.abs(model.actuator_forcerange[drive]).max()) * gear, "limit of the actuator"))
        if is_motor(model, drive) and model.actuator_ctrllimited[drive]:
            gain = abs(float(model.actuator_gainprm[drive, 0]))
            limits.append((float(np.abs(model.actuator_ctrlrange[drive]).max()) * gain * gear, "limit of the actuator"))
    limits = [limit for limit in limits if limit[0] > 0.0]
    body = int(model.jnt_bodyid[joint])
    if of_leg:
        carried = _carried(robot, data)
        if limits and min(limits)[0] < _PLACEHOLDER * carried:
            return min(limits)
        told = f"; the file's {min(limits)[0]:g} is more than any leg has" if limits else ""
        return carried / _LEG_SHARE, f"from the robot's weight and height{told}"
    if limits:
        return min(limits)
    arm = float(np.linalg.norm(data.subtree_com[body] - data.xanchor[joint])) + 0.05
    weight = float(model.body_subtreemass[body]) * _gravity(robot)
    return max(_MARGIN * weight * arm, _SMALLEST_EFFORT), "from the limb's weight"


def _carried(robot: Robot, data: mujoco.MjData) -> float:
    """The torque that would hold the robot's weight at a distance of its height [N m]."""
    length = max(float(data.xpos[robot.block.root, 2] - data.xpos[robot.block.bodies, 2].min()), 0.05)
    return robot.mass * _gravity(robot) * length


def _gravity(robot: Robot) -> float:
    return float(np.linalg.norm(robot.model.opt.gravity)) or 9.81


def _rounded(value: float) -> float:
    return float(f"{value:.3g}")
