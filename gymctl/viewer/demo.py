"""The policies that come with gymctl on one page, where the user chooses among them.

Imports PyTorch only once the page is served, so that the browser loads it meanwhile.
"""

from collections.abc import Callable
from html import escape
from typing import TYPE_CHECKING

from gymctl.policies import packaged
from gymctl.viewer.server import DEFAULT_HOST, Server, serve

if TYPE_CHECKING:
    from gymctl.viewer.scene import Scene

FIRST = "Ant"
"""The task that the page shows first: it loads soon, runs, and can be pushed."""


def show_demo(
    *,
    num_shown: int,
    host: str | None = None,
    port: int | None = None,
    on_ready: Callable[[str, int], None] = lambda url, port: None,
    should_stop: Callable[[], bool] = lambda: False,
) -> None:
    """Shows the policy of `FIRST`, and every other one that the user chooses, until it should stop.

    They play on the CPU, where nothing has to be compiled.

    Args:
        num_shown: Envs to show.
        host: Address to listen at; None for this machine alone.
        port: Port to listen at; None for the first that is free.
        on_ready: Called with the page's address and its port, once it is served.
        should_stop: Asked all the time.

    Raises:
        InputError: It can't listen there.
    """
    server, task = serve(host or DEFAULT_HOST, port, "gymctl demo"), FIRST
    try:
        _tell_loading(server, task)
        on_ready(server.url, server.get_port())
        from gymctl.viewer.scene import Scene

        scene = Scene(server)
        while task is not None:
            task = _show(server, scene, task, num_shown, should_stop)
    finally:
        server.stop()


def _show(server: Server, scene: "Scene", task: str, num_shown: int, should_stop: Callable[[], bool]) -> str | None:
    """Shows the policy of a task; returns the task that the user has chosen instead, None if it should stop."""
    from gymctl.config import settings_of
    from gymctl.envs.factory import resolve_backend
    from gymctl.policies.find import find_policy_to_play
    from gymctl.policies.modes import ActionMode
    from gymctl.policies.play import load_policy, open_policy
    from gymctl.viewer.loop import run_viewer
    from gymctl.viewer.session import Session

    _tell_loading(server, task)
    settings = settings_of(num_envs=num_shown, device="cpu", engine="mujoco")
    source, mode = find_policy_to_play(task, packaged.PRETRAINED, settings=settings), ActionMode("mean")
    backend = resolve_backend(source.config)
    with open_policy(source, mode, backend) as (env, policy):
        session = Session(env, policy, source, mode, lambda source, mode: load_policy(source, mode, backend))
        server.gui.reset()
        return run_viewer(server, scene, session, num_shown, None, should_stop, packaged.tasks())


def _tell_loading(server: Server, task: str) -> None:
    server.gui.reset()
    server.gui.add_html(f'<p style="margin: 1em">Loading {escape(task)} …</p>')
