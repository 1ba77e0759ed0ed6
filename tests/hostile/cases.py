"""What a hostile input is."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Case:
    """A hostile input, and what gymctl is made to do with it."""

    kind: str
    """As ``run.json``, ``checkpoint``, ``onnx``."""
    name: str
    """Unique within its kind."""
    run: Callable[[Path], object]
    """Gets an empty directory; makes the input there and hands it to gymctl's public functions."""
