"""What a training shows on a terminal, drawn on a pseudo-terminal."""

import os
import re

import pytest

from gymctl.commands.progress import training_display
from gymctl.learning.agents.base import EpochTimes
from gymctl.learning.observer import Progress
from tests.helpers.terminals import drained

EPOCHS = 40


def progress(epoch):
    return Progress(
        epoch=epoch,
        max_epochs=EPOCHS,
        epochs_done=epoch,
        env_steps=epoch * 1_000_000,
        env_steps_done=epoch * 1_000_000,
        wall_seconds=epoch * 2.0,
        simulation_steps_per_second=1_234_567.0,
        steps_per_second=654_321.0,
        epoch_times=EpochTimes(1.0, 1.0, 1.0),
        reward_mean=epoch * 150.0 if epoch > 2 else None,
        length_mean=1000.0 if epoch > 2 else None,
        best_reward=12345.67 if epoch > 5 else None,
        diverged=epoch // 20,
    )


@pytest.fixture
def shown(monkeypatch):
    """What a training writes to a terminal on stderr."""
    for name in ("CI", "NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)

    def run(columns, encoding="utf-8", **variables):
        for name, value in {"TERM": "xterm-256color", "COLUMNS": str(columns), "LINES": "24", **variables}.items():
            monkeypatch.setenv(name, value)
        master, slave = os.openpty()
        with os.fdopen(slave, "w", encoding=encoding) as terminal, monkeypatch.context() as context:
            context.setattr("sys.stderr", terminal)
            with training_display(quiet=False) as display:
                for epoch in range(1, EPOCHS + 1):
                    display.update(progress(epoch))
            terminal.flush()
            written = drained(master)
        os.close(master)
        return written.decode(encoding)

    return run


def lines(text):
    """The lines of the last picture, without control sequences."""
    plain = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", text).replace("\r", "\n")
    found = [line.rstrip() for line in plain.split("\n") if line.strip()]
    return found[max(number for number, line in enumerate(found) if line.startswith("epoch")) :]


@pytest.mark.parametrize("columns", [200, 80, 61, 40])
def test_no_line_is_longer_than_the_terminal_is_wide(shown, columns):
    drawn = lines(shown(columns))
    assert max(map(len, drawn)) <= columns
    told = " ".join(drawn)
    for what in ("40/40", "6,000.00", "best 12,345.67", "1,000.0", "654,321", "1:20", "eta 0:00", "diverged"):
        assert what in told
    assert ("█" in told) == (columns > 60)


def test_curves_are_ascii_where_the_encoding_asks_for_it(shown):
    assert "#" in " ".join(lines(shown(80, encoding="ascii")))


def test_no_colour_is_used_where_none_is_wanted(shown):
    coloured = r"\x1b\[[0-9;]*3[0-9][0-9;]*m"
    assert re.search(coloured, shown(80))
    assert not re.search(coloured, shown(80, NO_COLOR="1"))


@pytest.mark.parametrize("variables", [{"CI": "1"}, {"TERM": "dumb"}])
def test_terminals_that_take_no_pictures_get_plain_lines(shown, variables):
    text = shown(80, **variables)
    assert "\x1b" not in text
    assert "epoch 40/40  reward 6000.00  best 12345.67  length 1000.0  654,321 steps/s  time 1:20  eta 0:00" in text


def test_pictures_are_few_whatever_the_number_of_epochs(shown):
    assert shown(80).count("epoch") < 5
