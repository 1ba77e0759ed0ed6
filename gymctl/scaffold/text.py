"""Text of the files that are written: YAML values with a comment on where each comes from, and templates."""

import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path

_COMMENTS = 28
"""Where comments of YAMLs begin, after values that are short enough."""
_TEMPLATES = Path(__file__).parent / "templates"
_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_WORDS = {"y", "n", "yes", "no", "on", "off", "true", "false", "null", "nan", "inf"}
_FIELD = re.compile(r"<<(\w+)>>")


def fill(template: str, fields: Mapping[str, object]) -> str:
    """A template of this package with its fields: ``<<name>>`` becomes ``fields["name"]``.

    Args:
        template: Its file's name.
        fields: What to put in.
    """
    text = _TEMPLATES.joinpath(template).read_text(encoding="utf-8")
    filled = _FIELD.sub(lambda match: str(fields[match[1]]), text)
    return "".join(map(_aligned, filled.splitlines(keepends=True))) if template.endswith(".yaml") else filled


def quoted(name: str) -> str:
    """A name as YAML reads it back."""
    return name if _PLAIN.fullmatch(name) and name.lower() not in _WORDS else json.dumps(name)


def number(value: float) -> str:
    """A number in four digits, always with a point."""
    text = f"{float(value):.4g}"
    return text if "." in text or "e" in text else f"{text}.0"


def numbers(values: Iterable[float]) -> str:
    """A list of numbers, to the millimetre."""
    return f"[{', '.join(number(round(float(value), 4) + 0.0) for value in values)}]"


def table(indent: int, rows: Iterable[tuple[str, str, str]]) -> str:
    """Lines ``name: value  # comment`` of a YAML map, the comments below each other; of equal ones the first.

    Args:
        indent: Spaces before each line.
        rows: Name, value, and comment.
    """
    lines = [(f"{' ' * indent}{quoted(name)}: {value}", comment) for name, value, comment in rows]
    width = max([_COMMENTS, *(len(line) for line, _ in lines)])
    shown, last = [], ""
    for line, comment in lines:
        shown.append(f"{line.ljust(width)} # {comment}" if comment and comment != last else line)
        last = comment
    return "\n".join(shown)


def _aligned(line: str) -> str:
    """A line of a YAML with its comment where other comments are."""
    value, mark, comment = line.partition(" # ")
    return f"{value.rstrip().ljust(_COMMENTS)}{mark}{comment}" if mark and value.strip() else line
