"""What a hostile input is made of."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Case:
    """A hostile input, and what reads it."""

    kind: str
    """As ``run.json``, ``checkpoint`` or ``onnx``."""
    name: str
    """Unique within its kind."""
    run: Callable[[Path], object]
    """Gets an empty directory, makes the input there and hands it to gymctl's public functions."""
