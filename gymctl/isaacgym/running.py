"""Runs a script for Isaac Gym as ``python SCRIPT.py ARGS…`` or ``python -m MODULE ARGS…`` would."""

import builtins
import importlib.abc
import importlib.machinery
import importlib.util
import io
import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from types import CodeType, ModuleType

from gymctl.core.errors import InputError
from gymctl.isaacgym.importing import install
from gymctl.isaacgym.screen import Opener

_INTERRUPTED = 130
_USAGE = "write 'gymctl isaacgym SCRIPT.py ARGS…'; what follows the script is for the script"


def run(arguments: Sequence[str], physics: str | None = None, viewer: Opener | None = None) -> int:
    """Runs a script or a module as ``__main__``, with ``isaacgym`` being this package.

    Its own exceptions are shown as Python shows them; a ``SystemExit`` passes.

    Args:
        arguments: ``SCRIPT.py ARGS…`` or ``-m MODULE ARGS…``.
        physics: As of `install`.
        viewer: As of `install`.

    Returns:
        The exit code.

    Raises:
        InputError: There is no such script, module or physics, or another ``isaacgym`` can be imported.
    """
    first, *rest = arguments or [""]
    prepare = partial(install, physics, viewer)
    try:
        if first == "-m":
            main, code = _module(rest, prepare)
        else:
            main, code = _script(first, rest, prepare)
    except (InputError, SystemExit):
        raise
    except BaseException as error:  # from compiling the script, or from its packages
        return _show(error)
    sys.modules["__main__"] = main
    try:
        exec(code, vars(main))
    except SystemExit:
        raise
    except BaseException as error:
        return _show(error)
    return 0


def _script(path: str, arguments: list[str], prepare: Callable[[], None]) -> tuple[ModuleType, CodeType]:
    if not path or path.startswith("-"):
        raise InputError(f"{path} stands before the script" if path else "no script given", _USAGE)
    script = Path(path)
    file = str(script.absolute())
    try:
        if script.is_dir():
            raise InputError(f"'{path}' is a folder", "name the script in it, or run its package with -m")
        with io.open_code(file) as opened:
            source = opened.read()
    except FileNotFoundError:
        raise InputError(f"there is no script '{path}'", "check its path; it starts in the current folder") from None
    except OSError as error:
        what = f"can't read '{path}': {error.strerror or error}"
        raise InputError(what, "name a Python script that you can read") from error
    except ValueError as error:  # a NUL in its name
        raise InputError(f"can't read '{path}': {error}", "name a Python script that you can read") from error
    _put_first_on_path(script.resolve().parent)
    sys.argv = [path, *arguments]
    prepare()
    main = _new_main(file, importlib.machinery.SourceFileLoader("__main__", file))
    return main, compile(source, file, "exec", dont_inherit=True)


def _module(arguments: list[str], prepare: Callable[[], None]) -> tuple[ModuleType, CodeType]:
    if not arguments:
        raise InputError("no module after -m", "name one, as in 'gymctl isaacgym -m legged_gym.scripts.train'")
    name, *rest = arguments
    _put_first_on_path(Path.cwd())
    sys.argv = ["-m", *rest]
    prepare()
    spec = _spec(name)
    if spec and spec.submodule_search_locations is not None:
        spec = _spec(name := f"{name}.__main__")
    code = spec.loader.get_code(name) if spec and isinstance(spec.loader, importlib.abc.InspectLoader) else None
    if spec is None or spec.origin is None or code is None:
        fix = "check its name; it is looked for in the current folder and among the installed packages"
        raise InputError(f"there is no module '{name}' to run", fix)
    main = _new_main(spec.origin, spec.loader)
    main.__spec__, main.__package__ = spec, spec.parent
    sys.argv[0] = spec.origin
    return main, code


def _spec(name: str) -> importlib.machinery.ModuleSpec | None:
    """Where a module is; None if it or a package that it is in is missing."""
    if name.startswith("."):
        return None
    try:
        return importlib.util.find_spec(name)
    except ModuleNotFoundError as error:
        if error.name and f"{name}.".startswith(f"{error.name}."):
            return None
        raise
    except ValueError:  # no name of a module
        return None


def _new_main(file: str, loader: importlib.abc.Loader | None) -> ModuleType:
    main = ModuleType("__main__")
    main.__file__, main.__loader__ = file, loader
    vars(main)["__builtins__"] = builtins
    return main


def _put_first_on_path(folder: Path) -> None:
    if not sys.flags.safe_path:
        sys.path[0] = str(folder)


def _show(error: BaseException) -> int:
    """Shows an exception without the calls up to the script; returns the exit code."""
    trace = error.__traceback__
    while trace and _leads_to_script(trace.tb_frame.f_code.co_filename):
        trace = trace.tb_next
    sys.excepthook(type(error), error.with_traceback(trace), trace)
    return _INTERRUPTED if isinstance(error, KeyboardInterrupt) else 1


def _leads_to_script(file: str) -> bool:
    return file == __file__ or file.startswith("<frozen importlib")
