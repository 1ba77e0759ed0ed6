"""Reading a checkpoint without running what it contains."""

import hashlib
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy._core import multiarray
from torch.serialization import get_unsafe_globals_in_checkpoint, safe_globals

from gymctl.checkpoints.migration import migrate
from gymctl.errors import InputError

_FIX = "give a .pth file that rl_games or gymctl saved"
_LARGEST = 4 * 2**30
_LARGEST_RATIO = 200

# rl_games stores the mean reward as a NumPy scalar; NumPy 1 and 2 give its constructor different names.
_NUMPY_SCALARS = [
    (multiarray.scalar, "numpy.core.multiarray.scalar"),
    (multiarray.scalar, "numpy._core.multiarray.scalar"),
    np.dtype,
    *(type(np.dtype(code)) for code in ("f2", "f4", "f8", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "?")),
]


def load(path: Path) -> dict[str, Any]:
    """Loads a checkpoint of rl_games as plain data, on the CPU.

    Only tensors, Python's plain types and NumPy's numbers are read: a file that names anything else is refused, and
    nothing in it is run. Older layouts come out in that of rl_games 1.6.

    Args:
        path: The ``.pth`` file.

    Returns:
        The checkpoint's dict: ``model``, ``epoch``, ``frame``, ``optimizer``, ``env_state`` and so on.

    Raises:
        InputError: If the file is missing, incomplete, no checkpoint, too large, names something else than plain
            data, or holds no usable network.
    """
    _check_archive(path)
    return migrate(_read(path), str(path))


def sha256(path: Path) -> str:
    """Computes the SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _check_archive(path: Path) -> None:
    if not path.is_file():
        raise InputError(f"there is no file '{path}'", "give a .pth file or a run directory")
    size = path.stat().st_size
    if size == 0:
        raise InputError(f"'{path}' is empty", "give another checkpoint: this one was never written completely")
    try:
        with zipfile.ZipFile(path) as archive:
            unpacked = sum(entry.file_size for entry in archive.infolist())
            is_torchscript = any(name.endswith("/constants.pkl") for name in archive.namelist())
    except OSError as error:
        raise InputError(f"can't read '{path}': {error.strerror}", _FIX) from error
    except zipfile.BadZipFile as error:
        with path.open("rb") as file:
            begins_like_zip = file.read(2) == b"PK"
        what = "is incomplete: its end is missing" if begins_like_zip else "is not a checkpoint (no PyTorch archive)"
        raise InputError(f"'{path}' {what}", _FIX) from error
    if is_torchscript:
        raise InputError(f"'{path}' is a TorchScript file, not a checkpoint", _FIX)
    if unpacked > _LARGEST or unpacked > _LARGEST_RATIO * size:
        raise InputError(
            f"'{path}' would unpack from {size:,} to {unpacked:,} bytes", "don't load it: no policy is saved like this"
        )


def _read(path: Path) -> Any:
    with safe_globals(_NUMPY_SCALARS):  # pyright: ignore[reportArgumentType]
        try:
            return torch.load(path, map_location="cpu", weights_only=True)
        except Exception as error:  # a damaged or hostile file can fail in any way
            foreign = _foreign_globals(path)
            if foreign:
                raise InputError(
                    f"'{path}' contains Python objects besides weights, which could run code: {', '.join(foreign)}",
                    "don't load it unless its author can save it again without them",
                ) from error
            reason = (str(error).strip() or type(error).__name__).splitlines()[0]
            raise InputError(f"'{path}' can't be read as a checkpoint: {reason}", _FIX) from error


def _foreign_globals(path: Path) -> list[str]:
    try:
        return sorted(get_unsafe_globals_in_checkpoint(path))
    except Exception:  # the same damage that made the load fail
        return []
