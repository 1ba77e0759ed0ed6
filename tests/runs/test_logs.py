"""Reading and following ``train.log``."""

import os

import pytest

from gymctl.core.errors import InputError
from gymctl.runs.logs import follow_log, read_log
from tests.helpers import written_events


@pytest.fixture
def run(tmp_path):
    return written_events.run(tmp_path, "Ant", task="Ant", status="running")


def add(run, text, mode="ab"):
    with run.log_path.open(mode) as file:
        file.write(text)


def test_colours_and_cursor_movements_are_removed_and_other_control_characters_are_shown(run):
    add(run, b"\x1b[1;31mred\x1b[0m \x1b]0;title\x07end\r\na\x08b\x1b c\n\xff\xe2\x80\xae\nno end")
    assert list(read_log(run)) == ["red end", r"a\x08b\x1b c", "\ufffd\\u202e", "no end"]


def test_only_the_last_lines(run):
    add(run, b"1\n2\n3\n")
    assert list(read_log(run, 2)) == ["2", "3"]
    assert list(read_log(run, 0)) == []
    assert list(follow_log(run, 1)) == ["3"]


def test_of_a_log_of_any_size_only_its_end_is_read_for_the_last_lines(run):
    add(run, b"first\n")
    os.truncate(run.log_path, 2**39)
    add(run, b"\n" + b"1\n2\n")
    assert list(read_log(run, 2)) == ["1", "2"]
    assert list(follow_log(run, 1)) == ["2"]


def test_of_a_line_without_end_only_the_beginning_is_shown(run):
    add(run, b"x" * 200_000)
    (line,) = read_log(run)
    assert line.strip("x") == "…"
    assert len(line) < 10_000
    add(run, b"\nnext\n" + b"y" * 4096 + b"\n" + b"z" * 4097)
    assert list(read_log(run))[1:] == ["next", "y" * 4096, "z" * 4096 + "…"]


def test_it_is_followed_until_nobody_trains_the_run(run):
    steps = iter([lambda: add(run, b"one\ntw"), lambda: add(run, b"o\n"), lambda: add(run, b"last\n"), None])
    claim = run.claim()

    def wait(seconds):
        step = next(steps)
        if step is None:
            claim.close()
        else:
            step()

    add(run, b"zero\n")
    assert list(follow_log(run, wait=wait)) == ["zero", "one", "two", "last"]


def test_what_is_printed_just_before_the_end_is_not_lost(run):
    claim = run.claim()

    def wait(seconds):
        add(run, b"the end")
        claim.close()

    assert list(follow_log(run, wait=wait)) == ["the end"]


def test_a_log_that_is_replaced_or_cut_is_followed_from_its_beginning(run):
    def rotate():
        os.replace(run.log_path, run.path / "train.log.1")
        add(run, b"new\n")

    steps = iter([rotate, lambda: add(run, b"more\n"), lambda: add(run, b"cut\n", "wb"), None])
    claim = run.claim()

    def wait(seconds):
        step = next(steps)
        if step is None:
            claim.close()
        else:
            step()

    add(run, b"old\nhalf")
    assert list(follow_log(run, wait=wait)) == ["old", "half", "new", "more", "cut"]


def test_a_run_without_a_log_and_a_log_elsewhere_are_refused(run, tmp_path):
    for read in (read_log, follow_log):
        with pytest.raises(InputError, match=r"no train\.log"):
            list(read(run))
    (tmp_path / "secret").write_text("secret")
    run.log_path.symlink_to(tmp_path / "secret")
    for read in (read_log, follow_log):
        with pytest.raises(InputError, match="leads out"):
            list(read(run))
