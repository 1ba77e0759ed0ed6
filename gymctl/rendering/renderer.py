"""An off-screen renderer for the worlds of a simulation: all in one tiled picture, or a picture of each."""

from collections.abc import Sequence

import numpy as np

from gymctl.rendering.canvas import Canvas, tiles
from gymctl.rendering.notes import Note, columns
from gymctl.rendering.smoothing import smooth_edges
from gymctl.rendering.stage import Stage
from gymctl.sim.simulation import Simulation


class Renderer:
    """Draws the first worlds of a simulation, each through a camera that follows its robot.

    It only reads the simulation, so drawing doesn't change what happens in it. Each world shown takes a copy of the
    MuJoCo model in memory.

    Args:
        sim: The simulation.
        count: How many of its worlds to show.
        width: Of a picture [pixels].
        height: Of a picture [pixels].
        graphics: The OpenGL to use; see `gymctl.rendering.graphics.choose`.
        title: Stands in the corner of each world's picture.

    Raises:
        InputError: The picture is larger than this OpenGL can draw.
    """

    def __init__(self, sim: Simulation, count: int, width: int, height: int, graphics: str, title: str = "") -> None:
        self._stage = Stage(sim, count)
        self._canvas = Canvas(self._stage.model, width, height, graphics)
        self._tiles = tiles(count, width, height)
        self._whole = tiles(1, width, height)
        self._titles = [(title, "")] * count

    def draw_tiled(self, seconds: float, running: Sequence[bool], notes: Sequence[Note] = ()) -> np.ndarray:
        """Draws all worlds beside each other.

        Args:
            seconds: Simulated time since the last picture [s].
            running: For each world, whether its episode has been running since the last picture; see `Stage.update`.
            notes: For each world, what is written and drawn over it, instead of the title.

        Returns:
            One picture, a new array ``[height, width, 3]`` uint8.
        """
        self._stage.update(seconds, running, notes)
        texts = [columns(note, tile) for note, tile in zip(notes, self._tiles, strict=True)] if notes else self._titles
        return smooth_edges(self._canvas.draw(self._stage.scenes, self._tiles, texts))

    def draw_each(self, seconds: float, running: Sequence[bool]) -> list[np.ndarray]:
        """Draws a picture of each world.

        Args:
            seconds: As of `draw_tiled`.
            running: As of `draw_tiled`.

        Returns:
            As many pictures as worlds, each a new array ``[height, width, 3]`` uint8.
        """
        self._stage.update(seconds, running)
        title = self._titles[:1]
        return [smooth_edges(self._canvas.draw([scene], self._whole, title)) for scene in self._stage.scenes]

    def close(self) -> None:
        """Frees the OpenGL context."""
        self._canvas.close()
