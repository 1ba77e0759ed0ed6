"""What an error says in a traceback is as plain as on the command line."""

import traceback

from gymctl.core.errors import InputError
from gymctl.core.terminal import plain_text


def test_a_traceback_shows_nothing_that_a_terminal_obeys():
    error = InputError("no '\x1b[2J' at \u202ex", "remove '\x9b31m'", ["line\x07"])
    shown = "".join(traceback.format_exception(error))
    assert plain_text(shown) == shown
    assert r"no '\x1b[2J' at \u202ex" in shown
    assert r"remove '\x9b31m'" in shown
    assert (error.what, error.fix) == ("no '\x1b[2J' at \u202ex", "remove '\x9b31m'")


def test_names_without_end_are_cut_in_a_traceback():
    shown = "".join(traceback.format_exception(InputError("x" * 10**6, "y " * 10**6)))
    assert len(shown) < 5000
