"""Errors that the user can act on: one line that says what is wrong, one that says what to do."""

import difflib
from collections.abc import Iterable


class GymctlError(Exception):
    """A failure told to the user without a traceback.

    Args:
        what: One line: what went wrong.
        fix: One line: what to do about it.
    """

    exit_code = 1

    def __init__(self, what: str, fix: str = "") -> None:
        super().__init__(what)
        if fix:
            self.add_note(fix)  # so that it stands in a traceback too, where gymctl is used from Python
        self.what = what
        self.fix = fix


class InputError(GymctlError):
    """Bad usage or bad input: a flag, a config key, a file. Exit code 2."""

    exit_code = 2


class BackendError(GymctlError):
    """A needed backend (device, engine, optional package) is missing or incompatible. Exit code 3."""

    exit_code = 3


def suggest(name: str, known: Iterable[str]) -> str:
    """Says which known names are close to a misspelt one.

    Args:
        name: What the user wrote.
        known: What would have been accepted.

    Returns:
        ``"did you mean 'Ant' or 'Anymal'?"`` with at most three names, the closest first, or ``""``.
    """
    by_normal_form = {k.lower().replace("-", "_"): k for k in known}
    close = difflib.get_close_matches(name.lower().replace("-", "_"), by_normal_form, n=3, cutoff=0.6)
    if not close:
        return ""
    return "did you mean " + " or ".join(repr(by_normal_form[c]) for c in close) + "?"
