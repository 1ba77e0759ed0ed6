"""What a policy was trained on: Isaac Gym, or one of our physics and a version of its task. Imports no torch."""

import pickletools
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from gymctl.core.inside import open_regular
from gymctl.runs.checkpoint_names import OWN_KEYS, PHYSICS_KEY, VERSION_KEY, parse
from gymctl.runs.checkpoints import LARGEST, names_of
from gymctl.runs.directory import Run

_LARGEST = 4 * 2**20
LARGEST_RETURN = 1e9
"""No mean return is beyond this; below its negative, rl_games marks that there is none."""
_PUSHES_NUMBER = {"BININT", "BININT1", "BININT2", "LONG1"}
_REMEMBERS = {"BINPUT", "LONG_BINPUT", "PUT"}
_RECALLS = {"BINGET", "LONG_BINGET", "GET"}


@dataclass(frozen=True)
class Origin:
    """What a policy was trained on."""

    physics: str
    """``fast`` or ``isaacgym``: what to play it with, unless the user or the run's config says otherwise."""
    task_version: int | None
    """`gymctl.tasks.base.Task.version` then; None if it was trained in Isaac Gym."""

    @property
    def is_ours(self) -> bool:
        """Whether gymctl trained it."""
        return self.task_version is not None

    def version_note(self, task: str, version: int) -> str | None:
        """A line for the user if the task has changed since; None if it hasn't.

        Args:
            task: The task's name.
            version: Its version now.
        """
        if self.task_version in (None, version):
            return None
        return (
            f"trained on version {self.task_version} of {task}, which has version {version} here: "
            "it may do worse than it did; train it anew"
        )


def origin_of(path: Path, run: Run | None) -> Origin:
    """The origin of a checkpoint.

    Args:
        path: The file.
        run: The run that it belongs to, if it lies in one.
    """
    marks = _marks(path)
    if not marks and (run is None or not run.manifest_path.is_file()):
        return Origin("isaacgym", None)
    return _ours(marks.get(PHYSICS_KEY), marks.get(VERSION_KEY))


def normaliser_note(path: Path) -> str | None:
    """A line for the user if a checkpoint may lack what its observations were normalised with; None if it doesn't.

    Args:
        path: The file.
    """
    texts = {value for value in _values(path) if isinstance(value, str)}
    is_old_sac = {"steps", "log_alpha_optimizer"} <= texts and "epoch" not in texts
    if not is_old_sac or any(text.startswith("running_mean_std") for text in texts):
        return None
    return (
        "rl_games before mid-2023 saved no mean and standard deviation of the observations for SAC: if this policy was "
        "trained with normalize_input: True, it gets raw observations here, other than in training, and does much worse"
    )


def origin_of_export(metadata: Mapping[str, str]) -> Origin:
    """The origin of an exported policy, by the file's metadata."""
    if metadata.get("task_version") == "none":
        return Origin("isaacgym", None)
    version = metadata.get("task_version", "")
    return _ours(metadata.get("physics"), int(version) if version.isdecimal() and len(version) < 9 else None)


def named_return(path: Path) -> float | None:
    """The mean return that a checkpoint's name tells; None if it tells none."""
    return parse(path.stem, names_of(path)).reward


def recorded_return(path: Path, checkpoint: Mapping[str, Any]) -> float | None:
    """The mean return that a checkpoint recorded where it was trained: in its name, else its best; None if it has none.

    Args:
        path: The file.
        checkpoint: What is in it.
    """
    named = named_return(path)
    try:
        value = float(checkpoint.get("last_mean_rewards") if named is None else named)  # pyright: ignore[reportArgumentType]
    except (TypeError, ValueError, OverflowError, RuntimeError):  # the last for a tensor that is no single number
        return None
    return value if abs(value) < LARGEST_RETURN else None


def _ours(physics: str | int | None, version: str | int | None) -> Origin:
    """Of our files, those of version 1 don't tell it: none did when the tasks had it."""
    return Origin("isaacgym" if physics == "isaacgym" else "fast", version if isinstance(version, int) else 1)


def _marks(path: Path) -> dict[str, str | int]:
    """The keys of gymctl in a checkpoint, each with the text or number that follows it."""
    return {key: after for key, after in pairwise([*_values(path), ""]) if key in OWN_KEYS}  # pyright: ignore[reportReturnType]


def _values(path: Path) -> list[str | int]:
    """Texts and numbers in a checkpoint, in order; read, not unpickled."""
    try:
        with open_regular(path, LARGEST) as content, zipfile.ZipFile(content) as archive:
            name = next(name for name in archive.namelist() if name.endswith("data.pkl"))
            with archive.open(name) as file:
                return list(_plain_values(file.read(_LARGEST)))
    except Exception:  # a damaged or hostile file can fail in any way; whoever loads it says what is wrong with it
        return []


def _plain_values(content: bytes) -> Iterator[str | int]:
    """Texts and numbers that a pickle pushes, in order."""
    memo: dict[Any, Any] = {}
    last: Any = None
    for opcode, argument, _ in pickletools.genops(content):
        if opcode.name in _REMEMBERS:
            memo[argument] = last
            continue
        recalled = opcode.name in _RECALLS
        number = opcode.name in _PUSHES_NUMBER
        last = memo.get(argument) if recalled else argument if number or isinstance(argument, str) else None
        if last is not None:
            yield last
