"""How a population's values change, and when its trials are compared."""

import math
import random

import pytest

from gymctl.core.errors import InputError
from gymctl.sweep.population import check_space, interval, next_perturbation, perturbed
from gymctl.sweep.record import SeedRun
from gymctl.sweep.space import Choice, Range

SPACE = {"x": Range(0, 10), "log": Range(1e-4, 1, log=True), "n": Range(1, 8, integer=True), "c": Choice((1, 2, 3, 4))}


def changes(values, number=400):
    """Many points near one."""
    generator = random.Random(0)
    return [perturbed(values, SPACE, generator) for _ in range(number)]


def test_three_of_four_values_stay_near_and_all_in_their_range():
    points = changes({"x": 5.0, "log": 1e-2, "n": 4, "c": 2})
    assert all(point[key] in parameter for point in points for key, parameter in SPACE.items())
    assert all(isinstance(point["n"], int) for point in points)
    near = {
        "x": sum(abs(point["x"] - 5) <= 2 for point in points),
        "log": sum(abs(math.log10(point["log"]) + 2) <= 0.8 for point in points),
        "c": sum(point["c"] in (1, 3) for point in points),
    }
    assert all(0.75 * 400 < number < 400 for number in near.values()), near


def test_values_at_an_end_stay_in_the_range():
    points = changes({"x": 10.0, "log": 1e-4, "n": 8, "c": 4})
    assert all(point[key] in parameter for point in points for key, parameter in SPACE.items())
    assert {point["x"] for point in points} > {10.0}


def test_the_same_generator_gives_the_same_values():
    values = {"x": 5.0, "log": 1e-2, "n": 4, "c": 2}
    assert changes(values, 5) == changes(values, 5)


@pytest.mark.parametrize(
    "key", ["train.params.network.mlp.units", "num_envs", "train.params.config.horizon_length", "seed", "train"]
)
def test_keys_that_weights_or_steps_depend_on_cannot_vary(key):
    with pytest.raises(InputError, match="can't vary in a population"):
        check_space({key: Choice((1, 2))})


def test_other_keys_of_the_learner_and_the_task_can():
    check_space({"train.params.config.gamma": Range(0.9, 0.99), "task.env.resetDist": Range(2, 3)})


def test_values_change_ten_times_in_a_training_unless_the_user_says_how_often():
    assert (interval(None, 500), interval(None, 5), interval(7, 500), interval(7, -1)) == (50, 1, 7, 7)
    for wanted, max_epochs in ((500, 500), (None, -1)):
        with pytest.raises(InputError):
            interval(wanted, max_epochs)


@pytest.mark.parametrize(("epochs", "at"), [((), 4), ((3, 1), 4), ((4, 4), 4), ((4, 5), 8), ((9, 8), 12)])
def test_a_resumed_population_meets_where_its_farthest_trial_comes_to_next(population, epochs, at):
    for trial, epoch in zip(population.trials, epochs, strict=False):
        trial.runs = [SeedRun(1, "a", epoch=epoch)]
    assert next_perturbation(population) == at
