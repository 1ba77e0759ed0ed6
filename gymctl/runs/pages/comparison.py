"""A page that compares runs: the curves, the numbers, and what differs in the configs."""

from collections.abc import Callable, Sequence
from pathlib import Path

from gymctl.config.changes import show_value
from gymctl.core.errors import InputError
from gymctl.core.files import check_replaceable
from gymctl.core.version import __version__
from gymctl.runs.comparing import Comparison, Group
from gymctl.runs.history import REWARD, Curve
from gymctl.runs.pages.curves import charts
from gymctl.runs.pages.html import dotted_key, element, page, table, write_page
from gymctl.runs.plotting import FORMATS, Line, plot
from gymctl.runs.units import decimal, duration, short


def check_output(path: Path) -> None:
    """Refuses a file whose ending names neither a page nor a picture, and what no file can replace.

    Raises:
        InputError: It is such a file.
    """
    if path.suffix.lower() not in (".html", *FORMATS):
        raise InputError(
            f"'{path}' is neither an .html page nor a .png or .svg picture", f"use a name like {path.stem}.html"
        )
    check_replaceable(path)


def write_comparison(comparison: Comparison, path: Path) -> None:
    """Writes the page, or a picture of the curves alone.

    Args:
        comparison: What to write.
        path: An ``.html``, ``.png`` or ``.svg`` file, replaced if there is one.

    Raises:
        InputError: It can't be written.
    """
    if path.suffix.lower() == ".html":
        write_page(comparison_page(comparison), path)
    else:
        plot(curve_lines(comparison), REWARD, path)


def comparison_page(comparison: Comparison) -> str:
    """The page."""
    groups = comparison.groups
    names = [group.name for group in groups]
    differing = [[dotted_key(key), *map(show_value, values)] for key, values in comparison.differences.items()]
    letters = [group.letter for group in groups]
    return page(
        f"Comparison of {' and '.join(names)}",
        element("h1", " and ".join(letters) if len(letters) < 4 else f"{letters[0]} to {letters[-1]}", " compared"),
        element("p", *_named(groups), class_="lead"),
        *(element("p", note, class_="note") for note in comparison.notes),
        element("h2", "Learning curves"),
        charts(curve_lines(comparison), "mean return"),
        element("h2", "Results"),
        table(["", *letters], result_rows(comparison), numbers=True),
        *([_about_ranges()] if any(len(group.members) > 1 for group in groups) else []),
        element("h2", "Settings that differ"),
        table(["", *letters], differing) if differing else element("p", "None: only names and seeds differ."),
        element("footer", f"Made by gymctl {__version__}."),
    )


def curve_lines(comparison: Comparison) -> list[Line]:
    """The curves of each group, to be drawn as one."""
    return [
        Line(f"{group.letter}  {group.name}{', mean and range' * (len(group.members) > 1)}", _curves(group))
        for group in comparison.groups
    ]


def result_rows(comparison: Comparison) -> list[list[str]]:
    """Rows of numbers for people, a column for each group: a mean, and its range where there are several runs."""
    target = f"{comparison.target:,g}"
    rows = [
        _row("best return", comparison.groups, "best_return", decimal),
        _row("  at env step", comparison.groups, "best.env_steps", short),
        _row(f"env steps to {target}", comparison.groups, "reached.env_steps", short),
        _row(f"time to {target}", comparison.groups, "reached.seconds", duration),
        _row("env steps in all", comparison.groups, "end.env_steps", short),
        _row("training time", comparison.groups, "end.seconds", duration),
    ]
    if any(group.count_reached < len(group.members) for group in comparison.groups):
        reached = [f"{group.count_reached} of {len(group.members)}" for group in comparison.groups]
        rows.insert(2, [f"runs that reached {target}", *reached])
    return rows


def _row(name: str, groups: Sequence[Group], number: str, shown: Callable[[float], str]) -> list[str]:
    cells = []
    for group in groups:
        numbers = group.range_of(number)
        if numbers is None:
            cells.append("-")
        elif len(group.members) == 1:
            cells.append(shown(numbers[0]))
        else:
            mean, low, high = map(shown, numbers)
            cells.append(mean if low == high else f"{mean} ({low} to {high})")
    return [name, *cells]


def _curves(group: Group) -> list[Curve]:
    return [member.curve for member in group.members]


def _named(groups: Sequence[Group]) -> list[str]:
    parts: list[str] = []
    for group in groups:
        parts += [element("br")] * bool(parts) + [element("b", group.letter), f"  {group.name}"]
    return parts


def _about_ranges() -> str:
    return element(
        "p",
        "Of several seeds: the mean, and the range from the lowest to the highest. Bands show it too.",
        class_="note",
    )
