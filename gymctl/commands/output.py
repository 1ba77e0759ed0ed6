"""Prints what commands have to say: results on stdout, everything else on stderr."""

import json
import logging
import sys
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gymctl.commands.flags import OUTPUT
from gymctl.commands.text import shows_colours
from gymctl.core.numbers import plain_data
from gymctl.core.terminal import one_line, plain_text

if TYPE_CHECKING:
    from gymctl.commands.counting import Count

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
        bool,
        typer.Option(
            "--verbose",
            "-v",
            metavar="",
            help="Print what libraries log, and the traceback of an error.",
            rich_help_panel=OUTPUT,
        ),
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

    def waiting(self, line: str) -> None:
        """On a terminal, says what the user waits for; a log has no need of it."""
        if sys.stderr.isatty():
            self.status(line)

    def counter(self) -> AbstractContextManager["Count"]:
        """Shows how far things have come, on stderr; nothing with ``--quiet`` or ``--json``."""
        from gymctl.commands.counting import counter

        return counter(is_silent=self.quiet or self.json)

    def result(self, fields: Mapping[str, Any], text: str, paint: Callable[[str], str] = str) -> None:
        """Prints the command's result on stdout: as one JSON object, or as text for people.

        Args:
            fields: For JSON.
            text: What comes from a file or a user stands in one line there: see `gymctl.core.terminal.escaped`.
            paint: Puts colours on the text, on a terminal that shows them.
        """
        data = {"schema_version": 1, **fields}
        shown = json.dumps(plain_data(data, levels=_DEEPEST)) if self.json else plain_text(text)
        if not self.json and shows_colours():
            shown = paint(shown)
        self.line(shown)

    def line(self, text: str) -> None:
        """Prints text on stdout as it stands, but for characters that it can't show."""
        encoding = sys.stdout.encoding or "utf-8"
        print(text.encode(encoding, "backslashreplace").decode(encoding), flush=True)
