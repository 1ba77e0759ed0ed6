"""Where output goes: results to stdout, everything else to stderr."""

import json
import logging
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Output:
    """What a command prints, given ``--json``, ``-q`` and ``-v``."""

    json: bool = False
    quiet: bool = False
    verbose: bool = False

    def __post_init__(self) -> None:
        logging.basicConfig(
            level=logging.DEBUG if self.verbose else logging.ERROR, format="%(name)s: %(message)s", stream=sys.stderr
        )

    def notes(self, lines: Iterable[str]) -> None:
        """Says something by the way, on stderr."""
        if not self.quiet:
            for line in lines:
                print(f"note: {line}", file=sys.stderr)

    def status(self, line: str) -> None:
        """Says what is going on, on stderr."""
        if not self.quiet:
            print(line, file=sys.stderr, flush=True)

    def result(self, fields: Mapping[str, Any], text: str) -> None:
        """Prints the command's result on stdout: as one JSON object, or as text for people."""
        print(json.dumps({"schema_version": 1, **fields}) if self.json else text, flush=True)
