"""The panel of the viewer's page: its controls and figures."""

from collections.abc import Sequence
from html import escape

import viser

from gymctl.core.errors import GymctlError
from gymctl.core.words import counted
from gymctl.viewer import figures
from gymctl.viewer.command_panel import CommandPanel
from gymctl.viewer.policy_panel import PolicyPanel
from gymctl.viewer.requests import Requests
from gymctl.viewer.session import AS_FAST_AS_POSSIBLE, Session

_SPEEDS = {f"{speed:g} ×": speed for speed in (0.1, 0.25, 0.5, 1.0, 2.0, 4.0)} | {
    "as fast as possible": AS_FAST_AS_POSSIBLE
}
_REAL_TIME = "1 ×"
_AXIS_FONT = "12px sans-serif"


class Panel:
    """Controls of a session, and its figures.

    The browser's events arrive in other threads. They only become requests, which `apply_requests` does.

    Args:
        gui: Where the panel is built.
        session: The session that it controls.
        shown: Number of envs that are drawn.
        tasks: Among which the user may choose another one.
    """

    def __init__(self, gui: viser.GuiApi, session: Session, shown: int, tasks: Sequence[str] = ()) -> None:
        self.task = session.source.task
        """The task that the user has chosen."""
        self.selected = shown // 2
        """The env that the pointer marks."""
        self.follow = True
        """Whether the camera follows that env's robot."""
        self._session = session
        self._requests = requests = Requests()
        if tasks:
            task = gui.add_dropdown("Task", tuple(tasks), initial_value=self.task)
            requests.on(task, lambda name: setattr(self, "task", name))
        self._figures = gui.add_html("")
        self._pause = gui.add_button("Pause", icon=viser.Icon.PLAYER_PAUSE)
        requests.on(self._pause, lambda _: self._set_paused(not session.paused))
        step = gui.add_button_group("", ("Step", "Restart episodes"))
        requests.on(step, lambda button: {"Step": self._step}.get(button, session.restart)())
        if session.can_push:
            push = gui.add_button("Push", icon=viser.Icon.WIND, hint="Kicks the robot of this env sideways.")
            requests.on(push, lambda _: session.push(self.selected))
        speed = gui.add_dropdown("Speed", tuple(_SPEEDS), initial_value=_REAL_TIME)
        requests.on(speed, lambda name: session.set_speed(_SPEEDS[name]))
        env = gui.add_dropdown("Env", tuple(map(str, range(shown))), initial_value=str(self.selected))
        requests.on(env, lambda number: self._select(int(number)))
        follow = gui.add_checkbox("Follow it", initial_value=True)
        requests.on(follow, lambda checked: setattr(self, "follow", checked))
        if (ranges := session.command_ranges) is not None:
            with gui.add_folder("Command"):
                CommandPanel(gui, session, ranges, requests)
        self._terms = gui.add_html("")
        self._curve = gui.add_uplot(
            figures.curve([]),
            ({"label": "step"}, {"label": "reward", "stroke": figures.CURVE_COLOUR, "width": 1.5}),
            title="Reward of each step in this episode",
            scales={"x": {"time": False}},
            axes=(
                {"size": 28, "label": "control steps", "labelSize": 16, "labelFont": _AXIS_FONT},
                {"size": 40, "label": "reward", "labelSize": 16, "labelFont": _AXIS_FONT},
            ),
            legend={"show": False},
            height=180,
            padding=(8, 24, 0, 0),  # room above for half a number
        )
        self._policy = None
        if session.source.path is not None:
            with gui.add_folder("Policy", expand_by_default=not tasks):
                self._policy = PolicyPanel(gui, session, requests)
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
            if self._policy:
                self._policy.show_choice()

    def show(self, steps_per_second: float) -> None:
        """Updates the figures.

        Args:
            steps_per_second: Control steps per second.
        """
        session, episodes = self._session, self._session.episodes
        envs, steps = session.env.num_envs, int(episodes.lengths[self.selected])
        rows = {
            "Task": session.source.task,
            "Policy": session.source.path.name if session.source.path else "none",
            "Actions": str(session.mode),
            "Speed": f"{steps_per_second * session.control_dt:.2f} × real time, {steps_per_second * envs:,.0f} steps/s",
            "Steps": f"{session.steps:,} of {counted(envs, 'env')}" + (", paused" if session.paused else ""),
            f"Env {self.selected}": f"return {float(episodes.returns[self.selected]):.1f}, "
            f"length {steps} ({steps * session.control_dt:.1f} s)",
            "Finished": figures.finished(episodes),
        }
        rows |= figures.motion(session.motion.read(self.selected + 1), self.selected)
        if session.diverged:
            rows["Diverged"] = counted(session.diverged, "episode")
        self._figures.content = figures.table(rows)
        terms = {name: float(values[self.selected]) for name, values in episodes.terms.items()}
        self._terms.content = figures.bars("Terms of the return in this episode", terms)
        self._curve.data = figures.curve(session.curve)

    def refresh_choices(self) -> None:
        """Adds new checkpoints to the list, and drops deleted ones."""
        if self._policy:
            self._policy.refresh_choices()

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

    def _say(self, error: str) -> None:
        self._error.content = f'<p style="{figures.SMALL} color: #c92a2a">{escape(error)}</p>'
        self._error.visible = bool(error)
