"""Turns values of actions into torques of joints, for contracts whose actions say ``by_controller``."""

from typing import Any

import numpy as np


class JointControl:
    """Computes torques once in a control step, from how joints stand and move then.

    Args:
        actions: What the contract says of all actions.
    """

    def __init__(self, actions: list[dict[str, Any]]) -> None:
        self.numbers = [number for number, action in enumerate(actions) if action.get("by_controller")]
        """Those whose torques are computed here."""
        ours = [actions[number] for number in self.numbers]
        self.joints = [action["joint"] for action in ours]
        """Names of their joints, in the same order."""
        self._to_positions = np.array([action["kind"] == "position target" for action in ours], bool)
        self._stiffness, self._damping, self._safety_damping, self._limit = (
            np.array([action[key] or 0.0 for action in ours], float)
            for key in ("stiffness", "damping", "safety_damping", "effort_limit")
        )

    def torques(self, values: np.ndarray, positions: np.ndarray, velocities: np.ndarray) -> np.ndarray:
        """Torques ``[n]`` [N m] of the `joints`.

        Args:
            values: Of all actions, as `controller.Interface.command` gives them.
            positions: Of the `joints` ``[n]`` [rad].
            velocities: ``[n]`` [rad/s].
        """
        values = values[self.numbers]
        wanted = self._stiffness * (values - positions) - self._damping * velocities
        wanted = np.where(self._to_positions, wanted, values).clip(-self._limit, self._limit)
        return (wanted - self._safety_damping * velocities).clip(-self._limit, self._limit)
