"""Text for a terminal or a log: characters that can be seen, and nothing that a terminal would obey."""

import io
import re
from typing import BinaryIO

_LONGEST_WORD, _LONGEST_LINE = 300, 2000


def plain_text(text: str) -> str:
    r"""Text of several lines, with an escape, as ``\x1b``, for each character that can't be seen.

    Those are control characters, marks that turn the direction of writing, spaces that look like others, and what no
    file or terminal can encode. Line breaks and tabs stay.
    """
    return "".join(c if c.isprintable() or c in "\n\t" else repr(c)[1:-1] for c in text)


def escaped(text: object) -> str:
    """The same in one line: line breaks and tabs too become escapes."""
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in str(text))


def one_line(text: object) -> str:
    """The same, with words and lines without end cut."""
    shown = escaped(text)
    if len(shown) > _LONGEST_WORD:
        shown = re.sub(rf"\S{{{_LONGEST_WORD},}}", lambda word: f"{word[0][:100]}…{word[0][-50:]}", shown)
    return shown if len(shown) <= _LONGEST_LINE else f"{shown[: _LONGEST_LINE - 100]} … {shown[-97:]}"


class PlainFile(io.TextIOWrapper):
    """A log: what is written to it, whoever writes it, comes out as `plain_text`, line by line.

    Args:
        file: Where it goes.
    """

    def __init__(self, file: BinaryIO) -> None:
        super().__init__(file, encoding="utf-8", line_buffering=True)

    def write(self, text: str, /) -> int:
        """Writes text."""
        super().write(plain_text(text))
        return len(text)
