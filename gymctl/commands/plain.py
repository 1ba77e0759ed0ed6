"""Text for terminals of any width; without Rich, which takes long to import."""

import shutil
import sys
import textwrap


def terminal_columns() -> int | None:
    """How wide the terminal on stdout is; None where it is none."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None


def fitted(text: str, indent: int) -> str:
    """Text for stdout: on a terminal, what is too long for a line goes on in the next one, indented."""
    columns = terminal_columns()
    if columns is None:
        return text
    return "\n".join(textwrap.fill(line, columns, subsequent_indent=" " * indent) for line in text.splitlines())


def duration(seconds: float) -> str:
    """``m:ss`` or ``h:mm:ss``."""
    hours, rest = divmod(max(round(seconds), 0), 3600)
    return f"{hours}:{rest // 60:02}:{rest % 60:02}" if hours else f"{rest // 60}:{rest % 60:02}"
