"""What a hostile input is."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Case:
    """An input that a stranger may have made.

    It passes if `run` returns or raises a `GymctlError`. Any other exception fails, and so do ten seconds without an
    end, more than 2 GB of memory, and what the case itself finds by an `AssertionError`, as a file touched outside.
    """

    kind: str
    """As ``run.json``, ``checkpoint`` or ``onnx``."""
    name: str
    """Unique within its kind."""
    run: Callable[[Path], object]
    """Gets an empty directory; makes the input there and hands it to gymctl's public functions."""
