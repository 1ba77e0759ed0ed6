"""``gymctl play --viewer`` shows a policy on a page in the browser."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from gymctl.commands.output import Output
from gymctl.commands.signals import StopSignals
from gymctl.core.errors import InputError

if TYPE_CHECKING:
    from gymctl.policies.evaluate import Evaluation
    from gymctl.policies.find import PolicySource
    from gymctl.policies.modes import ActionMode
    from gymctl.sim.devices import Backend

DEFAULT_ENVS = 9
_PANEL = "Viewer"


@dataclass(frozen=True)
class ViewerFlags:
    """The viewer that the user asks for."""

    viewer: Annotated[
        bool,
        typer.Option(
            "--viewer",
            metavar="",
            help="Watch it in the browser, in real time, until Ctrl-C.",
            rich_help_panel=_PANEL,
        ),
    ] = False
    viewer_envs: Annotated[
        int | None,
        typer.Option(
            "--viewer-envs",
            min=1,
            max=100,
            metavar="N",
            help=f"Robots to show (default {DEFAULT_ENVS}). --num-envs can simulate more.",
            rich_help_panel=_PANEL,
        ),
    ] = None
    viewer_host: Annotated[
        str | None,
        typer.Option(
            "--viewer-host",
            metavar="ADDRESS",
            help="Where to listen, default 127.0.0.1: this machine alone.",
            rich_help_panel=_PANEL,
        ),
    ] = None
    viewer_port: Annotated[
        int | None,
        typer.Option(
            "--viewer-port",
            min=1,
            max=65535,
            metavar="PORT",
            help="Default 8080, or the next one that is free.",
            rich_help_panel=_PANEL,
        ),
    ] = None
    open: Annotated[
        bool, typer.Option("--open", metavar="", help="Also open the page in your browser.", rich_help_panel=_PANEL)
    ] = False

    def check(self) -> None:
        """Refuses flags that mean nothing without ``--viewer``.

        Raises:
            InputError: One of them is given.
        """
        given = {
            "--viewer-envs": self.viewer_envs,
            "--viewer-host": self.viewer_host,
            "--viewer-port": self.viewer_port,
        }
        names = [name for name, value in given.items() if value is not None] + ["--open"] * self.open
        if names and not self.viewer:
            raise InputError(f"{names[0]} is for the viewer", "add --viewer, or leave it out")

    def num_envs(self, given: int | None, episodes: int | None) -> int | None:
        """How many envs are simulated: those that are shown, unless the user says otherwise.

        Raises:
            InputError: Fewer than are to be shown.
        """
        if not self.viewer:
            return given
        if given is None:
            return self.viewer_envs or min(DEFAULT_ENVS, episodes or DEFAULT_ENVS)
        if self.viewer_envs is not None and self.viewer_envs > given:
            raise InputError(
                f"--viewer-envs {self.viewer_envs} is more than --num-envs {given}", "show fewer, or simulate more"
            )
        return given


@dataclass(frozen=True)
class Watched:
    """The policy that was watched at the end, and its numbers."""

    source: "PolicySource"
    mode: "ActionMode"
    backend: "Backend"
    evaluation: "Evaluation | None"
    """None if not every env finished an episode."""
    exit_code: int


def watch(
    source: "PolicySource", mode: "ActionMode", flags: ViewerFlags, episodes: int | None, output: Output
) -> Watched:
    """Shows a policy in the browser until it is to stop.

    Args:
        source: The policy and the config to play it in.
        mode: How actions are drawn at first.
        flags: What the user asks for.
        episodes: How many are to be counted, the same number from every env; None for no end.
        output: Where the page's address is told.

    Raises:
        InputError: The policy doesn't fit, or it can't listen there.
    """
    import time

    from gymctl.envs.factory import resolve_backend
    from gymctl.policies.play import load_policy, open_policy
    from gymctl.viewer.loop import run_viewer
    from gymctl.viewer.poses import Kinematics
    from gymctl.viewer.server import DEFAULT_HOST, DEFAULT_PORT, is_loopback, serve, url_of
    from gymctl.viewer.session import Session

    host, backend = flags.viewer_host or DEFAULT_HOST, resolve_backend(source.config)
    stop = StopSignals(lambda: output.status("stopping"))
    with open_policy(source, mode, backend) as (env, policy), stop:
        rounds = None if episodes is None else -(-episodes // env.num_envs)
        session = Session(env, policy, source, mode, lambda source, mode: load_policy(source, mode, backend))
        shown = min(flags.viewer_envs or DEFAULT_ENVS, env.num_envs)
        kinematics = Kinematics(env.sim, shown, source.config.task.env.get("envSpacing", 0.0))
        server = serve(host, flags.viewer_port, f"gymctl: {source.task}")
        url = url_of(host, server.get_port())
        if flags.viewer_port is None and server.get_port() != DEFAULT_PORT:
            output.status(f"note: port {DEFAULT_PORT} is taken")
        if not is_loopback(host):
            output.status(f"warning: whoever can reach {host} can watch and steer this; there is no password")
        output.status(f"viewer: {url} (Ctrl-C ends it)")
        if flags.open:
            import webbrowser

            webbrowser.open(url)
        start = time.perf_counter()
        try:
            run_viewer(server, session, kinematics, rounds, lambda: stop.received is not None)
        finally:
            server.stop()
        steps_per_second = session.steps * env.num_envs / (time.perf_counter() - start)
        evaluation = session.episodes.evaluation(steps_per_second, session.diverged)
    return Watched(session.source, session.mode, backend, evaluation, stop.exit_code)
