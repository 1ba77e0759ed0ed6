"""The loop: what the user asks for, steps that are due, frames and figures, one after the other."""

import time
from collections.abc import Callable

from gymctl.viewer.panel import Panel
from gymctl.viewer.poses import Kinematics
from gymctl.viewer.scene import Scene
from gymctl.viewer.server import Server
from gymctl.viewer.session import Meter, Session

_FRAMES = 1 / 40
"""Time between frames [s]."""
_FIGURES = 0.2
_CHOICES = 2.0
"""Time between looks for new checkpoints [s]."""


class _Every:
    """Says when something is to be done that is done again and again.

    Args:
        period: Time from one to the next [s].
    """

    def __init__(self, period: float) -> None:
        self._period = period
        self.next = 0.0

    def is_due(self, now: float) -> bool:
        """Whether it is to be done now [s]; then it is next due a period later."""
        if now < self.next:
            return False
        self.next = max(self.next, now - self._period) + self._period
        return True


def watch(
    server: Server, session: Session, kinematics: Kinematics, rounds: int | None, should_stop: Callable[[], bool]
) -> None:
    """Shows a session until it is to stop.

    Args:
        server: Where it is shown.
        session: What is shown.
        kinematics: Of its envs that are drawn.
        rounds: How many episodes every env is to finish; None for no end.
        should_stop: Asked all the time.
    """
    scene = Scene(server, kinematics)
    panel = Panel(server.gui, session, kinematics.count)
    frames, figures, choices = _Every(_FRAMES), _Every(_FIGURES), _Every(_CHOICES)
    meter = Meter()
    while not should_stop() and (rounds is None or session.tally.rounds() < rounds):
        panel.obey()
        now = time.perf_counter()
        session.advance(now)
        if frames.is_due(now):
            scene.show(kinematics(), panel.selected, panel.follow)
        if figures.is_due(now):
            panel.show(meter.rate(now, session.steps))
        if choices.is_due(now):
            panel.refresh_choices()
        now = time.perf_counter()
        time.sleep(max(0.0, min(session.seconds_to_wait(now), frames.next - now)))
