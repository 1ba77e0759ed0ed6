"""A run's directory: its files, its manifest, and the claim of the process that trains into it."""

import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from os.path import isabs
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, TypeGuard

from gymctl.core.errors import InputError
from gymctl.core.files import atomic_write, remove_leftovers
from gymctl.core.inside import (
    GIVE_ACCESS,
    check_access,
    check_inside,
    make_directory,
    open_regular,
    open_to_append,
    read_regular,
)
from gymctl.core.names import check_name, is_name
from gymctl.core.numbers import plain_data
from gymctl.core.system import try_lock

if TYPE_CHECKING:
    from gymctl.config import Config

_TIMESTAMP = "%Y-%m-%d_%H-%M-%S"
_TIMESTAMP_SUFFIX = re.compile(r"_(\d{4}-\d\d-\d\d_\d\d-\d\d-\d\d(_\d+)?|\d\d(-\d\d){3})$")
_LARGEST_MANIFEST = 1_000_000  # bytes
_LONGEST_PLACE = 4096
"""Characters of a class's place: a path and a name."""
_MOST_VALUES = 100_000
"""In a manifest, which is read several times for each line of a listing."""
_WRITTEN = (
    "run.json",
    "config.yaml",
    ".lock",
    "train.log",
    "ranks",
    "nn",
    "motions",
    "start",
    "summaries",
    "videos",
    "export",
    "wandb",
)


@dataclass(frozen=True)
class Run:
    """A run directory, ours or IsaacGymEnvs'."""

    path: Path

    @property
    def experiment(self) -> str:
        """The experiment's name: the directory's without the time."""
        return _TIMESTAMP_SUFFIX.sub("", self.path.name)

    @property
    def names(self) -> tuple[str, ...]:
        """What its checkpoints are named after: the experiment, and what it was when the run began."""
        try:
            began_as = self.manifest().get("name")
        except InputError:
            began_as = None
        return (began_as, self.experiment) if is_name(began_as) else (self.experiment,)

    @property
    def nn_dir(self) -> Path:
        """Where the checkpoints are."""
        return self.path / "nn"

    @property
    def start_nn_dir(self) -> Path:
        """Where a copy of the checkpoint is that it began with, if it did; ``config.yaml`` beside is that one's."""
        return self.path / "start" / "nn"

    @property
    def videos_dir(self) -> Path:
        """Where a training's videos are, if it was told to make some."""
        return self.path / "videos"

    @property
    def summaries_dir(self) -> Path:
        """Where TensorBoard's event files are."""
        return self.path / "summaries"

    @property
    def ranks_dir(self) -> Path:
        """Where the ranks of a training but the first one write their logs."""
        return self.path / "ranks"

    @property
    def log_path(self) -> Path:
        """What the learner printed."""
        return self.path / "train.log"

    @property
    def config_path(self) -> Path:
        """The resolved config."""
        return self.path / "config.yaml"

    @property
    def manifest_path(self) -> Path:
        """The manifest."""
        return self.path / "run.json"

    def read_config(self) -> dict[str, Any]:
        """Reads the config that the run was started with.

        Raises:
            InputError: If there is none or it can't be read.
        """
        if not self.config_path.is_file():
            raise InputError(f"'{self.path}' has no config.yaml", "give a run directory that 'gymctl train' made")
        from gymctl.config import load_yaml  # takes ten times as long as all else that lists of runs need

        return load_yaml(self.config_path, inside=self.path)

    def write_config(self, config: "Config") -> None:
        """Writes the resolved config."""
        from gymctl.config import to_yaml

        with atomic_write(self.config_path, inside=self.path) as temporary:
            temporary.write_text(to_yaml(config.tree), encoding="utf-8")

    def manifest(self) -> dict[str, Any]:
        """Reads the manifest: ``{}`` if there is none. Its numbers are finite ones; others are None.

        Raises:
            InputError: If the file is not a JSON object, or not one of a run's size.
        """
        try:
            content = read_regular(self.manifest_path, _LARGEST_MANIFEST, inside=self.path)
            if sum(map(content.count, (b",", b"[", b"{"))) > _MOST_VALUES:
                raise ValueError(f"more than {_MOST_VALUES:,} values")
            manifest = plain_data(json.loads(content))
        except FileNotFoundError:
            return {}
        except OSError as error:
            raise InputError(f"can't read '{self.manifest_path}': {error.strerror or error}", GIVE_ACCESS) from error
        except (ValueError, RecursionError) as error:
            raise InputError(f"can't read '{self.manifest_path}': {error}", "delete or repair it") from error
        if not isinstance(manifest, dict):
            raise InputError(f"'{self.manifest_path}' is not a run's manifest", "delete or repair it")
        return manifest

    def check_links(self) -> None:
        """Refuses a run in which a file or directory that gymctl writes is a link that leads out of it.

        Raises:
            InputError: One is.
        """
        for name in _WRITTEN:
            check_inside(self.path / name, self.path)

    def claim(self) -> IO[bytes]:
        """Keeps other processes from training into the run, and removes what a killed one left half-written.

        Returns:
            A file; the claim lasts until it is closed or the process ends, however it does.

        Raises:
            InputError: Another process has the run, or links lead out of it.
        """
        self.check_links()
        for directory in (self.path, self.nn_dir, self.summaries_dir):
            check_access(directory, os.W_OK | os.X_OK)
        try:
            lock = os.fdopen(open_to_append(self.path / ".lock", self.path), "ab")
        except OSError as error:
            raise InputError(f"can't write to '{self.path / '.lock'}': {error.strerror}", GIVE_ACCESS) from error
        if not try_lock(lock):
            lock.close()
            raise InputError(f"'{self.path}' is being trained by another process", "wait for its end, or stop it")
        for directory in (self.path, self.nn_dir, self.videos_dir):
            remove_leftovers(directory, self.path)
        return lock

    def is_claimed(self) -> bool:
        """Says whether a process, this one included, is training into the run."""
        try:
            with open_regular(self.path / ".lock", _LARGEST_MANIFEST, inside=self.path) as lock:
                return not try_lock(lock, shared=True)
        except (OSError, InputError):  # whatever that is, no process of ours holds it
            return False

    def update_manifest(self, **fields: Any) -> None:
        """Sets fields of the manifest and leaves the others as they are."""
        text = json.dumps(plain_data(self.manifest() | fields), indent=2, ensure_ascii=False)
        with atomic_write(self.manifest_path, inside=self.path) as temporary:
            temporary.write_text(text + "\n", encoding="utf-8", errors="backslashreplace")  # as JSON escapes them

    def task(self) -> str:
        """The task's name, or where its class is: from the manifest, else the config, else the directory's name.

        Whoever runs the code at such a place has to ask the user first.
        """
        try:
            return next(filter(_is_task, self._told_tasks()), self.experiment)
        except (InputError, KeyError, TypeError):
            return self.experiment

    def _told_tasks(self) -> Iterator[Any]:
        yield self.manifest().get("task")
        yield self.read_config()["task"]["name"]

    def started(self) -> datetime:
        """When the run started: from the manifest, else when its directory last changed."""
        try:
            return datetime.fromisoformat(self.manifest()["started"]).astimezone()
        except (InputError, KeyError, OverflowError, TypeError, ValueError):
            return self._changed()

    def last_started(self) -> datetime:
        """When it was last trained from: its beginning, or the last time that it was resumed."""
        try:
            return datetime.fromisoformat(self.manifest()["segments"][-1]["started"]).astimezone()
        except (InputError, IndexError, KeyError, OverflowError, TypeError, ValueError):
            return self.started()

    def _changed(self) -> datetime:
        """When its directory last changed; 1970 if it is gone by now."""
        try:
            return local_time(self.path.stat().st_mtime)
        except OSError:
            return local_time(0.0)


