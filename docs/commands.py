"""Writes docs/commands.md from the commands' own help: ``python docs/commands.py``, or ``make docs``."""

import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from typer.main import get_command

from gymctl.commands.app import app

PAGE = Path(__file__).with_suffix(".md")
_HEAD = """\
# Commands

This page is written by `make docs` from what `--help-all` shows; edit the commands' docstrings and options instead.

Results go to stdout, everything else to stderr. `--json` prints one JSON object with a `schema_version`. Exit codes: 0
done, 1 failed, 2 wrong usage or input, 3 a device or package is missing, 130 and 143 after Ctrl-C and SIGTERM. A flag
stands above its environment variable. [Configuration](config.md) tells what `KEY=VALUE` can set.

Every command takes `--help` and `--help-all`. `--help` fits on a screen: for `train` and `play` it leaves out the flags
that you rarely need. `--help-all` shows all flags, as this page does; `gymctl --help-all` shows those of all commands.
"""


def page() -> str:
    """The whole page."""
    return "\n".join([_HEAD, *_command("gymctl", get_command(app))])


def _command(name: str, command: Any) -> Iterator[str]:
    yield f"## {name}\n"
    first, *paragraphs = (command.help or "").split("\n\n")
    yield _wrapped(first) + "\n"
    arguments = [p for p in command.params if p.param_type_name == "argument"]
    usage = [(_metavar(p) if p.required else f"[{_metavar(p)}]") + "..." * (p.nargs != 1) for p in arguments]
    if not hasattr(command, "commands"):
        yield f"```\n{' '.join([name, '[OPTIONS]', *usage])}\n```\n"
    for paragraph in paragraphs:
        title, _, examples = paragraph.partition("\n")
        if title == "Examples:":
            yield f"```\n{textwrap.dedent(examples)}\n```\n"
        else:
            yield _wrapped(paragraph) + "\n"
    yield from _table("Arguments", [(f"`{_metavar(p)}`", p.help or "") for p in arguments])
    options = [p for p in command.params if p.param_type_name == "option" and p.name != "help_all"]
    for panel in dict.fromkeys([None, *(p.rich_help_panel for p in options)]):
        yield from _table(panel or "Options", [_option(p) for p in options if p.rich_help_panel == panel])
    for child in getattr(command, "commands", {}).values():
        yield from _command(f"{name} {child.name}", child)


def _option(option: Any) -> tuple[str, str]:
    metavar = "" if option.is_flag else f" {_metavar(option)}"
    names = [f"`{name}{metavar if name.startswith('--') else ''}`" for name in (*option.opts, *option.secondary_opts)]
    remarks = [option.help.rstrip(".") if option.help else ""]
    if option.envvar:
        remarks.append(f"variable `{option.envvar}`")
    if option.default is not None and not option.is_flag:
        remarks.append(f"default `{option.default}`")
    if option.is_flag and option.secondary_opts:
        remarks.append(f"default `{(option.opts if option.default else option.secondary_opts)[0]}`")
    return ", ".join(names), "; ".join(remarks)


def _metavar(parameter: Any) -> str:
    return parameter.metavar or parameter.name.upper()


def _table(title: str, rows: list[tuple[str, str]]) -> Iterator[str]:
    if rows:
        yield f"| {title} | |\n|---|---|"
        yield "\n".join(f"| {_cell(name)} | {_cell(text)} |" for name, text in rows) + "\n"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def _wrapped(text: str) -> str:
    return textwrap.fill(" ".join(text.split()), 120, break_long_words=False, break_on_hyphens=False)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
