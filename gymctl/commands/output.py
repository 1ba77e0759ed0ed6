"""Prints what commands have to say: results on stdout, everything else on stderr."""

import json
import logging
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Annotated, Any

import typer

from gymctl.commands.flags import OUTPUT
from gymctl.core.numbers import plain_data
from gymctl.core.terminal import one_line, plain_text

_DEEPEST = 100  # levels of a result; configs have at most 64


@dataclass(frozen=True)
class Output:
    """What a command prints, given ``--json``, ``-q`` and ``-v``."""

    json: Annotated[
        bool,
        typer.Option(
            "--json", metavar="", help="One JSON object on stdout, nothing else there.", rich_help_panel=OUTPUT
        ),
    ] = False
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", metavar="", help="No progress and no notes.", rich_help_panel=OUTPUT)
    ] = False
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", metavar="", help="Print more detail.", rich_help_panel=OUTPUT)
    ] = False

    def __post_init__(self) -> None:
        logging.basicConfig(
            level=logging.DEBUG if self.verbose else logging.ERROR, format="%(name)s: %(message)s", stream=sys.stderr
        )

    def notes(self, lines: Iterable[str]) -> None:
        """Says something by the way, on stderr."""
        for line in lines:
            self.status(f"note: {line}")

    def status(self, line: str) -> None:
        """Says what is going on, on stderr, in one line."""
        if not self.quiet:
            with suppress(OSError):  # nobody reads any more
                print(one_line(line), file=sys.stderr, flush=True)

    @contextmanager
    def counter(self, what: str, total: int) -> Iterator[Callable[[int], None]]:
        """On a terminal, shows how many of `total` are done; elsewhere nothing.

        Yields:
            A function that takes the number done so far.
        """
        from rich.progress import Progress

        from gymctl.commands.progress import live_console

        console = None if self.quiet else live_console()
        with Progress(console=console, transient=True, disable=console is None) as progress:
            task = progress.add_task(what, total=total)
            yield lambda done: progress.update(task, completed=done)

    def result(self, fields: Mapping[str, Any], text: str) -> None:
        """Prints the command's result on stdout: as one JSON object, or as text for people.

        Args:
            fields: For JSON.
            text: What comes from a file or a user stands in one line there: see `gymctl.core.terminal.escaped`.
        """
        data = {"schema_version": 1, **fields}
        shown = json.dumps(plain_data(data, levels=_DEEPEST)) if self.json else plain_text(text)
        encoding = sys.stdout.encoding or "utf-8"
        print(shown.encode(encoding, "backslashreplace").decode(encoding), flush=True)
