"""Guesses what a task of reaching, or a blank task, needs to know of a robot."""

from dataclasses import replace

import mujoco
import numpy as np

from gymctl.core.errors import InputError
from gymctl.scaffold.drives import COMPLIANT, FIRM, GuessedDrive, drive_fields, guess_drives
from gymctl.scaffold.posture import place
from gymctl.scaffold.robot import Robot, find_legs
from gymctl.scaffold.text import number, numbers, quoted

_SAMPLES = 500
_REACHED = 1 / 12
"""Distance at which a target counts as nearly reached, in parts of how far the hand gets from the base."""


def guess_reach(robot: Robot) -> tuple[Robot, dict[str, object]]:
    """The arm in the pose in which it starts, and fields of the templates.

    Raises:
        InputError: Its base isn't fixed.
    """
    if robot.is_free:
        raise InputError(
            "the robot's base is free, and a task of reaching needs a fixed one", "take --kind walk or blank"
        )
    robot = _rested(robot)
    drives = guess_drives(robot, [], FIRM)
    hand = find_hand(robot)
    point = _tip(robot, hand)
    return robot, {
        **_common(robot, drives),
        "observations": 9 + 3 * len(drives),
        "hand": quoted(robot.body_name(hand)),
        "hand_text": robot.body_name(hand).replace("\\", ""),
        "hand_point": numbers(point),
        "reached": number(round(_REACHED * _span(robot, hand), 3)),
    }


def guess_blank(robot: Robot) -> tuple[Robot, dict[str, object]]:
    """The robot in the pose in which it starts, and fields of the templates."""
    if robot.is_free:
        placed, height = place(robot, robot.qpos)
        robot = replace(robot, qpos=placed)
        drives = guess_drives(robot, find_legs(robot), COMPLIANT)
        w, x, y, z = robot.qpos[robot.block.root_quat]
        root = {
            "observed": "10 of the root, two for each joint, one for each drive",
            "observed_sentence": "Height, velocities and gravity in the root's frame, joints and actions",
            "root_lines": ("        root = self.robot.root_state(qpos, qvel)\n        base = base_motion(root)\n"),
            "root_parts": (
                "                root.pos[:, 2:],\n"
                "                base.lin_vel,\n"
                "                base.ang_vel,\n"
                "                base.gravity,\n"
            ),
            "root_described": (
                '                Observation("base height", 1, "m", "world", robot.name),\n'
                '                Observation("base linear velocity", 3, "m/s", "body", robot.name),\n'
                '                Observation("base angular velocity", 3, "rad/s", "body", robot.name),\n'
                '                Observation("gravity direction", 3, "", "body", robot.name),\n'
            ),
            "root_import": "from gymctl.tasks.locomotion.legged_robot import base_motion\n",
            "root_start": '        self.start = torch.tensor([env["start"]], device=sim.device)\n',
            "root_reset": (
                "        root = self.start.repeat(n, 1)\n"
                '        self.sim.put("qpos", root, ids, self.robot.root_qpos)\n'
            ),
            "start_height_lines": (
                "\n"
                "  # Of the root: x, y, z [m], and its quaternion w, x, y, z\n"
                f"  start: {numbers((0.0, 0.0, 1.02 * height, w, x, y, z))}\n"
            ),
            "root_size": 10,
        }
    else:
        robot = _rested(robot)
        drives = guess_drives(robot, [], FIRM)
        root = {
            "observed": "two for each joint, one for each drive",
            "observed_sentence": "Joints and actions",
            "root_lines": "",
            "root_parts": "",
            "root_reset": "",
            "root_described": "",
            "root_import": "",
            "root_start": "",
            "start_height_lines": "",
            "root_size": 0,
        }
    size = int(str(root["root_size"])) + 2 * len(robot.joints) + len(drives)
    return robot, {**_common(robot, drives), **root, "observations": size}


def find_hand(robot: Robot) -> int:
    """The last body: the one with most joints above it; of several, as of fingers, the last one that they share."""
    model = robot.model
    chains = {}
    for body in robot.block.bodies.tolist():
        chain, above = [body], body
        while above != robot.block.root:
            above = int(model.body_parentid[above])
            chain.insert(0, above)
        chains[body] = chain
    depth = {body: sum(int(model.body_jntnum[link]) for link in chain) for body, chain in chains.items()}
    deepest = [chains[body] for body, joints in depth.items() if joints == max(depth.values())]
    ends = [chain for chain in deepest if not any(chain[-1] in other[:-1] for other in deepest)]
    shared = ends[0]
    for chain in ends[1:]:
        shared = [one for one, other in zip(shared, chain, strict=False) if one == other]
    return shared[-1]


def _common(robot: Robot, drives: dict[str, GuessedDrive]) -> dict[str, object]:
    source = f"of the keyframe {robot.key!r}" if robot.key is not None else "the middle of each joint's range"
    return {
        **drive_fields(robot, drives),
        "pose_source": source if not robot.is_free or robot.key is not None else "as in the file",
    }


def _rested(robot: Robot) -> Robot:
    """With each joint that has limits in their middle, unless a keyframe has a pose."""
    if robot.key is not None:
        return robot
    qpos = robot.qpos.copy()
    for joint in robot.joints:
        if robot.model.jnt_limited[joint]:
            qpos[robot.column(joint)] = robot.model.jnt_range[joint].mean()
    return replace(robot, qpos=qpos)


def _tip(robot: Robot, hand: int) -> np.ndarray:
    """The middle of the hand's shapes, in its frame; its origin if it has none ``[3]`` [m]."""
    geoms = np.flatnonzero(robot.model.geom_bodyid == hand)
    return robot.model.geom_pos[geoms].mean(axis=0) if len(geoms) else np.zeros(3)


def _span(robot: Robot, hand: int) -> float:
    """How far the hand gets from the base [m]."""
    model, data, generator = robot.model, mujoco.MjData(robot.model), np.random.default_rng(0)
    farthest = 0.0
    for _ in range(_SAMPLES):
        for joint in robot.joints:
            low, high = model.jnt_range[joint] if model.jnt_limited[joint] else (-np.pi, np.pi)
            data.qpos[robot.column(joint)] = generator.uniform(low, high)
        mujoco.mj_kinematics(model, data)
        farthest = max(farthest, float(np.linalg.norm(data.xpos[hand] - data.xpos[robot.block.root])))
    return max(farthest, 0.05)
