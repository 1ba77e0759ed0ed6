"""What was changed of an earlier run's config."""

import pytest

from gymctl.config import compose
from gymctl.config.changes import changes_of, describe_changes, learns_alike

BASE = compose("Ant", settings={"num_envs": 64, "seed": 5}).tree
RATE = "train.params.config.learning_rate"


def changed(*overrides, **settings):
    return compose("Ant", base=BASE, overrides=overrides, settings=settings)


def test_an_unchanged_config_has_no_changes():
    assert changes_of(changed()) == {}
    assert changes_of(compose("Ant")) == {}
    assert changes_of(changed("wandb_activate=True", "wandb_tags=[a]")) == {}


def test_a_changed_key_has_its_old_and_its_new_value():
    assert changes_of(changed(f"{RATE}=1e-4", seed=6)) == {"seed": (5, 6), RATE: (3e-4, 1e-4)}


def test_what_follows_a_setting_is_no_change_of_its_own():
    assert changes_of(changed(num_envs=32)) == {"num_envs": (64, 32)}


def test_a_setting_that_was_not_given_shows_what_it_replaces():
    assert changes_of(changed(max_iterations=20)) == {"max_iterations": (500, 20)}


@pytest.mark.parametrize(
    ("overrides", "settings", "alike"),
    [
        ([], {"max_iterations": 20}, True),
        (["train.params.config.save_frequency=5"], {"experiment": "other"}, True),
        ([f"{RATE}=1e-4"], {}, False),
        ([], {"seed": 6}, False),
        ([], {"sim_device": "cpu"}, False),
    ],
)
def test_only_some_changes_leave_what_is_learned_as_it_was(overrides, settings, alike):
    config = changed(*overrides, **settings)
    assert learns_alike(changes_of(config), config) == alike


def test_a_linear_schedule_depends_on_the_last_epoch():
    linear = compose("Ant", base=BASE, overrides=["train.params.config.lr_schedule=linear"]).tree
    config = compose("Ant", base=linear, settings={"max_iterations": 20})
    assert not learns_alike(changes_of(config), config)


def test_they_are_told_in_a_line_that_no_terminal_obeys():
    assert describe_changes({RATE: (3e-4, 1e-4), "seed": (5, 6)}) == "learning_rate 0.0003 → 0.0001, seed 5 → 6"
    assert describe_changes({"a.dt": (1, 2), "b.dt": ("", [1, 2])}) == 'a.dt 1 → 2, b.dt "" → [1, 2]'
    hostile = describe_changes({"\x1b[2J": ("\n" * 10_000, {"x": float("nan")})})
    assert hostile.isprintable()
    assert len(hostile) < 300
