"""Text for a terminal."""

import io

import pytest

from gymctl.core.terminal import PlainFile, escaped, one_line, plain_text

HOSTILE = [
    "\x1b[31m",
    "\x1b]0;title\x07",
    "\x9b31m",
    "\0",
    "\b",
    "\r",
    "\u202e",
    "\u2066",
    "\u2028",
    "\u200b",
    "\xa0",
    "\x85",
    "\ud800",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_that_a_terminal_obeys_is_left(text):
    for shown in (plain_text(f"a{text}b"), one_line(f"a{text}b")):
        assert shown.isprintable()
        assert "\\" in shown
        shown.encode()


def test_letters_of_all_scripts_stay():
    text = "Ameise läuft 跑 🐜 […]"
    assert one_line(text) == plain_text(text) == text


def test_line_breaks_stay_between_lines_only():
    assert plain_text("a\n\tb") == "a\n\tb"
    assert one_line("a\nb\tc") == escaped("a\nb\tc") == "a\\nb\\tc"


def test_words_without_end_are_cut():
    assert len(one_line("x" * 100_000)) < 300
    assert len(one_line("word " * 100_000)) <= 2000
    assert one_line("word " * 100) == "word " * 100
    assert escaped("x" * 5000) == "x" * 5000  # as for a path that is a result


def test_a_log_takes_plain_text_only():
    raw = io.BytesIO()
    log = PlainFile(raw)
    print("name\x1b[2J", "\ud800", file=log)
    assert raw.getvalue() == b"name\\x1b[2J \\ud800\n"
