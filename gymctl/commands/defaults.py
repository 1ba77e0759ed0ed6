"""Defaults of flags that the user keeps in a file, for all commands or for those in one project."""

import os
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import typer

from gymctl.core.errors import InputError, suggest
from gymctl.core.files import expand_home
from gymctl.core.inside import open_regular
from gymctl.core.numbers import LARGEST_INTEGER

_KINDS: dict[str, type] = {
    "num_envs": int,
    "seed": int,
    "device": str,
    "engine": str,
    "physics": str,
    "runs_dir": str,
    "config_dir": str,
    "wandb": bool,
}
_WORDS = dict.fromkeys(_KINDS, 'a name between quotes, as "cpu"') | {
    "num_envs": "a whole number from 1 up",
    "seed": "a whole number",
    "runs_dir": "a folder between quotes",
    "config_dir": "a folder between quotes",
    "wandb": "true or false",
}
_IN_PROJECTS = frozenset(_KINDS) - {"config_dir", "wandb"}
_LARGEST = 2**20  # bytes
_MOST_DOTS = 1000  # in a line: of a deep key, `tomllib` keeps all beginnings
_META = "gymctl.defaults"
VARIABLE = "GYMCTL_SETTINGS"
"""Names the file to read instead of the others; empty for none."""


@dataclass(frozen=True)
class _File:
    """A file of defaults.

    Args:
        path: The file.
        own: Whether it is the user's own; a project's may be anybody's.
    """

    path: Path
    own: bool


def use_defaults(ctx: typer.Context) -> None:
    """Gives all commands the defaults from the user's files; flags and ``GYMCTL_*`` variables stand above them.

    Args:
        ctx: Of the command line as a whole.

    Raises:
        InputError: A file can't be read, or says something that no flag can be.
    """
    if ctx.resilient_parsing:  # a shell asks for completions
        return
    values: dict[str, Any] = {}
    for file in _files():
        for name, value in _read(file).items():
            values[name] = value
            ctx.meta.setdefault(_META, {})[name] = str(file.path)
    if values:
        ctx.default_map = _for_all(ctx.command, values)


def file_of(ctx: typer.Context, flag: str) -> str | None:
    """The file that has set a flag; None if none has.

    Args:
        ctx: Of a command.
        flag: Its parameter's name, as ``num_envs``.
    """
    source = ctx.get_parameter_source(flag)
    return ctx.meta[_META][flag] if source is not None and source.name == "DEFAULT_MAP" else None


def _files() -> Iterator[_File]:
    """Those that are there, the lowest first."""
    named = os.environ.get(VARIABLE)
    if named is not None:
        if named:
            yield _File(Path(named), own=True)
        return
    home = expand_home(os.environ.get("XDG_CONFIG_HOME") or "~/.config")
    if (user := home / "gymctl" / "gymctl.toml").exists():
        yield _File(user, own=True)
    for name in ("gymctl.toml", "pyproject.toml"):
        if (project := Path(name)).exists():
            yield _File(project, own=False)
            return


def _read(file: _File) -> dict[str, Any]:
    of_project = file.path.name == "pyproject.toml"
    try:
        with open_regular(file.path, _LARGEST) as opened:
            text = opened.read().decode()
        is_ours = not of_project or "tool.gymctl" in text
        if is_ours and max(line.count(".") for line in text.split("\n")) > _MOST_DOTS:
            raise ValueError(f"a line has more than {_MOST_DOTS:,} dots")
        table = tomllib.loads(text) if is_ours else {}
    except OSError as error:
        raise InputError(f"'{file.path}' can't be read: {error.strerror}", f"set {VARIABLE}= to do without") from error
    except (ValueError, RecursionError) as error:
        raise InputError(
            f"'{file.path}' is no TOML: {error}", f"correct it, or set {VARIABLE}= to do without"
        ) from error
    for name in ("tool", "gymctl") if of_project else ():
        table = table.get(name, {}) if isinstance(table, dict) else None
    if not isinstance(table, dict):
        raise InputError(f"tool.gymctl in '{file.path}' is no table", "write [tool.gymctl] and a line for each flag")
    return dict(_checked(file, key, value) for key, value in table.items())


def _checked(file: _File, key: str, value: Any) -> tuple[str, Any]:
    name = key.replace("-", "_")
    kind = _KINDS.get(name)
    if kind is None:
        raise InputError(
            f"'{file.path}' sets {key!r}, which has no default there",
            suggest(name, _KINDS) or f"it can set {', '.join(_KINDS)}",
        )
    if type(value) is not kind or (name == "num_envs" and value < 1) or not _is_usable(value):
        raise InputError(f"{key} in '{file.path}' can't be {_brief(value)}", f"write {_WORDS[name]}")
    if not file.own and name not in _IN_PROJECTS:
        raise InputError(
            f"'{file.path}' sets {key}, which only your own settings may",
            f"put it into ~/.config/gymctl/gymctl.toml, or name this file in {VARIABLE}",
        )
    if name in ("runs_dir", "config_dir"):
        value = _directory(file, key, value)
    return name, value


def _is_usable(value: Any) -> bool:
    """Whether a text may name a file, and a number has at most 64 bits."""
    return "\0" not in value if isinstance(value, str) else abs(value) <= LARGEST_INTEGER


def _brief(value: Any) -> str:
    try:
        return f"{value!r:.50}" if isinstance(value, str) else f"{value!s:.50}"
    except ValueError:  # Python writes no numbers of thousands of digits
        return "a number of so many digits"


def _directory(file: _File, key: str, value: str) -> str:
    folder = file.path.parent
    path = Path(os.path.normpath(folder / expand_home(value)))
    if not file.own and not path.resolve().is_relative_to(folder.resolve()):
        raise InputError(f"{key} in '{file.path}' leads out of the project", "name a folder in it, or use the flag")
    return str(path)


def _for_all(command: Any, values: dict[str, Any]) -> dict[str, Any]:
    """The defaults as Typer takes them: of each command, and of the commands of a group."""
    return {
        name: _for_all(child, values) if hasattr(child, "commands") else values
        for name, child in command.commands.items()
    }
