"""How keys, values and trials of a sweep are shown to people."""

from collections.abc import Sequence
from typing import Any

from gymctl.core.terminal import one_line
from gymctl.sweep.record import Trial, Values

_LONGEST_VALUE = 40


def short_names(keys: Sequence[str]) -> list[str]:
    """The keys by their last parts, as ``learning_rate``; with more parts where two would be the same."""
    shown = []
    for key in keys:
        parts = key.split(".")
        names = (".".join(parts[-count:]) for count in range(1, len(parts) + 1))
        shown.append(
            next((name for name in names if sum(f".{other}".endswith(f".{name}") for other in keys) == 1), key)
        )
    return shown


def show_value(value: Any) -> str:
    """A value of the space, shortened."""
    text = f"{value:.4g}" if isinstance(value, float) else str(value)
    return text if len(text) <= _LONGEST_VALUE else f"{text[: _LONGEST_VALUE - 1]}…"


def describe_values(values: Values) -> str:
    """Values in one line, as ``learning_rate 0.001, headingWeight 0.5``."""
    names = short_names(list(values))
    return one_line(
        ", ".join(f"{name} {show_value(value)}" for name, value in zip(names, values.values(), strict=True))
    )


def show_status(trial: Trial) -> str:
    """A trial's status, in a population with the last trial that it copied: ``running, copied 3 at 50``."""
    last = trial.exploits[-1:]
    return trial.status + "".join(f", copied {exploit.trial} at {exploit.epoch}" for exploit in last)
