"""Watches a policy in the browser: builds the env, serves the page, and measures what was played."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from gymctl.envs.factory import resolve_backend
from gymctl.policies.evaluate import Evaluation, episodes_per_env
from gymctl.policies.find import PolicySource
from gymctl.policies.modes import ActionMode
from gymctl.policies.play import load_policy, open_policy
from gymctl.sim.devices import Backend
from gymctl.viewer.loop import run_viewer
from gymctl.viewer.scene import Scene
from gymctl.viewer.server import serve
from gymctl.viewer.session import Session


@dataclass(frozen=True)
class Watched:
    """The policy that was watched at the end, and its numbers."""

    source: PolicySource
    mode: ActionMode
    backend: Backend
    evaluation: Evaluation | None
    """None if not every env finished an episode."""


def watch_policy(
    source: PolicySource,
    mode: ActionMode,
    *,
    num_shown: int,
    episodes: int | None = None,
    host: str | None = None,
    port: int | None = None,
    on_ready: Callable[[str, int], None] = lambda url, port: None,
    should_stop: Callable[[], bool] = lambda: False,
) -> Watched:
    """Shows a policy in the browser until it should stop.

    Args:
        source: The policy and the config to play it in.
        mode: How actions are drawn at first.
        num_shown: Envs to show, at most.
        episodes: How many are to be counted, the same number from every env; None for no end.
        host: Address to listen at; None for this machine alone.
        port: Port to listen at; None for the first that is free.
        on_ready: Called with the page's address and its port, once it is served.
        should_stop: Asked all the time.

    Raises:
        InputError: The policy doesn't fit, or it can't listen there.
    """
    backend = resolve_backend(source.config)
    with open_policy(source, mode, backend) as (env, policy):
        per_env = None if episodes is None else episodes_per_env(episodes, env.num_envs)
        session = Session(env, policy, source, mode, lambda source, mode: load_policy(source, mode, backend))
        server = serve(host, port, f"gymctl: {source.task}")
        on_ready(server.url, server.get_port())
        start = time.perf_counter()
        try:
            run_viewer(server, Scene(server), session, num_shown, per_env, should_stop)
        finally:
            server.stop()
        steps_per_second = session.steps * env.num_envs / (time.perf_counter() - start)
        evaluation = session.episodes.evaluation(steps_per_second, session.diverged)
    return Watched(session.source, session.mode, backend, evaluation)
