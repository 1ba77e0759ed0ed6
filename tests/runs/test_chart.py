"""Curves drawn with characters."""

import pytest

from gymctl.runs.chart import draw, labelled


def test_a_rising_line_goes_from_the_lower_left_to_the_upper_right():
    rows = draw(range(5), range(5), 5, 5, braille=False)
    assert [row.rstrip() for row in rows] == ["    *", "   *", "  *", " *", "*"]


def test_a_steep_curve_has_no_gaps():
    rows = draw([0, 1], [0, 100], 2, 6, braille=False)
    assert all("*" in row for row in rows)


def test_braille_has_eight_dots_a_character():
    assert draw([0, 1], [0, 1], 1, 1) == ["⡸"]
    assert draw([0, 1], [5, 5], 2, 1) == ["⣀⣀"]


@pytest.mark.parametrize("columns", [80, 40, 200])
@pytest.mark.parametrize("braille", [True, False])
def test_it_fits_the_terminal_and_names_the_limits(columns, braille):
    steps = [65536 * epoch for epoch in range(1, 501)]
    text = labelled(steps, [-3.25, *map(float, range(499))], "mean reward", "env steps", columns, braille=braille)
    assert max(map(len, text.splitlines())) == columns
    assert text.isascii() != braille
    for limit in ("498 ", "-3.25 ", " 65.5k", "32.8M env steps", "mean reward"):
        assert limit in text


def test_values_that_are_not_finite_are_left_out():
    text = labelled([1, 2, 3, 4], [1.0, float("nan"), float("inf"), 2.0], "loss", "env steps", 40)
    assert "2 │" in text
    assert "nan" not in text
    assert labelled([1], [float("nan")], "loss", "env steps", 40) == "loss: no curve yet"
