"""The viewer's loop: it applies the user's requests, makes the steps that are due, and updates the page."""

import time
from collections.abc import Callable, Sequence

from gymctl.viewer.panel import Panel
from gymctl.viewer.poses import Kinematics
from gymctl.viewer.scene import Scene
from gymctl.viewer.server import Server
from gymctl.viewer.session import Session
from gymctl.viewer.timing import StepRate, Timer

_FRAMES = 1 / 40
"""Time between frames [s]."""
_FIGURES = 0.2
"""Time between updates of the figures [s]."""
_CHOICES = 2.0
"""Time between two searches for new checkpoints [s]."""


def run_viewer(
    server: Server,
    scene: Scene,
    session: Session,
    num_shown: int,
    episodes_per_env: int | None,
    should_stop: Callable[[], bool],
    tasks: Sequence[str] = (),
) -> str | None:
    """Plays and shows a session until it should stop.

    Args:
        server: Serves the page.
        scene: The page's scene, which is drawn anew.
        session: The session.
        num_shown: Envs to draw, at most.
        episodes_per_env: Stops when every env has finished this many episodes; None never stops.
        should_stop: Asked in every round of the loop.
        tasks: Among which the user may choose another one, which stops it too.

    Returns:
        The task that the user has chosen; None if it stopped for another reason.
    """
    env = session.env
    kinematics = Kinematics(
        env.sim, min(num_shown, env.num_envs), session.source.config.task.env.get("envSpacing", 0.0)
    )
    scene.begin(kinematics)
    panel = Panel(server.gui, session, kinematics.count, tasks)
    frames, figures, choices = Timer(_FRAMES), Timer(_FIGURES), Timer(_CHOICES)
    step_rate = StepRate()
    while not should_stop() and (episodes_per_env is None or session.episodes.finished_by_all() < episodes_per_env):
        panel.apply_requests()
        if panel.task != session.source.task:
            return panel.task
        now = time.perf_counter()
        session.advance(now)
        if frames.is_due(now):
            scene.show(kinematics(), panel.selected, panel.follow)
            if session.motion.walker is not None:
                scene.draw_arrows(session.motion.read(kinematics.count), kinematics.offsets)
        if figures.is_due(now):
            panel.show(step_rate.update(now, session.steps))
        if choices.is_due(now):
            panel.refresh_choices()
        now = time.perf_counter()
        time.sleep(max(0.0, min(session.seconds_to_wait(now), frames.next - now)))
    return None