def _is_task(value: Any) -> TypeGuard[str]:
    """Whether something is a task's name, or where a class is, and means the same whatever the current directory is."""
    if not isinstance(value, str) or ":" not in value:
        return is_name(value)
    from gymctl.config.locations import parse_location  # as slow as `Run.read_config`

    module, _, _ = value.rpartition(":")
    if not value.isprintable() or len(value) > _LONGEST_PLACE or (module.endswith(".py") and not isabs(module)):
        return False
    try:
        return parse_location(value) is not None
    except InputError:
        return False


def create_run(name: str, runs_dir: Path) -> Run:
    """Makes a new run directory, ``<name>_<YYYY-MM-DD_HH-MM-SS>``, with ``nn/``, ``summaries/`` and a manifest.

    Args:
        name: The experiment's name.
        runs_dir: The directory of all runs, made if missing.

    Raises:
        InputError: If the name can't be a file name or the directory can't be made.
    """
    now = datetime.now().astimezone()
    run = Run(new_directory(name, runs_dir, now))
    try:
        for directory in (run.nn_dir, run.summaries_dir):
            make_directory(directory, run.path)
    except OSError as error:
        raise _cant_make(runs_dir, error) from error
    run.update_manifest(schema_version=1, name=name, started=now.isoformat())
    return run


def new_directory(name: str, runs_dir: Path, now: datetime) -> Path:
    """Makes an empty directory, ``<name>_<YYYY-MM-DD_HH-MM-SS>``, with a number behind if there is one already.

    Args:
        name: The experiment's name.
        runs_dir: The directory of all runs, made if missing.
        now: The time.

    Raises:
        InputError: If the name can't be a file name or the directory can't be made.
    """
    check_name(name)
    try:
        runs_dir.mkdir(parents=True, exist_ok=True)
        return _new_directory(runs_dir / f"{name}_{now.strftime(_TIMESTAMP)}")
    except OSError as error:
        raise _cant_make(runs_dir, error) from error


def local_time(seconds: float) -> datetime:
    """A file's time, however far it is from ours; 1970 if no calendar has it.

    Args:
        seconds: Since 1970.
    """
    try:
        return datetime.fromtimestamp(seconds).astimezone()
    except (OSError, OverflowError, ValueError):
        return datetime.fromtimestamp(0).astimezone()


def _cant_make(runs_dir: Path, error: OSError) -> InputError:
    return InputError(f"can't make a run directory in '{runs_dir}': {error.strerror}", "choose another")


def _new_directory(wanted: Path) -> Path:
    path, count = wanted, 1
    while True:
        try:
            path.mkdir()
        except FileExistsError:
            count += 1
            path = wanted.with_name(f"{wanted.name}_{count}")
        else:
            return path
