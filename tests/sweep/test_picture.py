"""The picture of a sweep."""

from dataclasses import replace

import pytest
from PIL import Image

from gymctl.sweep.picture import draw
from gymctl.sweep.record import Exploit, Record, Trial
from gymctl.sweep.space import Choice, Range
from tests.sweep.conftest import LR, trained

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def run(job):
    """A short training, as that of each trial."""
    trial = Trial(30, {LR: 2e-3})
    trained(replace(job, seeds=(5,)), trial)
    return trial.runs[0]


def drawn(record, file):
    """The text of the SVG, in which labels are comments."""
    assert draw(record, file)
    return file.read_text()


def test_a_sweep_is_drawn_with_its_curves_and_each_key(record, run, job, tmp_path):
    keys = {LR: Range(1e-4, 1e-2, log=True), "x.activation": Choice(("elu", "relu")), "x.n": Choice((1, 2, 100))}
    values = {LR: 2e-3, "x.activation": "relu", "x.n": 100}
    trials = [Trial(number, values, "completed", number / 2, runs=[run]) for number in range(1, 9)]
    sweep = Record(job.directory, replace(record.plan, space=keys), trials, 8, {})
    text = drawn(sweep, tmp_path / "sweep.svg")
    for shown in (
        "learning_rate",
        "activation",
        "relu",
        "best mean return",
        "trial 8: learning_rate 0.002",
        "3 others",
    ):
        assert shown in text, shown
    assert draw(sweep, tmp_path / "sweep.png")
    assert min(Image.open(tmp_path / "sweep.png").size) > 800


def test_of_a_population_the_values_are_drawn_as_they_went(population, run, job, tmp_path):
    first, *others = population.trials
    first.runs, others[0].runs = [run], [run]
    first.exploits = [Exploit(4, 2, {LR: 1e-3, "num_envs": 16}, first.values)]
    text = drawn(replace(population, directory=job.directory), tmp_path / "sweep.svg")
    assert "best mean return" not in text
    assert "learning_rate" in text


def test_nothing_is_drawn_before_an_episode_has_ended(record, tmp_path):
    assert not draw(record, tmp_path / "sweep.png")
    assert list(tmp_path.iterdir()) == []


def test_values_that_a_stranger_has_written_are_drawn_as_none(record, run, job, tmp_path):
    record.trials[0].values = {LR: "\x1b[2J$\\frac", "num_envs": [1] * 100}
    record.trials[0].objective, record.trials[0].runs = 1.0, [run]
    assert draw(replace(record, directory=job.directory), tmp_path / "sweep.png")
