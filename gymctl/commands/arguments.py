"""Reads what stands on a command line besides flags: ``TASK [CHECKPOINT] [KEY=VALUE]...``."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from gymctl.commands import completion
from gymctl.core.errors import InputError

Task = Annotated[
    str,
    typer.Argument(metavar="TASK", help="Name of a task; 'gymctl tasks' lists them.", autocompletion=completion.tasks),
]
OptionalTask = Annotated[
    str | None,
    typer.Argument(
        metavar="TASK",
        help="Name of a task; 'gymctl tasks' lists them. Not needed with --resume or --from-run.",
        autocompletion=completion.tasks,
    ),
]
Overrides = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="KEY=VALUE",
        help="Config settings, as in task.env.episodeLength=500.",
        show_default=False,
        autocompletion=completion.settings,
    ),
]
CheckpointAndOverrides = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="CHECKPOINT|KEY=VALUE",
        help="What to take the policy from, and config settings.",
        show_default=False,
        autocompletion=completion.checkpoints_and_settings,
    ),
]


@dataclass(frozen=True)
class Arguments:
    """The sorted words of a command line."""

    task: str
    checkpoint: str | None
    overrides: list[str]


def parse_arguments(
    arguments: Sequence[str | None], *, takes_checkpoint: bool, task: Callable[[], str | None] = lambda: None
) -> Arguments:
    """Sorts ``TASK [CHECKPOINT] [KEY=VALUE]...``; IsaacGymEnvs' ``task=Ant`` and ``checkpoint=…`` are understood too.

    Args:
        arguments: As given, in any order but for TASK before CHECKPOINT.
        takes_checkpoint: Whether CHECKPOINT may stand there without ``checkpoint=``.
        task: Finds the task if none is given.

    Raises:
        InputError: No task, two of them, or a word too many.
    """
    words: list[str] = []
    settings: dict[str, str] = {}
    overrides: list[str] = []
    for argument in filter(None, arguments):
        key, _, value = argument.partition("=")
        if is_word(argument):
            words.append(argument)
        elif key in ("task", "checkpoint"):
            value = value.strip("'\"")
            if settings.setdefault(key, value) != value:
                raise InputError(f"{key}={value} contradicts {key}={settings[key]}", f"name one {key}")
        else:
            overrides.append(argument)
    if words and settings.get("task") == words[0] and not (takes_checkpoint and _is_there(words[0])):
        words = words[1:]  # said twice
    names = [name for name in ("task", "checkpoint")[: 1 + takes_checkpoint] if not settings.get(name)]
    if len(words) > len(names):
        if settings.get("task") and not takes_checkpoint:
            raise InputError(f"task={settings['task']} contradicts the task {words[0]}", "name one task")
        raise InputError(
            f"unexpected argument {words[len(names)]!r}", "settings are written KEY=VALUE, flags start with --"
        )
    settings |= dict(zip(names, words, strict=False))
    settings["task"] = settings.get("task") or task() or ""
    if not settings["task"]:
        raise InputError("no task given", "name one, as in 'gymctl train Ant'; 'gymctl tasks' lists them")
    return Arguments(settings["task"], settings.get("checkpoint") or None, overrides)


def is_word(argument: str) -> bool:
    """Whether an argument is a task or a checkpoint, and not ``KEY=VALUE``."""
    key, equals, _ = argument.partition("=")
    return not equals or _is_there(argument) or (argument.endswith((".pth", ".onnx")) and "/" in key)


def _is_there(argument: str) -> bool:
    """Whether a word is a file's name, as of a checkpoint with a = in it."""
    try:
        return Path(argument).exists()
    except (OSError, ValueError):  # too long for a name, or with a NUL in it
        return False
