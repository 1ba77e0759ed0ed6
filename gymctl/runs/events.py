"""Reads TensorBoard's event files without TensorBoard's own reader, which takes ten times as long to import."""

import math
import os
import re
import struct
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, NamedTuple

from google.protobuf.message import DecodeError
from tensorboard.compat.proto.event_pb2 import Event  # pyright: ignore[reportAttributeAccessIssue]  made on import

from gymctl.core.inside import entries, open_regular

_HEADER = struct.Struct("<Q4x")  # a record's length and its checksum
_CHECKSUM = 4  # bytes after a record
_PREFIX = "events.out.tfevents."
_LARGEST_FILE, _LARGEST_RECORD = 2**40, 2**20  # bytes
_POINTS_OF_A_FILE = 100  # that opening one takes as long as
_LONGEST_TAG = 200
_LATEST = 2.0**33  # s since 1970


class Scalar(NamedTuple):
    """A point of a curve, as it was written."""

    wall_time: float
    """When [s since 1970, before the year 2242]."""
    tag: str
    """The curve's name."""
    step: int
    """Env steps, epochs or seconds: whatever the tag is drawn against."""
    value: float
    """The number, finite, of single precision."""


class EventFile(NamedTuple):
    """What an event file holds."""

    began: float
    """When it was begun [s since 1970]."""
    scalars: list[Scalar]
    """In the order in which they were written."""


@dataclass
class Budget:
    """How much may still be read of a run's event files: less than takes seconds, more than a training of days has."""

    points: int = 600_000
    """Of the curves that are wanted."""
    size: int = 2**27
    """Of the files [bytes]."""

    @property
    def is_spent(self) -> bool:
        """Whether nothing more may be read."""
        return self.points <= 0 or self.size <= 0


def event_files(directory: Path) -> list[Path]:
    """Lists the event files of a run in the order in which they were begun, which their names tell.

    Args:
        directory: ``summaries/`` of a run.

    Raises:
        InputError: A link leads out of the run.
    """
    files = entries(directory, directory.parent, prefix=_PREFIX)
    return sorted(files, key=lambda path: (_seconds(path.name), path.name))


def read_events(path: Path, tags: Collection[str] = (), budget: Budget | None = None) -> EventFile:
    """Reads the scalars of an event file. One that breaks off, as a killed training leaves it, is read up to there.

    Pictures and the like are passed over, and so are numbers that aren't finite.

    Args:
        path: The file, in ``summaries/`` of a run.
        tags: Only these, many times as fast; none means all.
        budget: Up to where it is read, and what is then left of that; None means a whole one.

    Raises:
        OSError: It can't be opened.
        InputError: It is no regular file, or a link leads out of the run.
    """
    holds_wanted = re.compile("|".join(map(re.escape, tags)).encode()).search
    began, scalars, budget = None, [], budget or Budget()
    budget.points -= _POINTS_OF_A_FILE
    with open_regular(path, _LARGEST_FILE, inside=path.parent.parent) as file:
        for record in _records(file, budget):
            if began is not None and not holds_wanted(record):
                continue
            try:
                event = Event.FromString(record)
            except DecodeError:
                break
            values = event.summary.value
            budget.points -= max(len(values), 1)
            at = event.wall_time if 0.0 <= event.wall_time <= _LATEST else began or 0.0
            began = at if began is None else began
            scalars += [
                Scalar(at, tag, event.step, number)
                for value in values
                if value.HasField("simple_value")
                and math.isfinite(number := value.simple_value)
                and len(tag := value.tag) <= _LONGEST_TAG
                and (not tags or tag in tags)
            ]
    return EventFile(began or 0.0, scalars)


def _records(file: BinaryIO, budget: Budget) -> Iterator[bytes]:
    while not budget.is_spent:
        header = file.read(_HEADER.size)
        if len(header) < _HEADER.size:
            return
        (length,) = _HEADER.unpack(header)
        budget.size -= _HEADER.size + length + _CHECKSUM
        if not 0 < length <= _LARGEST_FILE:
            return
        if length > _LARGEST_RECORD:
            file.seek(length + _CHECKSUM, os.SEEK_CUR)
            continue
        record = file.read(length + _CHECKSUM)
        if len(record) < length + _CHECKSUM:
            return
        yield record[:length]


def _seconds(name: str) -> float:
    number = name.removeprefix(_PREFIX).split(".")
    try:
        seconds = float(".".join(number[:2])) if number[1:2] and number[1].isdecimal() else float(number[0])
    except ValueError:
        return 0.0
    return seconds if math.isfinite(seconds) else 0.0
