"""Loads a checkpoint without running what it contains."""

from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy._core import multiarray
from torch.serialization import get_unsafe_globals_in_checkpoint, safe_globals

from gymctl.core.errors import InputError
from gymctl.core.memory import bounded_memory
from gymctl.policies.checkpoints.inspecting import FIX, check_archive, foreign_names, listing
from gymctl.policies.checkpoints.migration import migrate

_SPARE = 2**30  # for the memory that PyTorch takes besides the weights

# rl_games stores the mean reward as a NumPy scalar; NumPy 1 and 2 give its constructor different names.
_NUMPY_SCALARS = [
    (multiarray.scalar, "numpy.core.multiarray.scalar"),
    (multiarray.scalar, "numpy._core.multiarray.scalar"),
    np.dtype,
    *(type(np.dtype(code)) for code in ("f2", "f4", "f8", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "?")),
]


def load_checkpoint(path: Path, *, trust: bool = False) -> dict[str, Any]:
    """Loads a checkpoint of rl_games as plain data, on the CPU.

    Only tensors, Python's plain types and NumPy's numbers are read: a file that names anything else is refused, and
    nothing in it is run. Older layouts come out in that of rl_games 1.6.

    Args:
        path: The ``.pth`` file.
        trust: Read whatever the file contains. It can run any code with the rights of this process.

    Returns:
        The checkpoint's dict: ``model``, ``epoch``, ``frame``, ``optimizer``, ``env_state`` and so on.

    Raises:
        InputError: If the file is missing, incomplete, no checkpoint, too large, names something else than plain
            data, or holds no usable network.
    """
    check_archive(path, trusted=trust)
    return migrate(_read_trusted(path) if trust else _read(path), str(path))


def _read(path: Path) -> Any:
    with safe_globals(_NUMPY_SCALARS):  # pyright: ignore[reportArgumentType]
        try:
            with bounded_memory(2 * path.stat().st_size + _SPARE):
                return torch.load(path, map_location="cpu", weights_only=True)
        except Exception as error:  # a damaged or hostile file can fail in any way
            foreign = _foreign_globals(path)
            if foreign:
                raise InputError(
                    f"'{path}' contains Python objects besides weights, which could run code: {listing(foreign)}",
                    "don't load it; if you know who made it and that it is harmless, add --trust-checkpoint",
                ) from error
            raise _unreadable(path, error) from error


def _read_trusted(path: Path) -> Any:
    try:
        return torch.load(path, map_location="cpu", weights_only=False)
    except Exception as error:  # the file's own code can fail in any way
        raise _unreadable(path, error) from error


def _unreadable(path: Path, error: Exception) -> InputError:
    reason = (str(error).strip() or type(error).__name__).splitlines()[0]
    return InputError(f"'{path}' can't be read as a checkpoint: {reason}", FIX)


def _foreign_globals(path: Path) -> list[str]:
    try:
        return sorted(get_unsafe_globals_in_checkpoint(path))
    except Exception:  # opcodes that PyTorch doesn't write, which it doesn't read either
        return foreign_names(path)
