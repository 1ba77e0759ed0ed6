"""Prints what commands have to say: results on stdout, everything else on stderr."""

import json
import logging
import math
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Annotated, Any

import typer

from gymctl.commands.flags import OUTPUT


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
        """Says what is going on, on stderr."""
        if not self.quiet:
            with suppress(OSError):  # nobody reads any more
                print(line, file=sys.stderr, flush=True)

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
        """Prints the command's result on stdout: as one JSON object, or as text for people."""
        shown = json.dumps(_finite({"schema_version": 1, **fields})) if self.json else text
        encoding = sys.stdout.encoding or "utf-8"
        print(shown.encode(encoding, "backslashreplace").decode(encoding), flush=True)


def _finite(value: Any) -> Any:
    """The same with null for numbers that JSON doesn't have: infinite ones and NaN."""
    if isinstance(value, Mapping):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
