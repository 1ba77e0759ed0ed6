"""``gymctl play --viewer`` shows a policy on a page in the browser."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from gymctl.commands.output import Output
from gymctl.commands.signals import StopSignals
from gymctl.core.errors import InputError

if TYPE_CHECKING:
    from gymctl.policies.find import PolicySource
    from gymctl.policies.modes import ActionMode
    from gymctl.viewer.watch import Watched

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
            help=f"Robots to show (default {DEFAULT_ENVS}); more can be simulated.",
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

    @property
    def given(self) -> list[str]:
        """Which flags are given that mean nothing without a viewer."""
        values = {
            "--viewer-envs": self.viewer_envs,
            "--viewer-host": self.viewer_host,
            "--viewer-port": self.viewer_port,
        }
        return [name for name, value in values.items() if value is not None] + ["--open"] * self.open

    def check(self) -> None:
        """Refuses flags that mean nothing without ``--viewer``.

        Raises:
            InputError: One of them is given.
        """
        if self.given and not self.viewer:
            raise InputError(f"{self.given[0]} is for the viewer", "add --viewer, or leave it out")

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

    def tell_address(self, say: Callable[[str], None], what: str, url: str, port: int, hint: str = "") -> None:
        """Tells where the page is.

        Args:
            say: Takes each line.
            what: What is there.
            url: The page's address on this machine.
            port: Its port.
            hint: Stands behind the address.
        """
        from gymctl.viewer.gate import is_loopback
        from gymctl.viewer.server import DEFAULT_HOST, DEFAULT_PORT, url_for_others

        host = self.viewer_host or DEFAULT_HOST
        if self.viewer_port is None and port != DEFAULT_PORT:
            say(f"note: port {DEFAULT_PORT} is taken")
        say(f"{what}: {url}{hint}")
        if not is_loopback(host):
            say(f"from other machines: {url_for_others(url, host)}")
            say("warning: whoever has this address can watch and steer; it travels unencrypted")


def watch(
    source: "PolicySource", mode: "ActionMode", flags: ViewerFlags, episodes: int | None, output: Output
) -> "tuple[Watched, int]":
    """Shows a policy in the browser until Ctrl-C.

    Args:
        source: The policy and the config to play it in.
        mode: How actions are drawn at first.
        flags: The viewer's flags.
        episodes: How many are to be counted, the same number from every env; None for no end.
        output: Takes the page's address.

    Returns:
        What was watched at the end, and the exit code.

    Raises:
        InputError: The policy doesn't fit, or it can't listen there.
    """
    from gymctl.viewer.watch import watch_policy

    with StopSignals(lambda: output.status("stopping")) as stop:
        watched = watch_policy(
            source,
            mode,
            num_shown=flags.viewer_envs or DEFAULT_ENVS,
            episodes=episodes,
            host=flags.viewer_host,
            port=flags.viewer_port,
            on_ready=lambda url, port: tell_address("viewer", url, port, flags, output),
            should_stop=lambda: stop.received is not None,
        )
    return watched, stop.exit_code


def tell_address(what: str, url: str, port: int, flags: ViewerFlags, output: Output) -> None:
    """Says where a page is, and opens it if the user wants that.

    Args:
        what: What is there.
        url: Its address on this machine.
        port: Its port.
        flags: The viewer's flags.
        output: Takes the address.
    """
    flags.tell_address(output.status, what, url, port, " (Ctrl-C ends it)")
    if flags.open:
        import webbrowser

        webbrowser.open(url)
