"""A viewer: what it shows on a screen, the lines in it, its camera, and its pace."""

import math
import time
from typing import Any

import numpy as np

from gymctl.core.errors import InputError
from gymctl.isaacgym.gym.handles import Env, Sim
from gymctl.isaacgym.gym.notices import tell
from gymctl.isaacgym.gym.pictures import Pictures
from gymctl.isaacgym.options import CameraProperties
from gymctl.isaacgym.screen import MOST_ENVS, Lines, Picture, Screen, Tints
from gymctl.isaacgym.values import ActionEvent, Quat, Transform, Vec3

_TOGGLE = "toggle_viewer_sync"
"""What Isaac Gym's own examples, and code that grew from them, call the action that draws and waits or doesn't."""
_MOST_LINES = 20_000
_BEHIND, _AHEAD = 0.1, 1.0
"""A simulation further behind or ahead of real time doesn't try to get back [s]."""


class Viewer:
    """A viewer, as `Gym.create_viewer` gives it.

    Args:
        sim: What it shows.
        screen: Where; None shows nothing.
        props: Size of the pictures that are written to files.
    """

    def __init__(self, sim: Sim, screen: Screen | None, props: CameraProperties) -> None:
        self._sim = sim
        self._y_up = sim.is_y_up
        self.screen = screen
        self.camera = Transform()
        """As the script has put it."""
        self._direction, self._env = (0.0, 0.0, 0.0), None
        self.size = int(props.width), int(props.height)
        """Width and height of pictures that are written to files [pixels]."""
        self._pictures = Pictures(*self.size)
        self._lines: list[Lines] = []
        self._num_lines = 0
        self._tints: Tints = {}
        self._actions: set[str] = set()
        self._was_drawn = False
        """Since the last call of `take_events`."""
        self._is_paused = False
        """Whether `_TOGGLE` was chosen because nobody watched."""
        self._due = self._simulated = 0.0

    @property
    def is_watched(self) -> bool:
        """Whether somebody sees it."""
        return self.screen is not None and self.screen.is_watched()

    def draw(self) -> None:
        """Shows the simulation as it is now."""
        self._was_drawn = True
        if self.screen is not None and self._sim.live is not None:
            self.screen.draw(self._picture)

    def look_at(self, env: Env | None, pos: Vec3, target: Vec3) -> None:
        """Puts the camera somewhere. On a screen, it counts from which side it looks, and at which env."""
        x, y, z = away = pos.x - target.x, pos.y - target.y, pos.z - target.z
        turn = Quat()
        if self._y_up:
            x, y, z = away = x, -z, y
            turn = Quat.from_axis_angle(Vec3(1.0, 0.0, 0.0), -math.pi / 2.0)
        flat = math.hypot(x, y)
        self.camera = Transform(pos, turn * Quat.from_euler_zyx(0.0, math.atan2(z, flat), math.atan2(-y, -x)))
        length = math.hypot(flat, z)
        if length == 0.0 or self.screen is None:
            return
        direction, index = (x / length, y / length, z / length), None if env is None else env.index
        if index != self._env or math.dist(direction, self._direction) > 1e-3:
            self._direction, self._env = direction, index
            self.screen.look_from(away, index)

    def add_lines(self, env: Env | None, count: int, vertices: Any, colors: Any) -> None:
        """Adds lines to what is shown, until they are cleared.

        Raises:
            InputError: There are other numbers than of so many lines.
        """
        if self.screen is None or (env is not None and env.index >= MOST_ENVS):
            return
        ends, colours = _numbers(vertices), _numbers(colors)
        if len(ends) < 6 * count or len(colours) < 3:
            raise InputError(
                f"{count} lines were drawn with {len(ends)} numbers of ends and {len(colours)} of colours",
                "give add_lines six numbers and a colour of three for each line",
            )
        room = max(0, min(count, _MOST_LINES - self._num_lines))
        if room < count:
            tell(f"add_lines: more than {_MOST_LINES:,} lines aren't shown; call clear_lines when they are to go")
        self._num_lines += room
        ends = ends[: 6 * room].reshape(room, 2, 3)
        if env is not None and self._sim.ground.grids:
            ends = ends + np.array(env.origin, np.float32)
        if self._y_up:
            ends = ends[..., [0, 2, 1]] * np.array([1.0, -1.0, 1.0], np.float32)
        colours = colours[: len(colours) // 3 * 3].reshape(-1, 3)
        colours = colours[np.minimum(np.arange(room), len(colours) - 1)]
        self._lines.append(Lines(None if env is None else env.index, ends, colours))

    def clear_lines(self) -> None:
        """Removes all lines."""
        self._lines, self._num_lines = [], 0

    def subscribe(self, key: str, action: str) -> None:
        """Has an action be chosen instead of pressing a key."""
        self._actions.add(action)
        if self.screen is not None:
            self.screen.offer(key, action)

    def take_events(self) -> list[ActionEvent]:
        """The actions that were chosen since the last call, each pressed and released."""
        actions = self.screen.take_actions() if self.screen is not None else []
        if _TOGGLE in self._actions and _TOGGLE not in actions and self._toggles():
            actions.append(_TOGGLE)
        self._was_drawn = False
        return [ActionEvent(action, value) for action in actions for value in (1.0, 0.0)]

    def _toggles(self) -> bool:
        """Whether to choose `_TOGGLE`: off while nobody watches, so that the script needn't wait for real time."""
        if self._is_paused and self.is_watched:
            self._is_paused = False
            return not self._was_drawn
        if self._was_drawn and not self._is_paused and not self.is_watched:
            self._is_paused = True
            return True
        return False

    def keep_pace(self) -> None:
        """Waits until as much time has passed since the last call as was simulated, if somebody watches."""
        now, simulated = time.perf_counter(), self._sim.time
        due = self._due + simulated - self._simulated
        if not self.is_watched or not -_BEHIND < due - now < _AHEAD:
            due = now
        time.sleep(max(0.0, due - now))
        self._due, self._simulated = due, simulated

    def write_picture(self, path: str) -> None:
        """Writes what there is to see into a file."""
        if self._y_up:
            tell("write_viewer_image_to_file: pictures of a world whose y points up lie on their side")
        self._pictures.write(self._sim, path)

    def close(self) -> None:
        """Ends it."""
        self._pictures.close()
        if self.screen is not None:
            self.screen.close()
            self.screen = None

    def _picture(self) -> Picture:
        sim, live = self._sim, self._sim.live
        assert live is not None
        if sim.is_recoloured:
            slots = live.world.slots
            self._tints = {
                (env, int(slots[actor].bodies[body])): colour for (env, actor, body), colour in sim.colours.items()
            }
            sim.is_recoloured = False
        return Picture(live.simulation, sim.frames, sim.time, self._tints, self._lines, self._y_up)


def _numbers(values: Any) -> np.ndarray:
    """Numbers of vectors: of arrays or lists of numbers, or of arrays of ``Vec3.dtype``."""
    array = np.asarray(values)
    if array.dtype.names:
        array = np.ascontiguousarray(array).view(np.float32)
    return array.astype(np.float32).reshape(-1)
