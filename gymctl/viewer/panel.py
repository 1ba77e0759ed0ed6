"""The panel of the viewer's page: its controls and figures, and the checkpoints to choose from."""

import math
from html import escape
from pathlib import Path

import numpy as np
import viser

from gymctl.core.errors import GymctlError, InputError
from gymctl.core.words import counted
from gymctl.policies.find import PolicySource
from gymctl.policies.modes import ActionMode
from gymctl.runs.checkpoint_names import CheckpointName, parse
from gymctl.runs.checkpoints import checkpoint_files, locate_checkpoint, run_of
from gymctl.viewer.controls import Requests, table
from gymctl.viewer.episodes import EpisodeStatistics
from gymctl.viewer.session import AS_FAST_AS_POSSIBLE, Session

_SPEEDS = {f"{speed:g} ×": speed for speed in (0.1, 0.25, 0.5, 1.0, 2.0, 4.0)} | {
    "as fast as possible": AS_FAST_AS_POSSIBLE
}
_REAL_TIME = "1 ×"
_AXIS_FONT = "12px sans-serif"
_CURVE_COLOUR = "#d55e00"  # vermilion, which colour-blind people tell from the rest


class Panel:
    """Controls of a session, and its figures.

    Args:
        gui: Where the panel is built.
        session: The session that it controls.
        shown: Number of envs that are drawn.
    """

    def __init__(self, gui: viser.GuiApi, session: Session, shown: int) -> None:
        self.selected = shown // 2
        """The env that the pointer marks."""
        self.follow = True
        """Whether the camera follows that env's robot."""
        self._session = session
        self._requests = Requests()
        self._figures = gui.add_html("")
        self._pause = gui.add_button("Pause", icon=viser.Icon.PLAYER_PAUSE)
        self._requests.on(self._pause, lambda _: self._toggle_pause())
        step = gui.add_button_group("", ("Step", "Restart episodes"))
        self._requests.on(step, lambda button: {"Step": self._step}.get(button, session.restart)())
        speed = gui.add_dropdown("Speed", tuple(_SPEEDS), initial_value=_REAL_TIME)
        self._requests.on(speed, lambda name: session.set_speed(_SPEEDS[name]))
        env = gui.add_dropdown("Env", tuple(map(str, range(shown))), initial_value=str(self.selected))
        self._requests.on(env, lambda number: self._select(int(number)))
        follow = gui.add_checkbox("Follow it", initial_value=True)
        self._requests.on(follow, lambda checked: setattr(self, "follow", checked))
        self._curve = gui.add_uplot(
            _curve([]),
            ({"label": "step"}, {"label": "reward", "stroke": _CURVE_COLOUR, "width": 1.5}),
            title="Reward of each step in this episode",
            scales={"x": {"time": False}},
            axes=(
                {"size": 28, "label": "control steps", "labelSize": 16, "labelFont": _AXIS_FONT},
                {"size": 40, "label": "reward", "labelSize": 16, "labelFont": _AXIS_FONT},
            ),
            legend={"show": False},
            height=180,
        )
        with gui.add_folder("Policy"):
            self._add_policy(gui)
        self._error = gui.add_html("", visible=False)
        session.watch(self.selected)

    def apply_requests(self) -> None:
        """Does what the user has asked for since the last call, and shows an error if it fails."""
        for request in self._requests.take():
            try:
                request()
                self._say("")
            except GymctlError as error:
                self._say(f"{error.what}\n{error.fix}")
            except OSError as error:
                self._say(str(error))
            self._checkpoint.value = self._label_of(self._session.source.path)

    def show(self, steps_per_second: float) -> None:
        """Updates the figures.

        Args:
            steps_per_second: Control steps per second.
        """
        session, episodes = self._session, self._session.episodes
        envs, steps = session.env.num_envs, int(episodes.lengths[self.selected])
        rows = {
            "Task": session.source.task,
            "Policy": session.source.path.name,
            "Actions": str(session.mode),
            "Speed": f"{steps_per_second * session.control_dt:.2f} × real time, {steps_per_second * envs:,.0f} steps/s",
            "Steps": f"{session.steps:,} of {counted(envs, 'env')}" + (", paused" if session.paused else ""),
            f"Env {self.selected}": f"return {float(episodes.returns[self.selected]):.1f}, "
            f"length {steps} ({steps * session.control_dt:.1f} s)",
            "Finished": _finished(episodes),
        }
        if session.diverged:
            rows["Diverged"] = counted(session.diverged, "episode")
        self._figures.content = table(rows)
        self._curve.data = _curve(session.curve)

    def refresh_choices(self) -> None:
        """Adds new checkpoints to the list, and drops deleted ones."""
        choices = checkpoint_choices(self._session.source)
        if choices != self._choices:
            self._choices = choices
            self._checkpoint.options = tuple(choices)
            self._checkpoint.value = self._label_of(self._session.source.path)

    def _add_policy(self, gui: viser.GuiApi) -> None:
        session = self._session
        self._choices = checkpoint_choices(session.source)
        self._checkpoint = gui.add_dropdown(
            "Checkpoint", tuple(self._choices), initial_value=self._label_of(session.source.path)
        )
        self._requests.on(self._checkpoint, lambda label: self._load(self._choices.get(label)))
        reload = gui.add_button_group("", ("Read it again",), disabled=session.source.exported)
        self._requests.on(reload, lambda _: session.use_checkpoint(session.source.path))
        sigma = session.mode.sigma or 0.0
        hint = "An exported file holds only the mean action." if session.source.exported else "0 is the mean action."
        self._sigma = gui.add_slider(
            "Sigma", 0.0, max(1.0, sigma), 0.01, sigma, disabled=session.source.exported, hint=hint
        )
        self._learned = gui.add_checkbox(
            "Learned noise", session.mode.name == "learned", disabled=session.source.exported, hint=hint
        )
        self._requests.on(self._sigma, lambda _: self._use_noise())
        self._requests.on(self._learned, lambda _: self._use_noise())
        if session.source.exported:
            gui.add_html(f'<p style="{_SMALL}">No noise: an exported file holds only the mean action.</p>')

    def _toggle_pause(self) -> None:
        self._set_paused(not self._session.paused)

    def _step(self) -> None:
        self._set_paused(True)
        self._session.step()

    def _set_paused(self, paused: bool) -> None:
        self._session.paused = paused
        self._pause.label = "Play" if paused else "Pause"
        self._pause.icon = viser.Icon.PLAYER_PLAY if paused else viser.Icon.PLAYER_PAUSE

    def _select(self, env: int) -> None:
        self.selected = env
        self._session.watch(env)

    def _use_noise(self) -> None:
        learned = self._learned.value
        self._sigma.disabled = learned
        self._session.use_mode(ActionMode.choose(None if learned else self._sigma.value, learned))

    def _load(self, path: Path | None) -> None:
        if path is None:  # chosen just before it left the list
            raise InputError("this checkpoint is no longer there", "choose another one")
        if path != self._session.source.path:
            self._session.use_checkpoint(path)

    def _label_of(self, path: Path) -> str:
        return next(label for label, choice in self._choices.items() if choice == path)

    def _say(self, error: str) -> None:
        self._error.content = f'<p style="{_SMALL} color: #c92a2a">{escape(error)}</p>'
        self._error.visible = bool(error)


