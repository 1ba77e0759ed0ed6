"""The page that compares runs."""

import re
from itertools import pairwise

from gymctl.runs.comparing import compare
from gymctl.runs.pages.comparison import comparison_page, result_rows
from tests.runs.pages.checks import read_closed_page
from tests.runs.test_comparing import HOSTILE, make


def test_the_page_has_curves_results_and_differences(tmp_path):
    runs = [make(tmp_path, f"s{seed}", seed=seed, slope=float(seed)) for seed in (1, 2)]
    page = read_closed_page(comparison_page(compare([*runs, make(tmp_path, "other", rate=1e-4, slope=4.0)], 50.0)))
    assert page.names.count("figure") == 2
    for text in ("s1 + s2: 2 runs, seeds 1, 2", "45.00 (30.00 to 60.00)", "120.00", "0.0001", "time to 50", "1 of 2"):
        assert text in page.text


def test_the_curve_is_drawn_where_its_points_are(tmp_path):
    drawn = comparison_page(compare([make(tmp_path, "line", slope=1.0)]))
    first = [tuple(map(float, point.split())) for point in re.findall(r' d="M([^"]+)"', drawn)[0].split("L")]
    assert len(first) == 30
    steps = {round(b[0] - a[0], 0) for a, b in pairwise(first)}
    falls = {round(a[1] - b[1], 0) for a, b in pairwise(first)}
    assert max(steps) - min(steps) <= 1
    assert max(falls) - min(falls) <= 1
    assert min(falls) > 0  # upwards


def test_whatever_runs_are_called_and_hold_is_text(tmp_path):
    named = make(tmp_path, "<b onclick=a>&quot;", more={HOSTILE: HOSTILE, "x": "\x1b[2J\u202e"})
    page = read_closed_page(comparison_page(compare([named, make(tmp_path, "plain")])))
    assert HOSTILE in page.text
    assert "\x1b" not in page.text
    assert "\u202e" not in page.text


def test_curves_of_any_size_are_drawn(tmp_path):
    for index, slope in enumerate((0.0, 3e36, -1e-30, 1e9)):
        run = make(tmp_path, f"r{index}", slope=slope, rate=index, epochs=1 if index == 1 else 2000)
        markup = comparison_page(compare([run]))
        assert "nan" not in markup.replace("default-src", "")
        assert len(markup) < 60_000


def test_rows_say_which_runs_never_came_to_the_return(tmp_path):
    comparison = compare([make(tmp_path, "low"), make(tmp_path, "high", slope=9.0, rate=1.0)], 100.0)
    rows = {name: cells for name, *cells in result_rows(comparison)}
    assert rows["runs that reached 100"] == ["0 of 1", "1 of 1"]
    assert rows["env steps to 100"] == ["-", "1.2k"]
