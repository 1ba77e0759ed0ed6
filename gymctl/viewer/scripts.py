"""The page of a script for Isaac Gym: the envs that it simulates, its lines, and a button for each of its keys."""

import time
from collections.abc import Callable, Sequence

import numpy as np
import viser

from gymctl.core.words import counted
from gymctl.isaacgym.screen import MOST_ENVS, Lines, Picture, Tints
from gymctl.viewer import figures
from gymctl.viewer.poses import Kinematics
from gymctl.viewer.requests import Requests
from gymctl.viewer.scene import DIRECTION, Scene
from gymctl.viewer.server import Server, serve
from gymctl.viewer.timing import StepRate, Timer

DEFAULT_ENVS = 9
_FRAMES, _FIGURES = 1 / 30, 0.2
"""Time between frames, and between updates of the figures [s]."""
_LONGEST_LABEL = 60


class ScriptPage:
    """A `gymctl.isaacgym.screen.Screen` in the browser.

    Nothing is computed while no page is open. Call all methods from the same thread.

    Args:
        server: Serves the page.
        most_envs: How many envs to show, at most.
    """

    def __init__(self, server: Server, most_envs: int = DEFAULT_ENVS) -> None:
        self._server = server
        self._most_envs = min(most_envs, MOST_ENVS)
        self._panel = _Panel(server.gui)
        self._scene = Scene(server)
        self._stage: _Stage | None = None
        self._direction: Sequence[float] = DIRECTION
        self._frames, self._figures, self._rate = Timer(_FRAMES), Timer(_FIGURES), StepRate()

    def is_watched(self) -> bool:
        """Whether a page is open."""
        return bool(self._server.get_clients())

    def draw(self, picture: Callable[[], Picture]) -> None:
        """Draws the envs, at most 30 times a second; the first time even if no page is open.

        An env takes the room that it has then, when nothing has flown away yet.
        """
        now = time.perf_counter()
        if self._stage is not None and not (self.is_watched() and self._frames.is_due(now)):
            return
        shown = picture()
        if self._stage is None or self._stage.kinematics.sim is not shown.simulation:
            self._stage = self._set_up(shown)
        self._stage.show(shown, self._panel.selected, self._panel.follow)
        if self._figures.is_due(now):
            self._panel.show(shown, self._stage.kinematics.count, self._rate.update(now, shown.frames))

    def look_from(self, direction: tuple[float, float, float], env: int | None) -> None:
        """Has the camera look from a direction, and at an env if it is shown."""
        self._direction = direction
        if env is not None:
            self._panel.select(env)
        if self._stage is not None:
            self._stage.scene.look_from(direction)

    def offer(self, key: str, action: str) -> None:
        """Adds a button for an action."""
        self._panel.add_button(key, action)

    def take_actions(self) -> list[str]:
        """The actions whose buttons were pressed since the last call."""
        return self._panel.take_actions()

    def close(self) -> None:
        """Stops serving the page."""
        self._server.stop()

    def _set_up(self, picture: Picture) -> "_Stage":
        count = min(self._most_envs, picture.simulation.num_envs)
        kinematics = Kinematics(picture.simulation, count, y_up=picture.y_up)
        self._panel.offer_envs(kinematics.count)
        self._scene.begin(kinematics, self._direction)
        return _Stage(kinematics, self._scene)


class _Stage:
    """The shown envs of some worlds.

    Args:
        kinematics: Of the envs.
        scene: In which they are drawn.
    """

    def __init__(self, kinematics: Kinematics, scene: Scene) -> None:
        self.kinematics, self.scene = kinematics, scene
        self._tints: Tints | None = None
        self._lines: Sequence[Lines] = ()

    def show(self, picture: Picture, selected: int, follow: bool) -> None:
        """Draws a picture."""
        if picture.tints is not self._tints:
            self._tints = picture.tints
            self.scene.tint(picture.tints)
        if picture.lines or self._lines:
            self._lines = picture.lines
            self.scene.draw_lines(*self._gathered(picture.lines))
        self.scene.show(self.kinematics(), selected, follow)

    def _gathered(self, lines: Sequence[Lines]) -> tuple[np.ndarray, np.ndarray]:
        offsets, count = self.kinematics.offsets, self.kinematics.count
        shown = [each for each in lines if each.env is None or each.env < count]
        ends = [each.ends if each.env is None else each.ends + offsets[each.env] for each in shown]
        colours = [each.colours for each in shown]
        return np.concatenate([np.zeros((0, 2, 3)), *ends]), np.concatenate([np.zeros((0, 3)), *colours])


class _Panel:
    """Figures, controls, and a button for each action."""

    def __init__(self, gui: viser.GuiApi) -> None:
        self._gui, self._requests = gui, Requests()
        self._chosen: list[str] = []
        self._offered: set[tuple[str, str]] = set()
        self._wanted: int | None = None
        self._figures = gui.add_html("")
        self._env = gui.add_dropdown("Env", _as_options(1))
        self._follow = gui.add_checkbox("Follow it", initial_value=True)

    @property
    def selected(self) -> int:
        """The env that the pointer marks."""
        return int(self._env.value)

    @property
    def follow(self) -> bool:
        """Whether the camera follows that env's robot."""
        return self._follow.value

    def offer_envs(self, count: int) -> None:
        """Lets the user select one of so many envs."""
        self._env.options = _as_options(count)
        self.select(count // 2 if self._wanted is None else self._wanted)

    def select(self, env: int) -> None:
        """Selects an env, now or when it is offered."""
        self._wanted = env
        if str(env) in self._env.options:
            self._env.value = str(env)

    def add_button(self, key: str, action: str) -> None:
        """Adds a button that chooses an action."""
        if (key, action) not in self._offered:
            self._offered.add((key, action))
            button = self._gui.add_button(f"{key}: {action}"[:_LONGEST_LABEL])
            self._requests.on(button, lambda _: self._chosen.append(action))

    def take_actions(self) -> list[str]:
        """The actions that were chosen since the last call."""
        for request in self._requests.take():
            request()
        actions, self._chosen = self._chosen, []
        return actions

    def show(self, picture: Picture, shown: int, frames_per_second: float) -> None:
        """Updates the figures."""
        envs, dt = picture.simulation.num_envs, picture.time / max(picture.frames, 1)
        rows = {
            "Envs": f"{shown} of {envs:,}" if shown < envs else f"{envs:,}",
            "Simulated": f"{picture.time:,.1f} s, {counted(picture.frames, 'step')}",
            "Speed": f"{frames_per_second * dt:.2f} × real time, {frames_per_second * envs:,.0f} steps/s",
        }
        self._figures.content = figures.table(rows)


def _as_options(count: int) -> tuple[str, ...]:
    return tuple(map(str, range(count)))


def open_page(
    most_envs: int = DEFAULT_ENVS,
    host: str | None = None,
    port: int | None = None,
    on_ready: Callable[[str, int], None] = lambda url, port: None,
) -> ScriptPage:
    """Serves a page for a script.

    Args:
        most_envs: How many envs to show, at most.
        host: Address to listen at; None for this machine alone.
        port: Port to listen at; None for the first that is free.
        on_ready: Called with the page's address and its port.

    Raises:
        InputError: It can't listen there.
    """
    server = serve(host, port, "gymctl: a script for Isaac Gym")
    on_ready(server.url, server.get_port())
    return ScriptPage(server, most_envs)
