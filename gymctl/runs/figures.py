"""Pictures as files: one style whatever stands in the current directory, and names that are drawn as they are."""

import math
import re
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gymctl.core.errors import InputError
from gymctl.core.files import atomic_write, check_replaceable
from gymctl.core.terminal import one_line
from gymctl.runs.units import short

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FORMATS = (".png", ".svg")
COLOURS = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#000000", "#e69f00", "#56b4e9"]
"""Of Okabe and Ito, which colour-blind people can tell apart."""
DASHES = ["-", "--", ":", "-."]
"""Lines differ in them too; as the numbers of both have no common divisor, 28 lines all look different."""
_FONT, _MORE_LETTERS = "DejaVu Sans", re.compile(r"Noto Sans CJK|WenQuanYi|IPA|Droid Sans Fallback|Unifont")


def check_format(path: Path) -> None:
    """Refuses a file whose ending names no picture format, and what no file can replace.

    Raises:
        InputError: It is neither ``.png`` nor ``.svg``, or a device, a pipe or a directory.
    """
    if path.suffix.lower() not in FORMATS:
        raise InputError(f"'{path}' is neither a .png nor an .svg file", f"use a name like {path.stem}.png")
    check_replaceable(path)


@contextmanager
def figure(path: Path, width: float, height: float) -> Iterator["Figure"]:
    """Gives an empty figure to draw in, and writes it in the end.

    Args:
        path: The ``.png`` or ``.svg`` file, replaced if there is one.
        width: Inches.
        height: Inches.

    Raises:
        InputError: The file can't be written.
    """
    import matplotlib as mpl
    from cycler import cycler
    from matplotlib.figure import Figure

    style: dict[Any, Any] = {
        **_own_style(),
        "font.family": _fonts(),
        "svg.hashsalt": "gymctl",
        "text.parse_math": False,  # names have dollars too
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.prop_cycle": cycler(color=COLOURS * len(DASHES)) + cycler(linestyle=DASHES * len(COLOURS)),
    }
    with mpl.rc_context(style), warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph .* missing", UserWarning)  # drawn as boxes
        drawn = Figure(figsize=(width, height), layout="constrained")
        yield drawn
        try:
            with atomic_write(path) as temporary:
                metadata: dict[str, Any] = {"Date": None} if path.suffix.lower() == ".svg" else {}
                drawn.savefig(temporary, format=path.suffix.lower()[1:], dpi=150, metadata=metadata)
        except OSError as error:
            raise InputError(f"can't write '{path}': {error.strerror or error}", "choose another --output") from error


def label(text: str) -> str:
    """Text that is drawn as it stands: a legend leaves out what begins with an underscore."""
    shown = one_line(text)
    return f" {shown}" if shown.startswith("_") else shown


def formatter(text: Callable[[float], str]) -> Any:
    """How the numbers of an axis are written."""
    from matplotlib.ticker import FuncFormatter

    return FuncFormatter(lambda value, _: "" if math.isnan(value) else text(value))


def value_formatter() -> Any:
    """How returns and the like are written."""
    return formatter(lambda value: short(value) if abs(value) >= 1e4 else f"{value:g}")


def _own_style() -> dict[str, Any]:
    """Matplotlib's settings as it has them itself, whatever a ``matplotlibrc`` in the current directory says."""
    import matplotlib as mpl

    return {key: value for key, value in mpl.rcParamsDefault.items() if not key.startswith(("backend", "interactive"))}


def _fonts() -> list[str]:
    """The usual font, and what this machine has for letters that it lacks."""
    from matplotlib import font_manager

    return [_FONT, *(name for name in font_manager.get_font_names() if _MORE_LETTERS.match(name))]
