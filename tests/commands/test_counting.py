"""What a command that counts shows: bars on a terminal, plain lines in a log, and nothing where none is wanted."""

import os
import re

import pytest

from gymctl.commands import counting
from tests.helpers.terminals import drained


@pytest.fixture(autouse=True)
def _no_wait(monkeypatch):
    monkeypatch.setattr(counting, "_SECONDS_BETWEEN_LINES", 0.0)


def count_up(*, is_silent=False):
    with counting.counter(is_silent=is_silent) as count:
        for done in range(1, 4):
            count("frames", done, 1200)
            count("episodes", 0, 4)


def test_a_log_gets_plain_lines(capfd):
    count_up()
    lines = capfd.readouterr().err.splitlines()
    assert lines[0] == "frames 1/1,200"
    assert lines[-1] == "frames 3/1,200  episodes 0/4"


def test_few_lines_are_written_whatever_is_counted(capfd, monkeypatch):
    monkeypatch.setattr(counting, "_SECONDS_BETWEEN_LINES", 1000.0)
    count_up()
    assert capfd.readouterr().err == ""


def test_nothing_is_shown_where_none_is_wanted(capfd):
    count_up(is_silent=True)
    assert capfd.readouterr() == ("", "")


def test_a_terminal_gets_bars(monkeypatch):
    for name in ("CI", "NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    for name, value in {"TERM": "xterm-256color", "COLUMNS": "80", "LINES": "24"}.items():
        monkeypatch.setenv(name, value)
    master, slave = os.openpty()
    with os.fdopen(slave, "w") as terminal, monkeypatch.context() as context:
        context.setattr("sys.stderr", terminal)
        count_up()
        terminal.flush()
        shown = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", drained(master).decode())
    os.close(master)
    assert re.search(r"frames +\S*━+\S* *3/1200", shown)
    assert re.search(r"episodes +\S*━+\S* *0/4", shown)
