"""Ends a failed command with a line that says what is wrong, one that says what to do, and an exit code."""

import contextlib
import functools
import os
import re
import sys
from collections.abc import Callable, Iterable
from typing import Any

import typer

from gymctl.core.errors import GymctlError, suggest


def report_error(what: str, fix: str = "", details: Iterable[str] = ()) -> None:
    """Says on stderr what is wrong and what to do."""
    with contextlib.suppress(OSError):  # nobody reads any more
        print(f"error: {_line(what)}", file=sys.stderr)
        for detail in details:
            print(f"  {_line(detail)}", file=sys.stderr)
        if fix:
            print(f"  {_line(fix)}", file=sys.stderr)


def reporting_errors(command: Callable[..., None]) -> Callable[..., None]:
    """Lets a command report what it raises, without a traceback unless ``GYMCTL_DEBUG=1``."""

    @functools.wraps(command)
    def run(*args: Any, **kwargs: Any) -> None:
        try:
            command(*args, **kwargs)
        except typer.Exit:
            raise
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # nobody reads any more
            raise typer.Exit(128 + 13) from None
        except KeyboardInterrupt:
            report_error("interrupted")
            raise typer.Exit(130) from None
        except Exception as error:
            if os.environ.get("GYMCTL_DEBUG") == "1":
                raise
            if isinstance(error, GymctlError):
                report_error(error.what, error.fix, error.details)
                raise typer.Exit(error.exit_code) from error
            if isinstance(error, OSError):
                where = f"'{error.filename}'" if error.filename else "a file"
                report_error(f"can't use {where}: {error.strerror or error}", "make room or give access")
                raise typer.Exit(1) from error
            report_error(f"unexpected {type(error).__name__}: {error}", "set GYMCTL_DEBUG=1 to see the traceback")
            raise typer.Exit(1) from error

    return run


def report_usage_error(error: typer.TyperException) -> None:
    """Reports what Typer refuses: an unknown flag, a missing argument, a value of the wrong type.

    Nothing is said of a bare ``gymctl``, which has shown its help.
    """
    context = getattr(error, "ctx", None)
    message = error.format_message().strip()
    if not message:
        return
    if context is None:
        report_error(_sentence(message), "'gymctl COMMAND --help' shows what it takes")
        return
    command = _command(context)
    manual = f"'{command} --help' shows how it is used"
    flags = [flag for parameter in context.command.get_params(context) for flag in _flags(parameter)]
    parameter, flag = getattr(error, "param", None), getattr(error, "option_name", None)
    if flag is not None and flag not in flags:
        setting = "" if flag.replace("_", "-") in flags else _as_setting(flag)
        fix = setting or suggest(flag, flags) or f"'{command} --help' lists its flags"
        report_error(f"{command} has no flag {flag}", fix)
    elif parameter is not None and error.message:
        name = " or ".join([*_flags(parameter)[:1], *_set_variables(parameter)]) or parameter.metavar
        report_error(f"{name}: {_sentence(error.message)}", manual)
    elif parameter is not None:
        report_error(f"no {parameter.metavar or parameter.name} given", f"{_example(context.command)}{manual}")
    else:
        report_error(_sentence(message), manual)


def _as_setting(flag: str) -> str:
    """How to write a flag that is a key of the config, as ``--headless``; ``""`` if it is none."""
    from gymctl.config.schema import ROOT

    key = flag.lstrip("-").replace("-", "_")
    return f"write it as a setting: {key}=…" if key in ROOT else ""


def _command(context: Any) -> str:
    """The command as the user writes it, as ``gymctl runs show``."""
    return f"{_command(context.parent)} {context.info_name}" if context.parent else "gymctl"


def _flags(parameter: Any) -> list[str]:
    return [name for name in (*parameter.opts, *parameter.secondary_opts) if name.startswith("-")]


def _set_variables(parameter: Any) -> list[str]:
    """The environment variable that a value may have come from."""
    return [parameter.envvar] if isinstance(parameter.envvar, str) and parameter.envvar in os.environ else []


def _example(command: Any) -> str:
    lines = (line.strip() for line in (command.help or "").splitlines())
    example = next((line for line in lines if line.startswith("gymctl ")), None)
    return f"as in '{example}'; " if example else ""


def _sentence(text: str) -> str:
    """Typer's words as ours begin and end."""
    return text[:1].lower() + text[1:].rstrip(".")


def _line(text: str) -> str:
    """One line that a terminal can show, whatever a file's name or content has put into it."""
    shown = "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)
    return re.sub(r"\S{300,}", lambda word: f"{word[0][:100]}…{word[0][-50:]}", shown)
