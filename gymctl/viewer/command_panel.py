"""The part of the panel that tells robots how fast to walk."""

from typing import Literal

import viser

from gymctl.tasks.locomotion.legged_robot import CommandRanges
from gymctl.viewer.requests import Requests
from gymctl.viewer.session import Session

_RANDOM: Literal["random"] = "random"
_YOURS: Literal["yours"] = "yours"
_SLIDERS = ("Forward [m/s]", "Sideways [m/s]", "Turning [rad/s]")
_STEP = 0.05
_LEAST_RANGE = 0.5


class CommandPanel:
    """Sliders for the commanded velocities of all robots, and a way back to those that the task draws.

    Args:
        gui: Where they are built.
        session: The session, whose task has commanded velocities.
        ranges: From where to where it commands them.
        requests: Where the user's wishes go.
    """

    def __init__(self, gui: viser.GuiApi, session: Session, ranges: CommandRanges, requests: Requests) -> None:
        self._session = session
        self._commands = gui.add_dropdown("Commands", (_RANDOM, _YOURS), initial_value=_RANDOM)
        requests.on(self._commands, self._choose)
        self._sliders = []
        for label, (low, high) in zip(_SLIDERS, ranges, strict=True):
            low, high = min(low, 0.0), max(high, 0.0)
            high = max(high, low + _LEAST_RANGE)
            slider = gui.add_slider(label, low, high, _STEP, 0.0, hint="Moving it tells all robots your commands.")
            requests.on(slider, lambda _: self._choose(_YOURS))
            self._sliders.append(slider)

    def _choose(self, which: Literal["random", "yours"]) -> None:
        self._commands.value = which
        self._session.tell([float(slider.value) for slider in self._sliders] if which == _YOURS else None)
