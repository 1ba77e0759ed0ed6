"""An off-screen drawing surface in OpenGL, on which MuJoCo draws one or several scenes."""

import importlib
import math
import os
from collections.abc import Sequence

import mujoco
import numpy as np

from gymctl.core.errors import InputError

_GAP = 2
"""Distance between two tiles [pixels]."""
_GAP_COLOUR = (0.1, 0.1, 0.1, 1.0)
_TEXT = mujoco.mjtFont.mjFONT_NORMAL.value, mujoco.mjtGridPos.mjGRID_TOPLEFT.value
"""How a scene's text looks, and where it stands."""


class Canvas:
    """A picture into whose tiles scenes are drawn, in an OpenGL context of its own.

    Args:
        model: The model whose textures and height fields the scenes show. Its off-screen size and samples are set.
        width: [pixels].
        height: [pixels].
        graphics: The OpenGL to use; see `gymctl.rendering.graphics.choose`.

    Raises:
        InputError: The picture is larger than this OpenGL can draw.
    """

    def __init__(self, model: mujoco.MjModel, width: int, height: int, graphics: str) -> None:
        os.environ["MUJOCO_GL"] = graphics  # MuJoCo reads it again when it looks for OpenGL's functions
        self._gl = importlib.import_module(f"mujoco.{graphics}").GLContext(width, height)
        self._gl.make_current()
        model.vis.global_.offwidth, model.vis.global_.offheight = width, height
        model.vis.quality.offsamples = 0  # without a GPU, multisampling takes more time than all the rest
        try:
            self._context = mujoco.MjrContext(model, mujoco.mjtFontScale.mjFONTSCALE_100.value)
        except mujoco.FatalError as error:
            self._gl.free()
            reason = f"{graphics} can't draw {width}x{height} pixels: {error}"
            raise InputError(reason, "ask for a smaller picture") from None
        if (self._context.offWidth, self._context.offHeight) != (width, height):
            self.close()
            raise InputError(f"{graphics} can't draw {width}x{height} pixels", "ask for a smaller picture")
        mujoco.mjr_setBuffer(mujoco.mjtFramebuffer.mjFB_OFFSCREEN.value, self._context)
        self._whole = mujoco.MjrRect(0, 0, width, height)
        mujoco.mjr_rectangle(self._whole, *_GAP_COLOUR)
        self._pixels = np.empty((height, width, 3), np.uint8)

    def draw(
        self,
        scenes: Sequence[mujoco.MjvScene],
        rectangles: Sequence[mujoco.MjrRect],
        texts: Sequence[tuple[str, str]] = (),
    ) -> np.ndarray:
        """Draws scenes into their parts of the picture.

        Args:
            scenes: The scenes.
            rectangles: The part of the picture for each scene, in OpenGL's coordinates, whose y axis points up.
            texts: What stands in the upper left corner of each, in two columns.

        Returns:
            The whole picture in red, green and blue, ``[height, width, 3]`` uint8, top row first. The next call
            overwrites it.
        """
        self._gl.make_current()
        for scene, rectangle, text in zip(scenes, rectangles, texts or [("", "")] * len(scenes), strict=True):
            mujoco.mjr_render(rectangle, scene, self._context)
            if any(text):
                mujoco.mjr_overlay(*_TEXT, rectangle, *text, self._context)
        mujoco.mjr_readPixels(self._pixels, None, self._whole, self._context)
        return self._pixels[::-1]

    def close(self) -> None:
        """Frees the OpenGL context."""
        self._gl.make_current()
        self._context.free()
        self._gl.free()


def tiles(count: int, width: int, height: int) -> list[mujoco.MjrRect]:
    """Divides a picture into equal tiles, row by row from the upper left, with as many columns as rows or one more.

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
