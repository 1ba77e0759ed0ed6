"""Writes TensorBoard's event files in the thread that trains, so that a full disk stops the training."""

import os
import struct
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tensorboardX.proto.event_pb2 import Event  # pyright: ignore[reportAttributeAccessIssue]  made on import
from tensorboardX.record_writer import masked_crc32c
from tensorboardX.summary import scalar

from gymctl.core.inside import check_inside

ScalarListener = Callable[[str, float, int], None]
"""Takes a tag, a value and what it is drawn against."""


class CurveWriter:
    """Scalars in one event file; what can't be written raises an `OSError`.

    Args:
        directory: ``summaries/`` of a run.
        listener: Gets every point too.
    """

    def __init__(self, directory: str, listener: ScalarListener | None = None) -> None:
        self._listener = listener
        check_inside(Path(directory), Path(directory).parent)
        name = f"events.out.tfevents.{time.time():.6f}.gymctl.{os.getpid()}"  # TensorBoard's have the machine's name
        self._file = (Path(directory) / name).open("xb")
        self._write(Event(file_version="brain.Event:2"))

    def add_scalar(self, tag: str, value: Any, step: int | None = None) -> None:
        """Adds a point to a curve."""
        summary, at = scalar(tag, value), 0 if step is None else int(step)
        self._write(Event(summary=summary, step=at))
        if self._listener is not None:
            self._listener(tag, summary.value[0].simple_value, at)

    def flush(self) -> None:
        """Hands everything to the operating system, so that a killed process loses nothing."""
        self._file.flush()

    def close(self) -> None:
        """Writes the rest."""
        self._file.close()

    def _write(self, event: Event) -> None:
        event.wall_time = time.time()
        data = event.SerializeToString()
        length = struct.pack("<Q", len(data))
        for part in (length, data):
            self._file.write(part + struct.pack("<I", masked_crc32c(part)))
