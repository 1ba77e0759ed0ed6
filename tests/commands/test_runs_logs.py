"""``gymctl runs logs``."""

import json
import signal

import pytest

from tests.helpers import written_events


@pytest.fixture
def run(tmp_path):
    run = written_events.run(tmp_path / "runs", "Ant", task="Ant", status="completed")
    run.log_path.write_bytes(b"one\n\x1b[31mtwo\x1b[0m\n")
    return run


def test_the_log_is_printed_and_following_ends_with_the_training(invoke, run):
    assert invoke("runs", "logs", "Ant").stdout == "one\ntwo\n"
    followed = invoke("runs", "logs", "Ant", "--follow", "-n", "1")
    assert followed.stdout == "two\n"
    assert followed.stderr == "runs/Ant: completed\n"


def test_verbose_shows_where_an_error_came_from_as_plain_text(invoke, refuse, run):
    shown = invoke("runs", "logs", "\x1b[2Jx", "-v", code=2).stderr
    assert "Traceback (most recent call last)" in shown
    assert shown.splitlines()[-2].startswith("error: there is no run")
    assert "\x1b" not in shown
    assert "there is no run" in refuse("runs", "logs", "x", "-q").what


def test_json_has_the_lines_and_does_not_follow(invoke, refuse, run):
    assert json.loads(invoke("runs", "logs", "Ant", "--json").stdout)["lines"] == ["one", "two"]
    assert "--follow" in refuse("runs", "logs", "Ant", "--json", "--follow").what


@pytest.mark.slow
def test_ctrl_c_ends_it_with_130_and_without_a_word(gymctl, run):
    with run.claim():
        process = gymctl.start("runs", "logs", "Ant", "--follow")
        assert [process.stdout.readline() for _ in range(2)] == ["one\n", "two\n"]
        process.send_signal(signal.SIGINT)
        _, stderr = process.communicate(timeout=60)
    assert (process.returncode, stderr) == (130, "")
