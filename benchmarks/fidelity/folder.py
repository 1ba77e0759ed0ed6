"""Reads a folder of policies: its manifest, and the statistics of observations beside it."""

import csv
import math
import re
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from gymctl.core.errors import InputError, suggest

COLUMNS = ("name", "task", "epoch", "return_recorded", "length_recorded", "note", "source")
_EPOCHS = re.compile(r"(?P<run>.+)-epochs-(?P<first>\d+)-(?P<last>\d+)")


@dataclass(frozen=True)
class Moments:
    """Mean and standard deviation of every observation, float64 ``[num_observations]``."""

    mean: Tensor
    std: Tensor


@dataclass(frozen=True)
class Recorded:
    """A policy and what was recorded of it in Isaac Gym."""

    name: str
    task: str
    epoch: int | None
    mean_return: float
    length: float | None
    note: str
    file: Path
    observations: Moments | None


def read_folder(
    directory: Path, known_tasks: Collection[str], wanted_tasks: Collection[str] = ()
) -> tuple[list[Recorded], dict[str, str]]:
    """Reads the policies that can be compared.

    Args:
        directory: With ``manifest.tsv``, ``files/NAME.pth`` and maybe ``statistics/NAME-epochs-A-B.csv``.
        known_tasks: What gymctl can play.
        wanted_tasks: Others are left out without a word; none means all.

    Returns:
        The policies, and why others were skipped, by name.

    Raises:
        InputError: The folder isn't laid out like this, or there is nothing to play in it.
    """
    rows = _read_table(directory / "manifest.tsv", COLUMNS, "\t")
    tasks = {row["task"] for row in rows}
    for task in wanted_tasks:
        if task not in tasks:
            raise InputError(
                f"'{directory}' has no policy of the task {task!r}",
                suggest(task, tasks) or f"it has {', '.join(sorted(tasks))}",
            )
    policies, skipped = [], {}
    for row in rows:
        if wanted_tasks and row["task"] not in wanted_tasks:
            continue
        if reason := _why_skipped(row, known_tasks):
            skipped[row["name"]] = reason
        else:
            policies.append(_policy(row, directory))
    if not policies:
        told = "; ".join(f"{name}: {reason}" for name, reason in skipped.items()) or "its manifest is empty"
        raise InputError(f"'{directory}' has no policy to play", told)
    return policies, skipped


def _policy(row: dict[str, str], directory: Path) -> Recorded:
    name, epoch = row["name"], _number(row["epoch"])
    file = directory / "files" / f"{name}.pth"
    if not file.is_file():
        raise InputError(f"there is no file '{file}'", f"add it, or take {name} out of manifest.tsv")
    statistics = None if epoch is None else _statistics_file(directory / "statistics", name, int(epoch))
    return Recorded(
        name,
        row["task"],
        None if epoch is None else int(epoch),
        float(row["return_recorded"]),
        _number(row["length_recorded"].lstrip("~")),
        row["note"],
        file,
        statistics and _moments(statistics),
    )


def _why_skipped(row: dict[str, str], known_tasks: Collection[str]) -> str:
    if row["task"] not in known_tasks:
        return f"gymctl has no task {row['task']}"
    if _number(row["epoch"]) == 1:
        return "untrained (epoch 1)"
    if (_number(row["return_recorded"]) or 0.0) <= 0.0:
        return "no return above 0 was recorded, so there is no ratio"
    return ""


def _statistics_file(directory: Path, name: str, epoch: int) -> Path | None:
    """The statistics of the epochs right after a policy's, else of the latest ones that contain it."""
    run, best = name.rpartition("-")[0], None
    for file in directory.glob("*.csv"):
        epochs = _EPOCHS.fullmatch(file.stem)
        if epochs and epochs["run"] == run and int(epochs["first"]) <= epoch + 1 <= int(epochs["last"]) + 1:
            rank = (int(epochs["first"]) == epoch + 1, int(epochs["first"]), file)
            best = rank if best is None else max(best, rank)
    return best and best[-1]


def _moments(file: Path) -> Moments:
    rows = _read_table(file, ("observation", "mean", "std"), ",")
    numbers = [(_number(row["mean"]), _number(row["std"])) for row in rows]
    if [row["observation"] for row in rows] != [str(index) for index in range(len(rows))] or None in sum(numbers, ()):
        raise InputError(
            f"'{file}' doesn't have a mean and a std of every observation",
            "number them from 0, a line each, none left out",
        )
    mean, std = torch.tensor(numbers, dtype=torch.float64).T
    return Moments(mean, std)


def _read_table(file: Path, columns: tuple[str, ...], delimiter: str) -> list[dict[str, str]]:
    try:
        with file.open(newline="") as lines:
            reader = csv.DictReader(lines, delimiter=delimiter, restval="", quoting=csv.QUOTE_NONE)
            rows, found = list(reader), reader.fieldnames or ()
    except OSError as error:
        raise InputError(f"can't read '{file}': {error.strerror}", "see benchmarks/README.md for the layout") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"'{file}' is no table: {error}", "see benchmarks/README.md for the layout") from error
    if missing := [column for column in columns if column not in found]:
        raise InputError(
            f"'{file}' has no column {', '.join(missing)}", f"its first line has to name {', '.join(columns)}"
        )
    return rows


def _number(text: str) -> float | None:
    """The finite number that a cell holds."""
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None
