"""How a training's progress is shown: live on a terminal, as plain lines elsewhere."""

import contextlib
import sys
import time
from collections.abc import Callable
from types import TracebackType
from typing import TYPE_CHECKING, Protocol

from rich.console import Console
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table

if TYPE_CHECKING:
    from gymctl.learning.train import Progress

_SECONDS_BETWEEN_LINES = 5.0


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
    console = Console(stderr=True)
    if quiet:
        return _Lines(lambda line: None)
    if console.is_terminal and not console.is_dumb_terminal:
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
        self._unwritten: Progress | None = None

    def __enter__(self) -> "_Lines":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._unwritten:
            self._write(_line(self._unwritten))

    def update(self, progress: "Progress") -> None:
        self._unwritten = progress
        if time.monotonic() >= self._next:
            self._write(_line(progress))
            self._next = time.monotonic() + _SECONDS_BETWEEN_LINES
            self._unwritten = None

    def say(self, line: str) -> None:
        self._write(line)


class _LiveTable:
    def __init__(self, console: Console) -> None:
        self._live = Live(console=console, auto_refresh=False)

    def __enter__(self) -> "_LiveTable":
        self._live.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._live.__exit__(kind, error, trace)

    def update(self, progress: "Progress") -> None:
        self._live.update(_table(progress), refresh=True)

    def say(self, line: str) -> None:
        self._live.console.print(line)


def _line(p: "Progress") -> str:
    fields = [f"epoch {_epochs(p)}", f"{p.frames:,} steps", f"{p.steps_per_second:,.0f} steps/s"]
    if p.reward_mean is not None:
        fields += [f"reward {p.reward_mean:.2f}", f"length {p.length_mean:.1f}"]
    if p.diverged:
        fields.append(f"{p.diverged} diverged")
    return "  ".join([*fields, f"eta {_eta(p)}"])


def _table(p: "Progress") -> Table:
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="dim")
    grid.add_column(min_width=24)
    if p.max_epochs > 0:
        grid.add_row("", ProgressBar(total=p.max_epochs, completed=p.epoch, width=40))
    grid.add_row("epoch", f"{_epochs(p)}   eta {_eta(p)}")
    grid.add_row("env steps", f"{p.frames:,}")
    grid.add_row("steps/s", f"{p.steps_per_second:,.0f} in total, {p.simulation_steps_per_second:,.0f} in simulation")
    if p.reward_mean is not None:
        best = "" if p.best_reward is None else f"   best {p.best_reward:.2f}"
        grid.add_row("mean reward", f"[bold]{p.reward_mean:.2f}[/bold]{best}")
        grid.add_row("mean length", f"{p.length_mean:.1f}")
    if p.diverged:
        grid.add_row("diverged", f"[yellow]{p.diverged} episodes ended by a non-finite state[/yellow]")
    return grid


def _epochs(p: "Progress") -> str:
    return f"{p.epoch}/{p.max_epochs}" if p.max_epochs > 0 else str(p.epoch)


def _eta(p: "Progress") -> str:
    if p.max_epochs <= 0:
        return "-"
    seconds = round(p.wall_seconds / max(p.epochs_done, 1) * (p.max_epochs - p.epoch))
    hours, rest = divmod(max(seconds, 0), 3600)
    return f"{hours}:{rest // 60:02}:{rest % 60:02}" if hours else f"{rest // 60}:{rest % 60:02}"
