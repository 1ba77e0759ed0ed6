"""Shows a training's progress on stderr: live on a terminal, as plain lines elsewhere."""

import contextlib
import os
import sys
import time
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Protocol

from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.live import Live
from rich.measure import Measurement
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from gymctl.commands.remaining import RemainingTime
from gymctl.commands.text import BLOCKS, draw_sparkline, format_clock
from gymctl.core.terminal import one_line

if TYPE_CHECKING:
    from gymctl.learning.observer import Progress

_SECONDS_BETWEEN_LINES = 5.0
_SECONDS_BETWEEN_FRAMES = 0.25
_NARROW, _WIDE = 60, 110
"""Columns below which no curves are drawn, and beyond which they don't grow."""
_MARGIN = 3
"""Columns left free for the ``^C`` that terminals write behind the last line, which would else break it."""
_ASCII_BLOCKS = "_.-~=+*#"


def live_console() -> Console | None:
    """The terminal on stderr; None where it is none, or one that only takes plain lines, as those of CI services."""
    console = Console(stderr=True)
    draws = sys.stderr.isatty() and not console.is_dumb_terminal and not os.environ.get("CI")
    return console if draws else None


class TrainingDisplay(Protocol):
    """A context manager that is told of every epoch."""

    def __enter__(self) -> "TrainingDisplay": ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    def update(self, progress: "Progress") -> None:
        """Shows how the training stands."""
        ...

    def say(self, line: str) -> None:
        """Says something in between."""
        ...


def training_display(*, quiet: bool) -> TrainingDisplay:
    """The display for stderr as it is: a live table on a terminal, a line every few seconds in a pipe or a log."""
    if quiet:
        return _Lines(lambda line: None)
    if console := live_console():
        return _Unlosable(_LiveTable(console))
    return _Unlosable(_Lines(lambda line: print(line, file=sys.stderr, flush=True)))  # noqa: T201


class _Unlosable:
    """A display whose end, as of a closed terminal or pipe, doesn't end the training."""

    def __init__(self, display: TrainingDisplay) -> None:
        self._display = display

    def __enter__(self) -> "_Unlosable":
        with contextlib.suppress(OSError):
            self._display.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with contextlib.suppress(OSError):
            self._display.__exit__(kind, error, trace)

    def update(self, progress: "Progress") -> None:
        with contextlib.suppress(OSError):
            self._display.update(progress)

    def say(self, line: str) -> None:
        with contextlib.suppress(OSError):
            self._display.say(line)


class _Lines:
    def __init__(self, write: Callable[[str], None]) -> None:
        self._write = write
        self._next = 0.0
        self._remaining = RemainingTime()
        self._unwritten: str | None = None

    def __enter__(self) -> "_Lines":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._unwritten:
            self._write(self._unwritten)

    def update(self, progress: "Progress") -> None:
        self._unwritten = _line(progress, self._remaining.after(progress))
        if time.monotonic() >= self._next:
            self._write(self._unwritten)
            self._next = time.monotonic() + _SECONDS_BETWEEN_LINES
            self._unwritten = None

    def say(self, line: str) -> None:
        self._write(one_line(line))


