"""What is written and drawn over the picture of a world: lines of text, and arrows."""

from dataclasses import dataclass

import mujoco
import numpy as np

_SMALLEST = 200, 110
"""Width and height of a tile below which text would hide the robot [pixels]."""


@dataclass(frozen=True)
class Arrow:
    """An arrow in the world."""

    start: np.ndarray
    """``[3]`` [m]."""
    end: np.ndarray
    """``[3]`` [m]."""
    width: float
    """Of the shaft [m]."""
    colour: tuple[float, float, float]
    """rgb from 0 to 1."""


@dataclass(frozen=True)
class Note:
    """What a picture tells beside the robot."""

    lines: tuple[tuple[str, str], ...] = ()
    """Names and values, plain ASCII."""
    arrows: tuple[Arrow, ...] = ()


def columns(note: Note, tile: mujoco.MjrRect) -> tuple[str, str]:
    """The text's two columns; empty where the tile is too small for it."""
    if not note.lines or tile.width < _SMALLEST[0] or tile.height < _SMALLEST[1]:
        return "", ""
    names, values = zip(*note.lines, strict=True)
    return "\n".join(names), "\n".join(values)


def add_arrow(scene: mujoco.MjvScene, arrow: Arrow) -> None:
    """Puts an arrow into a scene, if there is room in it."""
    if scene.ngeom >= scene.maxgeom:
        return
    geom = scene.geoms[scene.ngeom]
    rgba = np.array([*arrow.colour, 1.0], np.float32)
    kind = mujoco.mjtGeom.mjGEOM_ARROW.value
    mujoco.mjv_initGeom(geom, kind, np.zeros(3), np.zeros(3), np.zeros(9), rgba)
    mujoco.mjv_connector(geom, kind, arrow.width, arrow.start, arrow.end)
    scene.ngeom += 1
