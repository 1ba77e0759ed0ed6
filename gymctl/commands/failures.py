"""Ends a failed command with a line that says what is wrong, one that says what to do, and an exit code."""

import contextlib
import errno
import functools
import os
import sys
import traceback
from collections.abc import Callable, Iterable
from typing import Any

import typer

from gymctl.commands.helping import help_flag
from gymctl.core.errors import GymctlError, InputError, suggest
from gymctl.core.inside import GIVE_ACCESS
from gymctl.core.memory import check_room_to_start, is_out_of_memory
from gymctl.core.terminal import one_line, plain_text

_NOBODY_READS = 128 + 13  # as shells say it of a process that SIGPIPE ended
_BAD_PATHS = {
    errno.ENAMETOOLONG: "use a shorter one",
    errno.ELOOP: "it is a link that leads to itself",
    errno.ENOTDIR: "a part of the path is a file",
    errno.EACCES: GIVE_ACCESS,
    errno.EPERM: GIVE_ACCESS,
    errno.EROFS: "its disk can't be written to: use another",
}


def report_error(what: str, fix: str = "", details: Iterable[str] = ()) -> None:
    """Says on stderr what is wrong and what to do."""
    with contextlib.suppress(OSError):  # nobody reads any more
        print(f"error: {one_line(what)}", file=sys.stderr)
        for detail in details:
            print(f"  {one_line(detail)}", file=sys.stderr)
        if fix:
            print(f"  {one_line(fix)}", file=sys.stderr)


def run_to_the_end(app: Callable[[], None]) -> int:
    """Runs the command line; what can't be written to stdout is an error, too.

    Args:
        app: Runs it, and ends with a `SystemExit`.

    Returns:
        The exit code.
    """
    _open_missing_streams()
    code: Any = 0
    try:
        try:
            app()
        except SystemExit as end:
            code = end.code or 0
        sys.stdout.flush()
    except BrokenPipeError:
        _give_up_stdout()
        return _NOBODY_READS
    except OSError as error:
        _give_up_stdout()
        if not code:
            report_error(f"can't write to stdout: {error.strerror or error}", "make room, or write elsewhere")
        return code or 1
    return code


def reporting_errors(command: Callable[..., None]) -> Callable[..., None]:
    """Lets a command report what it raises, without a traceback unless ``--verbose`` or ``GYMCTL_DEBUG=1``."""

    @functools.wraps(command)
    def run(*args: Any, **kwargs: Any) -> None:
        try:
            command(*args, **kwargs)
        except typer.Exit:
            raise
        except BrokenPipeError:
            _give_up_stdout()
            raise typer.Exit(_NOBODY_READS) from None
        except KeyboardInterrupt:
            report_error("interrupted")
            raise typer.Exit(130) from None
        except Exception as error:
            if os.environ.get("GYMCTL_DEBUG") == "1":
                raise
            if kwargs.get("verbose"):
                _print_traceback(error)
            if isinstance(error, GymctlError):
                report_error(error.what, error.fix, error.details)
                raise typer.Exit(error.exit_code) from error
            if is_out_of_memory(error):
                report_error("there is not enough memory", "use fewer envs, or allow the process more (ulimit -v)")
                raise typer.Exit(1) from error
            if isinstance(error, OSError):
                where = f"'{error.filename}'" if error.filename else "a file"
                fix = _BAD_PATHS.get(error.errno or 0, "make room or give access")
                report_error(f"can't use {where}: {error.strerror or error}", fix)
                raise typer.Exit(InputError.exit_code if error.errno in _BAD_PATHS else 1) from error
            report_error(f"unexpected {type(error).__name__}: {error}", "set GYMCTL_DEBUG=1 to see the traceback")
            raise typer.Exit(1) from error

    return run


def _print_traceback(error: Exception) -> None:
    with contextlib.suppress(OSError):  # nobody reads any more
        print(plain_text("".join(traceback.format_exception(error))), end="", file=sys.stderr)


def with_room_to_start(command: Callable[..., None]) -> Callable[..., None]:
    """Checks that there is room for PyTorch and MuJoCo before a command that loads them."""

    @functools.wraps(command)
    def run(*args: Any, **kwargs: Any) -> None:
        check_room_to_start()
        command(*args, **kwargs)

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
    flags = [flag for parameter in context.command.get_params(context) for flag in _flags(parameter)]
    parameter, flag = getattr(error, "param", None), getattr(error, "option_name", None)
    manual = f"'{command} {help_flag(context.command, _flags(parameter) if parameter else [])}' shows how it is used"
    if flag is not None and flag not in flags:
        setting = "" if flag.replace("_", "-") in flags else _as_setting(flag)
        fix = setting or suggest(flag, flags) or f"'{command} {help_flag(context.command, flags)}' lists its flags"
        report_error(f"{command} has no flag {flag}", fix)
    elif parameter is not None and error.message:
        name = " or ".join([*_flags(parameter)[:1], *_set_variables(parameter)]) or parameter.metavar
        report_error(f"{name}: {_refusal(error)}", manual)
    elif parameter is not None:
        report_error(f"no {parameter.metavar or parameter.name} given", f"{_example(context.command)}{manual}")
    else:
        report_error(_sentence(message), manual)


def _open_missing_streams() -> None:
    """Opens what the caller has closed, as by ``>&-``: else the next file that is opened would be taken for it."""
    for descriptor in range(3):
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # the lowest that is free
    sys.stdout = sys.stdout or open(os.devnull, "w")  # noqa: SIM115  as long as the process lives
    sys.stderr = sys.stderr or open(os.devnull, "w")  # noqa: SIM115


def _give_up_stdout() -> None:
    """Lets nothing more be written there, not even when Python ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


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


def _refusal(error: Any) -> str:
    """What is wrong with a value, which pydantic tells without the value."""
    reasons = getattr(error.__cause__, "errors", list)()
    if not reasons:
        return _sentence(error.message)
    value, bounds = f"'{reasons[0]['input']}'", reasons[0].get("ctx", {})
    kinds = {
        "int_parsing": f"{value} is no whole number",
        "int_from_float": f"{value} is no whole number",
        "float_parsing": f"{value} is no number",
        "bool_parsing": f"{value} is neither true nor false",
        "greater_than_equal": f"{value} is less than {bounds.get('ge')}, the least it can be",
        "less_than_equal": f"{value} is more than {bounds.get('le')}, the most it can be",
    }
    return kinds.get(reasons[0]["type"], f"{value}: {_sentence(error.message)}")


def _sentence(text: str) -> str:
    """Typer's words as ours begin and end."""
    return text[:1].lower() + text[1:].rstrip(".")
