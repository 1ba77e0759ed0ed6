"""A camera that follows a robot smoothly, from where the model says that it is best looked at."""

import mujoco
import numpy as np

_STIFFNESS = 3.0
"""How quickly the camera takes up a change of speed [1/s]."""
_STEP = 0.02
"""[s]; what the camera's movement is computed in."""


class FollowingCamera:
    """Looks from the direction and distance that MuJoCo's free camera begins with: the model's statistic and visual.

    It follows the centre of mass of the first body with a free joint; without one it stands still. It lags behind only
    while the speed changes (a critically damped second-order filter).

    Args:
        model: The model.
    """

    def __init__(self, model: mujoco.MjModel) -> None:
        self.view = mujoco.MjvCamera()
        mujoco.mjv_defaultFreeCamera(model, self.view)
        free = np.flatnonzero(model.jnt_type == mujoco.mjtJoint.mjJNT_FREE.value)
        self._body: int | None = int(model.jnt_bodyid[free[0]]) if free.size else None
        self._velocity = np.zeros(3)

    def cut(self, data: mujoco.MjData) -> None:
        """Looks at the robot at once, as at an episode's start.

        Args:
            data: Where the robot is, with ``mj_comPos`` done.
        """
        if self._body is not None:
            self.view.lookat[:] = data.subtree_com[self._body]
            self._velocity[:] = 0.0

    def follow(self, data: mujoco.MjData, seconds: float) -> None:
        """Moves on.

        Args:
            data: Where the robot is, with ``mj_comPos`` done.
            seconds: Time since the last call.
        """
        if self._body is None:
            return
        steps = max(1, round(seconds / _STEP))
        dt = seconds / steps
        for _ in range(steps):
            ahead = data.subtree_com[self._body] - self.view.lookat
            self._velocity += _STIFFNESS**2 * dt * ahead
            self.view.lookat[:] += dt * (self._velocity + 2.0 * _STIFFNESS * ahead)
