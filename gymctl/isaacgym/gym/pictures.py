"""Pictures of what a viewer shows, as files."""

from gymctl.core.errors import GymctlError
from gymctl.isaacgym.gym.handles import Sim
from gymctl.isaacgym.gym.notices import tell
from gymctl.isaacgym.gym.tensors import live_of
from gymctl.rendering import graphics
from gymctl.rendering.renderer import Renderer
from gymctl.sim.simulation import Simulation

_MOST_ENVS = 9


class Pictures:
    """Draws the first envs of a simulation, without a screen; a camera of its own follows each.

    Args:
        width: Of a picture [pixels].
        height: Of a picture [pixels].
    """

    def __init__(self, width: int, height: int) -> None:
        self._size = width, height
        self._renderer: Renderer | None = None
        self._drawn: Simulation | None = None
        self._time = 0.0

    def write(self, sim: Sim, path: str) -> None:
        """Writes a picture into a file; if nothing can be drawn here, tells so.

        Args:
            sim: What to draw.
            path: Of the file; its suffix says which kind of picture, as ``.png``.
        """
        from matplotlib.image import imsave

        simulation = live_of(sim).simulation
        count = min(_MOST_ENVS, simulation.num_envs)
        try:
            if self._renderer is None or self._drawn is not simulation:
                self.close()
                self._renderer = Renderer(simulation, count, *self._size, graphics.choose())
                self._drawn, self._time = simulation, sim.time
            picture = self._renderer.draw_tiled(sim.time - self._time, [sim.time > self._time] * count)
        except GymctlError as error:
            tell(f"write_viewer_image_to_file: {error.what}; {error.fix}")
            return
        self._time = sim.time
        imsave(path, picture)

    def close(self) -> None:
        """Frees the memory that drawing takes."""
        if self._renderer is not None:
            self._renderer.close()
            self._renderer = None
