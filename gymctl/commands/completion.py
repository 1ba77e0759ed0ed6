"""Completes arguments in shells; imports neither torch nor MuJoCo, and fails in silence."""

import functools
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import typer

from gymctl.core.errors import InputError

_WRITTEN = """\
--install-completion writes to these files, for the shell that you are in:
  bash  ~/.bash_completions/gymctl.sh, and a line in ~/.bashrc
  zsh   ~/.zfunc/_gymctl, and lines in ~/.zshrc
  fish  ~/.config/fish/completions/gymctl.fish"""
_OBEYED = re.compile(r"""[$`"'\\;&|<>()*?!#~^\[\]{}]|^-""")
"""What a shell would obey in the names of files, which may be a stranger's."""
_SUFFIXES = (".pth", ".onnx")
Completer = Callable[[typer.Context, str], list[str]]


def _silent(completer: Callable[[typer.Context, str], Iterator[str]]) -> Completer:
    """What a completer yields that can be meant; nothing where it fails, as on a damaged YAML.

    Words with spaces are left out, since bash would insert them without quotes, and so is what a terminal would obey.
    """

    @functools.wraps(completer)
    def complete(ctx: typer.Context, incomplete: str) -> list[str]:
        try:
            words = completer(ctx, incomplete)
            return [word for word in words if word.startswith(incomplete) and " " not in word and word.isprintable()]
        except Exception:
            return []

    return complete


def ask_to_install() -> None:
    """Asks whether start-up files may be changed.

    Raises:
        InputError: There is no terminal to ask on.
        typer.Exit: They may not.
    """
    if not sys.stdin.isatty():
        raise InputError(
            "--install-completion asks before it writes to your shell's start-up file, and there is no terminal",
            "'gymctl --show-completion' prints the script: save it, and source it where your shell starts",
        )
    print(_WRITTEN, file=sys.stderr)  # noqa: T201
    if not typer.confirm("write there?", err=True):
        raise typer.Exit(1)


def one_of(*choices: str) -> Completer:
    """Completes with fixed words."""
    return _silent(lambda ctx, incomplete: iter(choices))


@_silent
def tasks(ctx: typer.Context, incomplete: str) -> Iterator[str]:
    """Names of tasks."""
    from gymctl.config import task_names

    yield from task_names(ctx.params.get("config_dir"))


@_silent
def devices(ctx: typer.Context, incomplete: str) -> Iterator[str]:
    """Devices that there may be."""
    yield from ("auto", "cpu", "cuda")
    gpus = sorted(path.name.removeprefix("nvidia") for path in Path("/dev").glob("nvidia[0-9]*"))
    yield from (f"cuda:{gpu}" for gpu in gpus)


@_silent
def runs(ctx: typer.Context, incomplete: str) -> Iterator[str]:
    """Names of runs, the newest first: those of the task, if one is named."""
    yield from _runs(ctx)


@_silent
def runs_and_checkpoints(ctx: typer.Context, incomplete: str) -> Iterator[str]:
    """Names of runs and files of checkpoints."""
    yield from _runs(ctx)
    yield from _files(incomplete)


@_silent
def policies(ctx: typer.Context, incomplete: str) -> Iterator[str]:
    """What a policy's weights can be taken from."""
    yield from ("best", "latest", "pretrained")
    yield from _runs(ctx)
    yield from _files(incomplete)


@_silent
def settings(ctx: typer.Context, incomplete: str) -> Iterator[str]:
    """``KEY=VALUE`` with the value that the key has now."""
    yield from _settings(ctx, incomplete)


@_silent
def checkpoints_and_settings(ctx: typer.Context, incomplete: str) -> Iterator[str]:
    """What a policy can be taken from; else, once that is said or nothing like it begins so, ``KEY=VALUE``."""
    arguments = ctx.params.get("arguments")
    sources = [] if arguments else ["best", "latest", "pretrained", *_runs(ctx), *_files(incomplete)]
    yield from sources
    if arguments or not any(source.startswith(incomplete) for source in sources):
        yield from _settings(ctx, incomplete)


def _runs(ctx: typer.Context) -> Iterator[str]:
    from gymctl.runs.finding import list_runs

    for run in list_runs(Path(ctx.params.get("runs_dir") or "runs"), ctx.params.get("task")):
        if not _OBEYED.search(run.path.name):
            yield run.path.name


def _files(incomplete: str) -> Iterator[str]:
    """Files of policies; none where a directory may be meant, which the shell itself completes, without a space."""
    directory, _, name = incomplete.rpartition("/")
    prefix = incomplete.removesuffix(name)
    found = list(Path(directory or ("/" if prefix else ".")).glob(f"{name}*"))
    if not (prefix and any(path.is_dir() for path in found)):
        names = (path.name for path in found if path.suffix in _SUFFIXES and not _OBEYED.search(path.name))
        yield from sorted(prefix + name for name in names)


def _settings(ctx: typer.Context, incomplete: str) -> Iterator[str]:
    from gymctl.config import compose, train_names
    from gymctl.config.catalogue import packaged_task
    from gymctl.config.foreign import without_effect
    from gymctl.config.trees import dotted, leaves

    config_dir, arguments = ctx.params.get("config_dir"), ctx.params.get("arguments") or []
    train = [argument for argument in arguments if argument.startswith("train=")]
    tree = compose(ctx.params["task"], overrides=train, config_dir=config_dir).tree
    hidden = without_effect(packaged_task(tree["task"]["name"]) or {})
    values: dict[str, list[Any]] = {"train": train_names(config_dir)}
    for path, value in leaves(tree):
        if not any(path[: len(key)] == key for key in hidden):
            values[dotted(path)] = [value, not value] if isinstance(value, bool) else [value]
    *_, last = [argument for argument in arguments if argument != "="] or [""]
    if last in values:  # bash, for which = ends a word
        yield from map(_written, values[last])
    else:
        wanted = {key: choices for key, choices in values.items() if key.startswith(incomplete.partition("=")[0])}
        yield from (f"{key}={_written(value)}" for key, choices in wanted.items() for value in choices)


def _written(value: Any) -> str:
    from gymctl.config import to_yaml

    return "" if value == "" else to_yaml({"value": value}).partition(" ")[2].strip().replace(", ", ",")
