"""How keys, values and trials of a sweep are shown."""

import pytest

from gymctl.sweep.naming import describe_values, short_names, show_status
from gymctl.sweep.record import Exploit, Trial
from tests.sweep.conftest import LR


@pytest.mark.parametrize(
    ("keys", "shown"),
    [
        ([LR, "task.env.a"], ["learning_rate", "a"]),
        (["task.env.a.x", "task.env.b.x"], ["a.x", "b.x"]),
        (["x", "a.x"], ["x", "a.x"]),
        (["seed"], ["seed"]),
    ],
)
def test_keys_are_shown_by_as_many_parts_as_tell_them_apart(keys, shown):
    assert short_names(keys) == shown


def test_values_are_shown_in_one_line():
    assert describe_values({LR: 0.00123456, "x.units": [64, 64]}) == "learning_rate 0.001235, units [64, 64]"


def test_a_member_of_a_population_tells_which_trial_it_copied_last():
    trial = Trial(1, {}, "running", exploits=[Exploit(50, 2, {}, {}), Exploit(100, 3, {}, {})])
    assert show_status(trial) == "running, copied 3 at 100"
