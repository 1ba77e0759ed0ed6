"""Rendering of all envs for Gymnasium: OpenGL is opened for the first frame, and cameras follow the episodes."""

import functools

import numpy as np

from gymctl.core.errors import InputError
from gymctl.envs.vec_env import VecEnv
from gymctl.rendering import graphics
from gymctl.rendering.renderer import Renderer

RENDER_MODES = ["rgb_array"]
_LONGEST_SIDE = 4096
"""Of a frame [pixels]."""


def check_render_settings(render_mode: str | None, width: int, height: int) -> None:
    """Checks the arguments of Gymnasium's ``make`` that concern rendering.

    Raises:
        InputError: The mode is none of `RENDER_MODES` or None, or there are no frames of that size [pixels].
    """
    if render_mode is not None and render_mode not in RENDER_MODES:
        raise InputError(f"render_mode can't be {render_mode!r}", 'give "rgb_array", or leave render_mode out')
    for name, pixels in (("width", width), ("height", height)):
        if not (isinstance(pixels, int) and 1 <= pixels <= _LONGEST_SIDE):
            raise InputError(f"{name} can't be {pixels!r}", f"give a whole number from 1 to {_LONGEST_SIDE} [pixels]")


class EnvRenderer:
    """Draws every env of a `VecEnv`. Nothing is opened or allocated for it before the first frame.

    Args:
        env: The env. It is only read.
        width: Of a frame [pixels].
        height: Of a frame [pixels].
    """

    def __init__(self, env: VecEnv, width: int, height: int) -> None:
        self._env = env
        self._size = width, height
        self._renderer: Renderer | None = None
        self._steps = 0  # since the last frame
        self._running = np.zeros(env.num_envs, bool)  # episodes that the last frame shows and that still go on

    def on_step(self) -> None:
        """Counts a control step of the env."""
        self._steps += 1

    def on_reset(self, mask: np.ndarray) -> None:
        """Lets the cameras jump to the new episodes of some envs (bool ``[num_envs]``) in the next frame."""
        self._running &= ~mask

    def render(self) -> tuple[np.ndarray, ...]:
        """Draws the present state of every env.

        Returns:
            ``num_envs`` new arrays ``[height, width, 3]`` uint8.

        Raises:
            BackendError: No OpenGL works here; the error says what to install.
            InputError: The frame is larger than this OpenGL can draw.
        """
        if self._renderer is None:
            self._renderer = Renderer(self._env.sim, self._env.num_envs, *self._size, _choose_opengl())
        frames = self._renderer.draw_each(self._steps * self._env.control_dt, self._running.tolist())
        self._steps = 0
        self._running[:] = True
        return tuple(frames)

    def close(self) -> None:
        """Frees OpenGL, if a frame was drawn."""
        if self._renderer is not None:
            self._renderer.close()
            self._renderer = None


@functools.cache
def _choose_opengl() -> str:
    """Tries OpenGL out once in a process, because it takes about a second."""
    return graphics.choose()