class _LiveTable:
    def __init__(self, console: Console) -> None:
        self._live = Live(console=console, auto_refresh=False)
        self._next = 0.0
        self._remaining = RemainingTime()
        self._rewards: list[float] = []
        self._lengths: list[float] = []
        self._styles: list[float] = []

    def __enter__(self) -> "_LiveTable":
        self._live.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._live.__exit__(kind, error, trace)

    def update(self, progress: "Progress") -> None:
        if progress.reward_mean is not None and progress.length_mean is not None:
            self._rewards.append(progress.reward_mean)
            self._lengths.append(progress.length_mean)
        if progress.style is not None:
            self._styles.append(progress.style.reward)
        due = time.monotonic() >= self._next
        if due:
            self._next = time.monotonic() + _SECONDS_BETWEEN_FRAMES
        table = self._table(progress, self._remaining.after(progress))
        self._live.update(table, refresh=due)  # at its end, Live draws what came last

    def say(self, line: str) -> None:
        self._live.console.print(Text(one_line(line)))

    def _table(self, p: "Progress", seconds_left: float | None) -> Table:
        width = self._live.console.width
        table = _WideTable(min(width - _MARGIN, _WIDE)) if width >= _NARROW else _NarrowTable()
        bar = ProgressBar(total=p.max_epochs, completed=p.epoch) if p.max_epochs > 0 else ""
        table.add("epoch", _epochs(p), bar)
        table.add("time", format_clock(p.wall_seconds), "", _eta(seconds_left))
        if p.reward_mean is not None:
            best = "" if p.best_reward is None else f"best {p.best_reward:,.2f}"
            table.add("reward", f"[bold]{p.reward_mean:,.2f}[/bold]", _Sparkline(self._rewards), best)
            table.add("length", f"{p.length_mean:,.1f}", _Sparkline(self._lengths))
        if p.style is not None:
            told = f"told apart {p.style.agent_accuracy:.0%}"
            table.add("style", f"{p.style.reward:.3f}", _Sparkline(self._styles), told)
        simulation = f"{p.simulation_steps_per_second:,.0f} in simulation"
        table.add("steps/s", f"{p.steps_per_second:,.0f}", simulation, _steps(p))
        if p.diverged:
            table.add("diverged", f"[yellow]{p.diverged:,}[/yellow]", "episodes ended by a non-finite state")
        return table.grid


class _WideTable:
    """A line for each number, with its curve."""

    def __init__(self, width: int) -> None:
        self.grid = Table.grid(padding=(0, 2, 0, 0), expand=True)
        self.grid.width = width
        self.grid.add_column(style="dim", no_wrap=True, min_width=8)
        self.grid.add_column(no_wrap=True, min_width=11)
        self.grid.add_column(no_wrap=True, ratio=1)
        self.grid.add_column(no_wrap=True, min_width=14)

    def add(self, name: str, value: str, figure: RenderableType, remark: str = "") -> None:
        self.grid.add_row(name, value, figure, remark)


class _Sparkline:
    """A curve in one line, as wide as there is room.

    Args:
        values: The curve.
    """

    def __init__(self, values: Sequence[float]) -> None:
        self._values = values

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        levels = _ASCII_BLOCKS if options.ascii_only else BLOCKS
        yield Text(draw_sparkline(self._values, options.max_width, levels), style="cyan", no_wrap=True, overflow="crop")

    def __rich_measure__(self, console: Console, options: ConsoleOptions) -> Measurement:
        return Measurement(1, options.max_width)


class _NarrowTable:
    """Numbers alone, each remark in a line of its own."""

    def __init__(self) -> None:
        self.grid = Table.grid(padding=(0, 2, 0, 0))
        self.grid.add_column(style="dim", no_wrap=True)
        self.grid.add_column(no_wrap=True)

    def add(self, name: str, value: str, figure: RenderableType, remark: str = "") -> None:
        self.grid.add_row(name, value)
        if remark:
            self.grid.add_row("", remark)


def _line(p: "Progress", seconds_left: float | None) -> str:
    fields = [f"epoch {_epochs(p)}"]
    if p.reward_mean is not None:
        fields.append(f"reward {p.reward_mean:.2f}")
        if p.best_reward is not None:
            fields.append(f"best {p.best_reward:.2f}")
        fields.append(f"length {p.length_mean:.1f}")
    if p.style is not None:
        fields.append(f"style {p.style.reward:.3f}")
    fields += [f"{p.steps_per_second:,.0f} steps/s", f"time {format_clock(p.wall_seconds)}", _eta(seconds_left)]
    if p.diverged:
        fields.append(f"{p.diverged} diverged")
    return "  ".join(filter(None, fields))


def _steps(p: "Progress") -> str:
    return f"{p.env_steps:,} steps" + (" in all" if p.env_steps != p.env_steps_done else "")


def _epochs(p: "Progress") -> str:
    return f"{p.epoch}/{p.max_epochs}" if p.max_epochs > 0 else str(p.epoch)


def _eta(seconds_left: float | None) -> str:
    return "" if seconds_left is None else f"eta {format_clock(seconds_left)}"
