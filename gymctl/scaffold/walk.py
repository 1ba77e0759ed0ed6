"""Guesses what a walking task needs to know of a robot: its pose, drives, gait, commands, and what a fall is."""

import math
from dataclasses import replace

import mujoco
import numpy as np

from gymctl.core.errors import InputError
from gymctl.core.words import counted
from gymctl.scaffold.drives import drive_fields, guess_drives
from gymctl.scaffold.posture import find_posture
from gymctl.scaffold.robot import Leg, Robot, collides, find_legs
from gymctl.scaffold.text import number, numbers, quoted, table

_GRAVITY = 9.81
_STRIDE = 2.8
"""Time of a stride, in units of what a pendulum as long as the legs needs for a radian."""
_ON_TWO = 2
"""Robots with so many legs, or fewer, have to balance."""


def guess_walk(robot: Robot, spec: mujoco.MjSpec) -> tuple[Robot, dict[str, object]]:
    """The robot in the pose that it walks from, and fields of the templates.

    Args:
        robot: The robot.
        spec: Its model, to be changed.

    Raises:
        InputError: It has no legs.
    """
    if not find_legs(robot):
        raise InputError(
            "the robot has no legs: no limb with joints ends where it touches the ground", "take --kind blank"
        )
    posture = find_posture(robot, spec)
    robot = replace(robot, qpos=posture.qpos)
    legs = find_legs(robot)
    drives = guess_drives(robot, legs)
    balances = len(legs) <= _ON_TWO
    height = posture.height
    stride = math.sqrt(height / _GRAVITY) * _STRIDE
    speed = math.sqrt(height * _GRAVITY) * (0.3 if balances else 0.55)
    swing = height * (0.1 if balances else 0.22)
    fields: dict[str, object] = {
        "observations": 14 + 3 * len(drives),
        **drive_fields(robot, drives),
        "pose_source": posture.source,
        "stands": "it stands by itself in it" if posture.stands else "it falls in it unless the policy balances",
        "height": number(round(height, 3)),
        "start_height": number(round(1.02 * height, 3)),
        "start_quat": _start_quat(robot),
        "forward": number(round(speed, 1)),
        "backward": number(-round(speed / 2, 1)),
        "sideways": number(round(0.4 * speed, 1)),
        "turning": number(0.6 if balances else 1.0),
        "period": number(round(stride, 2)),
        "stance": number(0.6 if balances else 0.55),
        "swing": number(round(swing, 3)),
        "feet": _feet(robot, legs),
        "limbs": _names(robot, _limbs(robot, legs)),
        "fall_height": number(round(0.55 * height, 3)),
        "upright": number(0.7 if balances else 0.5),
        "trunk": _names(robot, [robot.block.root] if collides(robot.model, robot.block.root) else []),
        "legs": counted(len(legs), "leg"),
        "feet_named": ", ".join(quoted(robot.body_name(leg.foot)) for leg in legs),
        "balances": balances,
        "orientation": number(-2.0),
        "alive": number(0.5 if balances else 0.0),
    }
    return robot, fields


def _start_quat(robot: Robot) -> str:
    w, x, y, z = robot.qpos[robot.block.root_quat]
    return numbers((x, y, z, w))


def _feet(robot: Robot, legs: list[Leg]) -> str:
    phases = _phases(robot, legs)
    rows = [
        (robot.body_name(leg.foot), f"{{phase: {number(phase)}, point: {numbers(leg.point)}}}", "")
        for leg, phase in zip(legs, phases, strict=True)
    ]
    return table(6, rows)


def _phases(robot: Robot, legs: list[Leg]) -> list[float]:
    """Neighbours around the trunk step in turn: a trot on four legs, three and three on six, left and right on two."""
    data = robot.data_at(robot.qpos)
    around = [
        math.atan2(*(data.xpos[leg.foot] - data.xpos[robot.block.root])[[1, 0]])
        if np.linalg.norm((data.xpos[leg.foot] - data.xpos[robot.block.root])[:2]) > 0.0
        else 0.0
        for leg in legs
    ]
    order = np.argsort(np.argsort(around))
    if len(legs) % 2 == 0:
        return [0.5 * (int(place) % 2) for place in order]
    return [round(int(place) / len(legs), 3) for place in order]


def _limbs(robot: Robot, legs: list[Leg]) -> list[int]:
    """Bodies of the legs, and what is welded to them, that can touch something; without feet."""
    model, feet = robot.model, {leg.foot for leg in legs}
    moved = {int(model.body_weldid[model.jnt_bodyid[joint]]) for leg in legs for joint in leg.joints}
    moved.discard(int(model.body_weldid[robot.block.root]))
    return [
        int(body)
        for body in robot.block.bodies
        if int(model.body_weldid[body]) in moved and int(body) not in feet and collides(model, int(body))
    ]


def _names(robot: Robot, bodies: list[int]) -> str:
    return f"[{', '.join(quoted(robot.body_name(body)) for body in bodies)}]"
