"""Text for terminals."""

import pytest

from gymctl.commands.text import describe_end, draw_sparkline, format_clock


@pytest.mark.parametrize(
    ("values", "width", "drawn"),
    [
        ([], 10, ""),
        ([1.0], 10, "▁"),
        ([0, 1, 2, 3, 4, 5, 6, 7], 10, "▁▂▃▄▅▆▇█"),
        ([0, 0, 7, 7], 2, "▁█"),
        ([2.0, float("nan"), 1.0, float("inf")], 9, "█▁"),
        ([3, 3, 3], 2, "▁▁"),
        ([1, 2], 0, ""),
    ],
)
def test_a_curve_is_drawn_from_its_lowest_to_its_highest_value(values, width, drawn):
    assert draw_sparkline(values, width) == drawn


def test_clocks_have_hours_only_when_there_are_some():
    assert [format_clock(seconds) for seconds in (0, 61, 3661, -5)] == ["0:00", "1:01", "1:01:01", "0:00"]


@pytest.mark.parametrize(
    ("stopped_by", "told"),
    [("max_epochs", ""), ("score_to_win", "score_to_win reached"), ("SIGINT", "stopped by SIGINT")],
)
def test_only_an_end_before_the_last_epoch_has_a_reason(stopped_by, told):
    assert describe_end(stopped_by) == told
