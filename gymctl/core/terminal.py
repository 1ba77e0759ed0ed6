"""Text for a terminal or a log: characters that can be seen, and nothing that a terminal would obey."""

import io
import re
import unicodedata
from typing import BinaryIO

_LONGEST_WORD = 300


def plain_text(text: str) -> str:
    r"""Text of several lines: all but line breaks is shown as characters, as ``\x1b`` for an escape.

    Control characters, marks that turn the direction of writing, and what no file or terminal can encode become
    escapes. Tabs and the spaces of other scripts become spaces.
    """
    return "".join(c if c.isprintable() or c == "\n" else _shown(c) for c in text)


def one_line(text: object) -> str:
    """The same in one line: line breaks too become escapes, and words without end are cut."""
    shown = "".join(c if c.isprintable() else _shown(c) for c in str(text))
    if len(shown) < _LONGEST_WORD:
        return shown
    return re.sub(rf"\S{{{_LONGEST_WORD},}}", lambda word: f"{word[0][:100]}…{word[0][-50:]}", shown)


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


def _shown(character: str) -> str:
    is_space = character == "\t" or unicodedata.category(character) == "Zs"
    return " " if is_space else repr(character)[1:-1]
