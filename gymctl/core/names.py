"""Names that become files: of an experiment, its run and its checkpoints."""

from typing import TypeGuard

from gymctl.core.errors import InputError

LONGEST = 150
"""Bytes. A checkpoint's file name adds up to 60 to it, and file systems stop at 255."""


def is_name(value: object) -> TypeGuard[str]:
    """Whether something can be a file's name, on any system, and be shown: no separators, no ``..``, no escapes."""
    return (
        isinstance(value, str)
        and value.strip() not in {"", ".", ".."}
        and not any(c in "/\\" or not c.isprintable() for c in value)
        and len(value.encode()) <= LONGEST
    )


def check_name(name: str) -> None:
    """Refuses what can't be the name of an experiment.

    Raises:
        InputError: It can't.
    """
    if is_name(name):
        return
    if name.isprintable() and len(name.encode()) > LONGEST:
        raise InputError(f"the experiment's name is longer than {LONGEST} bytes", "use a shorter one")
    raise InputError(f"{name!r} can't be the name of an experiment", "use a plain name without path separators")
