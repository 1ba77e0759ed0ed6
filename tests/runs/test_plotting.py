"""Pictures of learning curves."""

import os
import re
import warnings

import pytest

from gymctl.core.errors import InputError
from gymctl.runs.figures import check_format
from gymctl.runs.history import Curve
from gymctl.runs.plotting import Line, plot

CURVE = Curve([1, 2, 3], [1.0, 2.0, 3.0], [0.5, 1.0, 1.5])


@pytest.mark.parametrize(
    "name", ["R$(cmd)", "$x_1$", "$\\frac{", "_Ant", "跑步", "a\nb", "\x1b[2J", "\u202e", "\udcff", "%s{0}", "x" * 255]
)
@pytest.mark.parametrize("count", [1, 2])
def test_a_run_may_be_called_anything(tmp_path, monkeypatch, name, count):
    monkeypatch.chdir(tmp_path)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        plot([Line(name, [CURVE]), Line("other", [CURVE])][:count], name, tmp_path / "a.svg")
    assert (tmp_path / "a.svg").stat().st_size > 1000


def test_settings_in_the_current_directory_change_nothing(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    plot([Line("Ant", [CURVE])], "x", tmp_path / "a.svg")
    import matplotlib as mpl

    monkeypatch.setitem(mpl.rcParams, "text.usetex", True)  # as from a matplotlibrc there; would run latex
    monkeypatch.setitem(mpl.rcParams, "font.size", 40.0)
    plot([Line("Ant", [CURVE])], "x", tmp_path / "b.svg")
    assert (tmp_path / "a.svg").read_bytes() == (tmp_path / "b.svg").read_bytes()


def test_only_a_file_is_replaced(tmp_path):
    os.mkfifo(tmp_path / "pipe.png")
    (tmp_path / "directory.png").mkdir()
    (tmp_path / "device.png").symlink_to("/dev/null")
    for name in ("pipe", "directory", "device"):
        with pytest.raises(InputError):
            check_format(tmp_path / f"{name}.png")
        with pytest.raises(InputError):
            plot([Line("Ant", [CURVE])], "x", tmp_path / f"{name}.png")
    assert (tmp_path / "pipe.png").is_fifo()


def test_lines_differ_in_colour_and_dashes_and_not_in_colour_alone(tmp_path):
    plot([Line(f"run {number}", [CURVE]) for number in range(28)], "x", tmp_path / "a.svg")
    styles = re.findall(r'<path d="[^"]*" clip-path="[^"]*" style="([^"]*)"', (tmp_path / "a.svg").read_text())
    strokes = [
        (re.search(r"stroke: (#\w+)", style), re.search(r"stroke-dasharray: ([^;]+)", style)) for style in styles
    ]
    lines = {(colour and colour[1], dashes and dashes[1]) for colour, dashes in strokes if colour}
    assert len({pair for pair in lines if pair[0] not in ("#b0b0b0",)}) == 28
    assert len({dashes for colour, dashes in lines if colour == "#0072b2"}) == 4


@pytest.mark.parametrize(("count", "title"), [(1, "Ant"), (3, "mean reward of 3 runs")])
def test_a_title_says_what_is_drawn(tmp_path, count, title):
    lines = [Line("Ant", [CURVE]), Line("other", [CURVE, CURVE])][: min(count, 2)]
    plot(lines, "rewards/step", tmp_path / "a.svg")
    drawn = (tmp_path / "a.svg").read_text()
    assert f"<!-- {title} -->" in drawn
