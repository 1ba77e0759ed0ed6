"""Checks commands that nobody runs: their flags by the commands' own parser, their settings by the config."""

from collections.abc import Sequence
from functools import cache
from typing import Any

from typer.main import get_command

from gymctl.commands.app import app
from gymctl.commands.arguments import is_word, parse_arguments
from gymctl.config import compose
from gymctl.config.catalogue import TASK, ConfigFiles
from gymctl.config.schema import declared_paths, schema
from gymctl.config.trees import dotted

SAMPLES = {"MyAnt": "Ant", "MyRobot": "Ant", "MyWalker": "Anymal", "MyGo2": "Anymal"}
"""Tasks that readers may have, and the task that stands in for each."""
TAKES_SETTINGS = {"train", "play", "export", "config", "bench"}


def check(words: Sequence[str]) -> None:
    """Refuses what ``gymctl`` would refuse, for a flag, a value, the task's name or a setting.

    Args:
        words: The command line after ``gymctl``.

    Raises:
        typer.TyperException, InputError, AssertionError: As ``gymctl`` says it.
    """
    if len(words) == 1 and words[0] in options(()):  # a flag such as --version acts while it is parsed
        return
    called: list[tuple[str, dict[str, Any]]] = []
    code = _recording(called).main(list(words), prog_name="gymctl", standalone_mode=False)
    assert not code, f"there is no such command: gymctl {' '.join(words)}"
    for name, values in called:
        if name in TAKES_SETTINGS:
            _check_settings(name, values)


def options(path: tuple[str, ...]) -> set[str]:
    """The flags of a command, such as ``("runs", "plot")``; for ``("runs",)`` those of ``gymctl runs list``."""
    command = _command(path)
    own = {name for p in command.params for name in (*p.opts, *p.secondary_opts) if name.startswith("-")}
    return own | {"--help", "-h"}


@cache
def all_options() -> set[str]:
    """The flags of all commands."""
    return set().union(*(options(path) for path in paths()))


@cache
def paths() -> list[tuple[str, ...]]:
    """All commands."""
    found: list[tuple[str, ...]] = [()]
    for path in found:
        found += [(*path, name) for name in getattr(_command(path), "commands", {})]
    return found


@cache
def keys() -> set[str]:
    """All keys, dotted, branches included, that some task's config has or may have."""
    found: set[str] = set()
    for task in ConfigFiles(None).names(TASK):
        tree = compose(task).tree
        found |= {*_dotted(tree), *map(dotted, declared_paths(schema(tree["task"])))}
    return found


def _dotted(tree: dict[str, Any], path: tuple[str, ...] = ()) -> list[str]:
    found = []
    for key, value in tree.items():
        found.append(dotted((*path, key)))
        found += _dotted(value, (*path, key)) if isinstance(value, dict) else []
    return found


def _command(path: tuple[str, ...]) -> Any:
    command = get_command(app)
    for name in path:
        command = command.commands[name]  # type: ignore[attr-defined]
    return command


def _recording(called: list[tuple[str, dict[str, Any]]]) -> Any:
    """The command line, but for what the commands do."""
    root = get_command(app)
    pending: list[tuple[str, Any]] = [("", root)]
    while pending:
        name, command = pending.pop()
        children = getattr(command, "commands", None)
        if children is None:
            command.callback = lambda _name=name, **values: called.append((_name, values))
        else:
            pending += children.items()
    return root


def _check_settings(name: str, values: dict[str, Any]) -> None:
    arguments = list(values.get("arguments") or [])
    if values.get("compare"):
        arguments.remove(next(filter(is_word, arguments)))  # one of the two policies
    words = [values["task"], *arguments]
    given = parse_arguments(words, takes_checkpoint=name in ("play", "export"), task=lambda: "Ant")
    overrides = [setting for setting in given.overrides if not setting.startswith("sigma=")]
    settings = {key: values.get(key) for key in ("num_envs", "seed", "max_iterations", "device", "engine", "physics")}
    compose(SAMPLES.get(given.task, given.task), settings=settings, overrides=overrides)
