"""Errors that the user can act on: one line that says what is wrong, one that says what to do."""

import difflib
from collections.abc import Iterable

from gymctl.core.terminal import one_line


class GymctlError(Exception):
    """A failure told to the user without a traceback; where there is one, its lines are plain text there too.

    Args:
        what: One line: what went wrong.
        fix: One line: what to do about it.
        details: Further lines between the two, where several things are wrong.
    """

    exit_code = 1

    def __init__(self, what: str, fix: str = "", details: Iterable[str] = ()) -> None:
        super().__init__(one_line(what))
        self.details = tuple(details)
        for line in self.details:
            self.add_note(one_line(line))
        if fix:
            self.add_note(one_line(fix))  # so that it stands in a traceback too, where gymctl is used from Python
        self.what = what
        self.fix = fix


class InputError(GymctlError):
    """Bad usage or bad input: a flag, a config key, a file. Exit code 2."""

    exit_code = 2


class BackendError(GymctlError):
    """A needed backend (device, engine, optional package) is missing or incompatible. Exit code 3."""

    exit_code = 3


def closest(name: str, known: Iterable[str]) -> list[str]:
    """The known names that a misspelt one may have meant, the closest first, at most three.

    One that differs in case or in ``-`` and ``_`` alone is the only one.

    Args:
        name: What the user wrote.
        known: What would have been accepted.
    """
    by_normal_form = {_normal_form(k): k for k in known}
    wanted = _normal_form(name)
    if wanted in by_normal_form:
        return [by_normal_form[wanted]]
    return [by_normal_form[c] for c in difflib.get_close_matches(wanted, by_normal_form, n=3, cutoff=0.6)]


def suggest(name: str, known: Iterable[str]) -> str:
    """Says which known names are close to a misspelt one.

    Args:
        name: What the user wrote.
        known: What would have been accepted.

    Returns:
        ``"did you mean 'Ant' or 'Anymal'?"``, or ``""`` if none is close.
    """
    return did_you_mean(closest(name, known))


def did_you_mean(names: Iterable[str]) -> str:
    """The question for some names; ``""`` for none."""
    question = " or ".join(map(repr, names))
    return question and f"did you mean {question}?"


def _normal_form(name: str) -> str:
    return name.lower().replace("-", "_")
