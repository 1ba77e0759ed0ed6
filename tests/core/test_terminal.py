"""Text for a terminal."""

import io

import pytest

from gymctl.core.terminal import PlainFile, one_line, plain_text

HOSTILE = ["\x1b[31m", "\x1b]0;title\x07", "\x9b31m", "\0", "\b", "\r", "\u202e", "\u2066", "\u2028", "\x85", "\ud800"]


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
    assert plain_text("a\n\tb") == "a\n b"
    assert one_line("a\nb\u3000c") == "a\\nb c"


def test_words_without_end_are_cut():
    assert len(one_line("x" * 100_000)) < 300
    assert one_line("word " * 1000) == "word " * 1000


def test_a_log_takes_plain_text_only():
    raw = io.BytesIO()
    log = PlainFile(raw)
    print("name\x1b[2J", "\ud800", file=log)
    assert raw.getvalue() == b"name\\x1b[2J \\ud800\n"
