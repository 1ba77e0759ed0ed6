"""The rewards of gymctl's tasks in plain NumPy, to compare returns; a robot needs none of this."""

from collections.abc import Callable
from typing import Any

import numpy as np
from readers import read
from sensors import Sensors

Outcome = tuple[float, bool]
"""The reward of a step, and whether the episode has failed in it."""


def weights(contract: dict[str, Any]) -> dict[str, float]:
    """The weights of the reward's terms, by name."""
    return {term["name"]: term["weight"] for term in contract["rewards"]}


def cartpole(s: Sensors, contract: dict[str, Any], action: np.ndarray) -> Outcome:
    """1 for an upright pole, less for its angle and for speeds."""
    w, (pos, angle), (vel, turn) = weights(contract), s.data.qpos, np.abs(s.data.qvel)
    if abs(pos) > 3.0 or abs(angle) > np.pi / 2:
        return w["lost"], True
    return w["upright"] + w["pole angle"] * angle**2 + w["cart speed"] * vel + w["pole speed"] * turn, False


def ball_balance(s: Sensors, contract: dict[str, Any], action: np.ndarray) -> Outcome:
    """For a ball near its target and slow."""
    ball, target = s.data.joint("ball"), [s.commands[f"ball target {axis}"] for axis in "xyz"]
    distance, speed = np.linalg.norm(ball.qpos[:3] - target), np.linalg.norm(ball.qvel[:3])
    return 1.0 / ((1.0 + distance) * (1.0 + speed)), ball.qpos[2] < 0.15


def copter(max_distance: float, min_height: float) -> Callable[..., Outcome]:
    """For being near the target, level and still."""

    def reward(s: Sensors, contract: dict[str, Any], action: np.ndarray) -> Outcome:
        w, distance, quat = weights(contract), np.linalg.norm(s.way), s.data.qpos[3:7]
        tilt, spin = 2.0 * (quat[1] ** 2 + quat[2] ** 2), (s.matrix @ s.ang_vel)[2]
        level, still = w["level"] / (1.0 + tilt**2), w["still"] / (1.0 + spin**2)
        near = w["near"] / (1.0 + distance**2)
        return near * (1.0 + level + still), distance > max_distance or s.pos[2] < min_height

    return reward


def locomotion(min_height: float, at_limit: Callable[[np.ndarray], np.ndarray]) -> Callable[..., Outcome]:
    """For speed towards the target, upright and headed right, less costs."""

    def reward(s: Sensors, contract: dict[str, Any], action: np.ndarray) -> Outcome:
        w, parts = weights(contract), {part["name"]: part for part in contract["observations"]}
        if s.pos[2] < min_height:
            return w["fallen"], True
        gears = np.array([a["scale"] for a in contract["actions"]])
        gears /= gears.max()
        position, velocity = parts["joint position"], parts["joint velocity"]
        scaled = (np.array(read(s, position)) - position["offset"]) * position["scale"]
        heading = read(s, parts["heading projection"])
        before = np.hypot(*(s.way[:2] + s.moved[:2]))
        return (
            w["progress"] * (before - np.hypot(*s.way[:2])) / contract["time"]["physics_dt"]
            + w["alive"]
            + w["up"] * (s.matrix[2, 2] > 0.93)
            + w["heading"] * min(heading / 0.8, 1.0)
            + w["actions"] * np.sum(action**2)
            + w["energy"] * np.abs(action * np.array(read(s, velocity)) * velocity["scale"]) @ gears
            + w["joints at limit"] * at_limit(scaled) @ gears
        ), False

    return reward


REWARDS: dict[str, Callable[[Sensors, dict[str, Any], np.ndarray], Outcome]] = {
    "Ant": locomotion(0.31, lambda scaled: (scaled > 0.99).astype(float)),
    "BallBalance": ball_balance,
    "Cartpole": cartpole,
    "Humanoid": locomotion(0.8, lambda scaled: np.maximum(np.abs(scaled) - 0.98, 0.0) / 0.02),
    "Ingenuity": copter(8.0, 0.5),
    "Quadcopter": copter(3.0, 0.3),
}
"""By the task's name."""
