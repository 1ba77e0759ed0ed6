"""What a video tells of the envs that it shows: time, speed and return, and arrows of velocities."""

import torch
from torch import Tensor

from gymctl.envs.vec_env import VecEnv
from gymctl.policies.motion import ACTUAL, ACTUAL_NAME, COMMANDED, COMMANDED_NAME, MotionReader
from gymctl.rendering.notes import Arrow, Note

_WIDTH = 0.05
"""Of an arrow, in parts of the robot's height."""


class Commentary:
    """Follows the first envs, step by step.

    Args:
        env: The env, which somebody else steps.
        count: How many of its envs are shown.
    """

    def __init__(self, env: VecEnv, count: int) -> None:
        self._env, self._count = env, count
        self._motion = MotionReader(env)
        self._returns = torch.zeros(count, dtype=torch.float64, device=env.rl_device)

    def add(self, reward: Tensor, done: Tensor) -> None:
        """Adds a step: the rewards ``[num_envs]``, and which episodes have ended with it, bool ``[num_envs]``."""
        self._returns += reward[: self._count]
        self._returns.masked_fill_(done[: self._count], 0.0)

    def notes(self) -> list[Note]:
        """What there is to tell now of each env that is shown."""
        motion = self._motion.read(self._count)
        seconds = (self._env.episode_steps[: self._count] * self._env.control_dt).tolist()
        notes = []
        for env, (time, total) in enumerate(zip(seconds, self._returns.tolist(), strict=True)):
            lines, arrows = [("time", f"{time:.1f} s")], []
            if motion is not None:
                is_told = motion.command is not None
                lines.append((f"speed ({ACTUAL_NAME})" if is_told else "speed", f"{motion.speed[env]:.2f} m/s"))
                if motion.command is not None:
                    forward, sideways, turning = motion.command[env]
                    lines += [
                        (f"command ({COMMANDED_NAME})", f"{(forward**2 + sideways**2) ** 0.5:.2f} m/s"),
                        ("", f"{turning:+.2f} rad/s"),
                    ]
                width = _WIDTH * self._motion.height
                arrows = [
                    Arrow(motion.arrows[env, kind, 0], motion.arrows[env, kind, 1], width, colour)
                    for kind, colour in enumerate((COMMANDED, ACTUAL))
                    if motion.has_arrow[env, kind]
                ]
            notes.append(Note((*lines, ("return", f"{total:.1f}")), tuple(arrows)))
        return notes
