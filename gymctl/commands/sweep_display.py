"""Shows a sweep's progress on stderr: a live table on a terminal, a line for each trial elsewhere."""

import sys
import time
from contextlib import AbstractContextManager, suppress
from types import TracebackType
from typing import TYPE_CHECKING, Protocol

from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from gymctl.commands.progress import live_console
from gymctl.commands.sweep_text import cells, describe_counts, headings, show_objective
from gymctl.commands.text import format_clock
from gymctl.core.terminal import one_line
from gymctl.core.words import counted
from gymctl.sweep.naming import describe_values

if TYPE_CHECKING:
    from gymctl.sweep.record import Record, Trial

_SECONDS_BETWEEN_FRAMES = 0.25
_OTHER_LINES = 6
"""Of a terminal, beside the trials."""
_WIDEST = 12
"""Of a column of numbers whose terminal is too narrow."""
_STYLES = {"running": "cyan", "failed": "red", "killed": "red", "interrupted": "yellow", "planned": "dim"}
_UNDER_WAY = ("running", "waiting")


class SweepDisplay(AbstractContextManager["SweepDisplay"], Protocol):
    """Told whenever something is new of a trial."""

    def update(self, trial: "Trial") -> None:
        """Shows how the sweep stands."""
        ...

    def say(self, line: str) -> None:
        """Says something in between."""
        ...


def sweep_display(record: "Record", *, quiet: bool) -> SweepDisplay:
    """The display for stderr as it is."""
    if not quiet and (console := live_console()):
        return _LiveTable(record, console)
    return _Lines(record, quiet=quiet)


class _Lines(SweepDisplay):
    """A line when a trial begins, one when it ends, and in a population one when it copies another."""

    def __init__(self, record: "Record", *, quiet: bool) -> None:
        self._record = record
        self._quiet = quiet
        self._statuses = {trial.number: trial.status for trial in record.trials}
        self._copied = {trial.number: len(trial.exploits) for trial in record.trials}

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        pass

    def update(self, trial: "Trial") -> None:
        for exploit in trial.exploits[self._copied.get(trial.number, 0) :]:
            values = describe_values(exploit.values)
            self.say(f"trial {trial.number} copies trial {exploit.trial} after epoch {exploit.epoch}: {values}")
        self._copied[trial.number] = len(trial.exploits)
        if trial.status == "waiting" or self._statuses.get(trial.number) == trial.status:
            return
        self._statuses[trial.number] = trial.status
        if trial.status == "running":
            self.say(f"trial {trial.number} begins: {describe_values(trial.values)}")
            return
        facts = [counted(trial.runs[-1].epoch, "epoch")] if trial.runs else []
        facts += [f"{self._record.plan.objective.name} {show_objective(self._record, trial)}"] * (
            trial.objective is not None
        )
        facts += [trial.error] if trial.error else []
        self.say(f"trial {trial.number} {trial.status}: {', '.join(facts)}  ({describe_counts(self._record)})")

    def say(self, line: str) -> None:
        if not self._quiet:
            with suppress(OSError):  # nobody reads any more
                print(one_line(line), file=sys.stderr, flush=True)  # noqa: T201


class _LiveTable(SweepDisplay):
    """The trials that run, then the best of the others."""

    def __init__(self, record: "Record", console: Console) -> None:
        self._record = record
        self._live = Live(console=console, auto_refresh=False, transient=True)
        self._start = time.monotonic()
        self._next = 0.0

    def __enter__(self) -> "_LiveTable":
        with suppress(OSError):
            self._live.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with suppress(OSError):
            self._live.update(self._shown(), refresh=True)
            self._live.__exit__(kind, error, trace)

    def update(self, trial: "Trial") -> None:
        if time.monotonic() < self._next:
            return
        self._next = time.monotonic() + _SECONDS_BETWEEN_FRAMES
        with suppress(OSError):
            self._live.update(self._shown(), refresh=True)

    def say(self, line: str) -> None:
        with suppress(OSError):
            self._live.console.print(Text(one_line(line)))

    def _shown(self) -> Group:
        record = self._record
        room = max(self._live.console.height - _OTHER_LINES, 3)
        ordered = sorted(record.ranked, key=lambda trial: (trial.status not in _UNDER_WAY, trial.status == "planned"))
        table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
        rows = [list(map(one_line, cells(record, trial))) for trial in ordered[:room]]
        *numbers, status = headings(record)
        for index, heading in enumerate(numbers):
            widest = min(max((len(row[index]) for row in rows), default=0), _WIDEST)  # the status is cut first
            table.add_column(heading, justify="right", no_wrap=True, min_width=widest)
        table.add_column(status, no_wrap=True)
        for trial, row in zip(ordered, rows, strict=False):
            style = "bold green" if trial is record.best else _STYLES.get(trial.status, "")
            table.add_row(*map(Text, row), style=style)
        lines = [Text(f"… {len(ordered) - room} more", style="dim")] if len(ordered) > room else []
        clock = format_clock(time.monotonic() - self._start)
        return Group(table, *lines, Text(f"{describe_counts(record)}, time {clock}"))
