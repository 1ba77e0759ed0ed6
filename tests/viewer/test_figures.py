"""Figures as HTML: what comes from a task or a run is text there, whatever it holds."""

import re

from gymctl.viewer.figures import bars, table

SCRIPT = "<script>alert(1)</script>"


def lengths(html):
    """Of each bar: where it begins, and how long it is, in percent."""
    found = re.findall(r"margin-left: ([\d.]+)%; width: ([\d.]+)%", html)
    return [(float(left), float(width)) for left, width in found]


def test_gains_go_to_the_right_and_costs_to_the_left_of_one_line():
    assert lengths(bars("", {"gain": 6.0, "cost": -2.0, "none": 0.0})) == [(25.0, 75.0), (0.0, 25.0), (25.0, 0.0)]
    assert lengths(bars("", {"gain": 4.0, "half": 2.0})) == [(0.0, 100.0), (0.0, 50.0)]
    assert lengths(bars("", {"cost": -4.0, "half": -2.0})) == [(0.0, 100.0), (50.0, 50.0)]


def test_a_new_episode_and_a_task_without_terms_have_no_bars():
    assert lengths(bars("", {"gain": 0.0})) == [(0.0, 0.0)]
    assert bars("Terms", {}) == ""


def test_names_are_text():
    for html in (bars(SCRIPT, {SCRIPT: 1.0}), table({SCRIPT: SCRIPT})):
        assert "<script" not in html
        assert html.count("&lt;script") == 2


def test_a_cost_of_nothing_has_no_sign():
    assert "-0.0" not in bars("", {"cost": -0.01, "none": -0.0})
