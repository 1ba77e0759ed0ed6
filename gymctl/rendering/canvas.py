"""One picture of several scenes beside each other, drawn by MuJoCo off-screen."""

import importlib
import math
import os
from collections.abc import Sequence

import mujoco
import numpy as np

from gymctl.core.errors import InputError

_GAP = 2
"""Between two tiles [pixels]."""
_GAP_COLOUR = (0.1, 0.1, 0.1, 1.0)


class Canvas:
    """A drawing surface; scenes are drawn into its tiles, and read all at once.

    Args:
        model: Whose textures and height fields the scenes show.
        width: [pixels].
        height: [pixels].
        graphics: Which OpenGL; see `gymctl.rendering.graphics.choose`.

    Raises:
        InputError: That is larger than this OpenGL draws.
    """

    def __init__(self, model: mujoco.MjModel, width: int, height: int, graphics: str) -> None:
        os.environ["MUJOCO_GL"] = graphics  # MuJoCo reads it again when it looks for OpenGL's functions
        self._gl = importlib.import_module(f"mujoco.{graphics}").GLContext(width, height)
        self._gl.make_current()
        model.vis.global_.offwidth, model.vis.global_.offheight = width, height
        self._context = mujoco.MjrContext(model, mujoco.mjtFontScale.mjFONTSCALE_100.value)
        if (self._context.offWidth, self._context.offHeight) != (width, height):
            self.close()
            raise InputError(f"{graphics} can't draw {width}x{height} pixels", "choose a smaller --video-size")
        mujoco.mjr_setBuffer(mujoco.mjtFramebuffer.mjFB_OFFSCREEN.value, self._context)
        self._whole = mujoco.MjrRect(0, 0, width, height)
        mujoco.mjr_rectangle(self._whole, *_GAP_COLOUR)
        self._pixels = np.empty((height, width, 3), np.uint8)

    def draw(self, scenes: Sequence[mujoco.MjvScene], rectangles: Sequence[mujoco.MjrRect]) -> np.ndarray:
        """Draws scenes into their parts of the picture.

        Args:
            scenes: What to draw.
            rectangles: Where, in OpenGL's coordinates, whose y axis points up.

        Returns:
            Red, green and blue, ``[height, width, 3]`` uint8, the upper row first; the next call reuses it.
        """
        self._gl.make_current()
        for scene, rectangle in zip(scenes, rectangles, strict=True):
            mujoco.mjr_render(rectangle, scene, self._context)
        mujoco.mjr_readPixels(self._pixels, None, self._whole, self._context)
        return self._pixels[::-1]

    def close(self) -> None:
        """Frees what OpenGL holds."""
        self._gl.make_current()
        self._context.free()
        self._gl.free()


def tiles(count: int, width: int, height: int) -> list[mujoco.MjrRect]:
    """Divides a picture into equal tiles, row by row from the upper left, as many columns as rows or one more.

    Args:
        count: Number of tiles.
        width: Of the picture [pixels].
        height: Of the picture [pixels].
    """
    columns = math.ceil(math.sqrt(count))
    rows = math.ceil(count / columns)
    w, h = (width + _GAP) // columns, (height + _GAP) // rows
    places = [divmod(number, columns) for number in range(count)]
    return [mujoco.MjrRect(column * w, height - row * h - (h - _GAP), w - _GAP, h - _GAP) for row, column in places]