_SMALL = "font-size: 0.8em; margin: 0.3em 1em; white-space: pre-line; overflow-wrap: anywhere;"


def checkpoint_choices(source: PolicySource) -> dict[str, Path]:
    """The checkpoints of the run that a policy comes from, by label: best and latest, then the newest epoch first.

    Args:
        source: The policy that plays. If its file is in no run, it is the only choice.
    """
    run = None if source.exported else run_of(source.path)
    if run is None:
        return {source.path.name: source.path}
    choices: dict[str, Path] = {}
    names = run.names
    try:
        files = {path: parse(path.stem, names) for path in checkpoint_files(run.nn_dir)}
    except (InputError, OSError):  # what lies there now leads out of the run, or can't be read
        files = {}
    for which in ("best", "latest"):
        try:
            path = locate_checkpoint(source.task, str(run.path), run.path.parent, prefer=which).path
        except (InputError, OSError):  # deleted since the listing
            continue
        if path not in choices.values():
            choices[f"{which}: {_describe(path, parse(path.stem, names))}"] = path
    for path, name in sorted(files.items(), key=lambda item: item[1].epoch or 0, reverse=True):
        if path not in choices.values():
            choices[_describe(path, name)] = path
    if source.path not in choices.values():
        choices[source.path.name] = source.path
    return choices


def _describe(path: Path, name: CheckpointName) -> str:
    if name.epoch is None:
        return path.name
    return f"epoch {name.epoch}" + (f", reward {name.reward:.4g}" if name.reward is not None else "")


def _finished(episodes: EpisodeStatistics) -> str:
    """How many episodes have ended, and their means, once they don't tell of those alone who fell early."""
    if not episodes.finished:
        return "no episode yet"
    ended = counted(episodes.finished, "episode")
    count = episodes.finished_by_all()
    if not count:
        return f"{ended}; no mean until every env has finished one"
    mean_return, mean_length = episodes.means()
    return f"{ended}; first {count:,} of every env: mean return {mean_return:.1f}, mean length {mean_length:.1f}"


def _curve(rewards: list[float]) -> tuple[np.ndarray, np.ndarray]:
    values = np.array(rewards or [math.nan])
    return np.arange(1.0, len(values) + 1.0), values
