"""Inspects a checkpoint file without running or unpacking it."""

import io
import pickletools
import re
import reprlib
import stat
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from gymctl.core.errors import InputError

FIX = "give a .pth file that rl_games or gymctl saved"

_LARGEST = 4 * 2**30
_LARGEST_RATIO = 10
"""PyTorch stores without compression; someone who packed a file anew gains much less than this."""
_LARGEST_PICKLE = 4 * 2**20
"""The pickle of a checkpoint names tensors and has none in it: tens of kilobytes."""
_MOST_TUPLES = 20_000
_NAME = re.compile(r"[\w.]+\.\w+")
_HARMLESS = re.compile(
    r"collections\.OrderedDict|_codecs\.encode|numpy\.dtype|numpy\.(_core|core)\.multiarray\.scalar"
    r"|torch\.\w*Storage|torch\._utils\._rebuild_(tensor_v2|parameter)"
)


def check_archive(path: Path, *, trusted: bool) -> None:
    """Refuses what is no complete PyTorch archive, or one that would unpack to far more than its size.

    Args:
        path: The file.
        trusted: Whether the user vouches for it: then it may have any size.

    Raises:
        InputError: Saying what the file is instead.
    """
    try:
        status = path.stat()
    except OSError as error:
        raise InputError(f"there is no file '{path}'", "give a .pth file or a run directory") from error
    if stat.S_ISDIR(status.st_mode):
        raise InputError(f"'{path}' is a directory", FIX)
    if not stat.S_ISREG(status.st_mode):
        raise InputError(f"'{path}' is no regular file", FIX)
    if status.st_size == 0:
        raise InputError(f"'{path}' is empty", "give another checkpoint: this one was never written completely")
    try:
        with zipfile.ZipFile(path) as archive:
            if any(name.endswith("/constants.pkl") for name in archive.namelist()):
                raise InputError(f"'{path}' is a TorchScript file, not a checkpoint", FIX)
            if not trusted:
                _check_sizes(path, status.st_size, archive)
    except InputError:
        raise
    except OSError as error:
        raise InputError(f"can't read '{path}': {error.strerror or error}", FIX) from error
    except Exception as error:  # a hostile directory of the archive can fail in any way
        raise _no_archive(path) from error


def foreign_names(path: Path) -> list[str]:
    """Names of Python objects that a file's pickles ask for, besides harmless ones; read, not imported.

    Args:
        path: A PyTorch archive, or pickles one after the other, as PyTorch wrote them before version 1.6.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            pickles = [archive.read(name) for name in archive.namelist() if name.endswith("data.pkl")]
    except Exception:  # no archive, or a damaged one
        with path.open("rb") as file:
            pickles = [file.read(_LARGEST_PICKLE)]
    names = {name for data in pickles for name in _names(data)}
    return sorted(name for name in names if _NAME.fullmatch(name) and not _HARMLESS.fullmatch(name))


class _Short(reprlib.Repr):
    def repr_int(self, x: int, level: int) -> str:
        """Python refuses to write out numbers of thousands of digits."""
        return super().repr_int(x, level) if x.bit_length() < 1000 else f"a number of {x.bit_length():,} bits"


_short = _Short()
_short.maxstring = _short.maxother = _short.maxlong = 80


def shown(value: Any) -> str:
    """A value out of a file, in a few words whatever it is."""
    return _short.repr(value)


def listing(names: list[str]) -> str:
    """The first few of some names, on one line whatever they hold."""
    shown = [name if name.isprintable() else repr(name) for name in names[:8]]
    more = len(names) - len(shown)
    return ", ".join(name[:80] for name in shown) + (f" and {more} more" if more else "")


def _check_sizes(path: Path, size: int, archive: zipfile.ZipFile) -> None:
    entries = archive.infolist()
    unpacked = sum(entry.file_size for entry in entries)
    if unpacked > _LARGEST or unpacked > _LARGEST_RATIO * size:
        raise InputError(
            f"'{path}' would unpack from {size:,} to {unpacked:,} bytes", "don't load it: no policy is saved like this"
        )
    pickles = [entry for entry in entries if entry.filename.endswith("data.pkl")]
    if sum(entry.file_size for entry in pickles) > _LARGEST_PICKLE:
        raise InputError(
            f"'{path}' has more than {_LARGEST_PICKLE:,} bytes of Python objects besides its weights",
            "don't load it: a policy has some kilobytes of them",
        )
    if any(_count_tuples(archive.read(entry)) > _MOST_TUPLES for entry in pickles):
        raise InputError(f"'{path}' nests its data without measure", "don't load it: no policy is saved like this")


def _count_tuples(data: bytes) -> int:
    """How many tuples a pickle makes: their hash recurses without limit, so that nested ones can crash a process."""
    count = 0
    try:
        for opcode, _, _ in pickletools.genops(data):
            count += opcode.name.startswith("TUPLE")
    except Exception:  # the pickle ends or breaks here, and so will what reads it
        return count
    return count


def _no_archive(path: Path) -> InputError:
    with path.open("rb") as file:
        begin = file.read(2)
    if begin == b"PK":
        return InputError(f"'{path}' is incomplete or damaged: it is no whole PyTorch archive", FIX)
    if names := foreign_names(path):
        return InputError(
            f"'{path}' is not a checkpoint but a bare pickle, which could run code: it asks for {listing(names)}",
            "don't load it; a checkpoint is a .pth file that PyTorch 1.6 or newer saved",
        )
    return InputError(f"'{path}' is not a checkpoint (no PyTorch archive)", FIX)


def _names(data: bytes) -> Iterator[str]:
    """The ``module.name`` that pickles import, as far as they can be read."""
    strings: list[str] = []
    stream = io.BytesIO(data)
    try:
        while True:
            for opcode, argument, _ in pickletools.genops(stream):
                if opcode.name in ("GLOBAL", "INST"):
                    yield ".".join(str(argument).split(" ", 1))
                elif opcode.name == "STACK_GLOBAL":
                    yield ".".join(strings[-2:])
                elif isinstance(argument, str):
                    strings.append(argument)
    except Exception:  # the pickles end or break here
        return
