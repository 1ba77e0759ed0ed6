"""A trial is trained with each seed, and goes on where it was interrupted."""

import copy
import json
from dataclasses import replace

import pytest
import torch

from gymctl import play
from gymctl.runs.directory import Run
from gymctl.sweep.record import Trial
from gymctl.sweep.training import EARLY, Slice
from tests.sweep.conftest import LR, trained

pytestmark = pytest.mark.slow


def config_of(job, run):
    return Run(job.directory / run.run).read_config()


@pytest.fixture(scope="module")
def whole(job):
    """A trial that was trained with both seeds, and what was told of it."""
    trial = Trial(1, {LR: 2e-3})
    _, told = trained(job, trial)
    return trial, told


@pytest.fixture
def member(job):
    """The job of a population, whose trials are trained with one seed, and meet after every second epoch."""
    return replace(job, seeds=(5,), first_perturbation=2, perturb_every=2)


def test_each_seed_is_a_run_with_the_trials_values(job, whole):
    trial, told = whole
    assert trial.status == "completed"
    assert [(run.seed, run.epoch, run.status) for run in trial.runs] == [(5, 6, "completed"), (6, 6, "completed")]
    assert [epochs for _, epochs in told] == list(range(1, 13))
    assert trial.objective == pytest.approx(sum(run.objective for run in trial.runs) / 2)
    assert told[-1][0] == pytest.approx(trial.objective)
    assert torch.get_num_threads() == job.threads
    for run in trial.runs:
        config = config_of(job, run)
        assert run.run.startswith(f"trial-01-seed-{run.seed}_")
        assert (config["seed"], config["num_threads"]) == (run.seed, 1)
        assert config["task"]["env"]["resetDist"] == 2.5
        assert config["train"]["params"]["config"]["learning_rate"] == 2e-3
        assert json.loads((job.directory / run.run / "run.json").read_text())["command"] == list(job.command)


def test_an_interrupted_trial_goes_on_with_the_same_results(job, whole):
    stopped = Trial(2, {LR: 2e-3})
    trained(job, stopped, stop_at=9)
    assert [run.epoch for run in stopped.runs] == [6, 3]
    assert (stopped.status, stopped.runs[1].status) == ("interrupted", "interrupted")
    _, told = trained(job, stopped)
    assert [epochs for _, epochs in told] == [10, 11, 12]
    assert stopped.status == "completed"
    assert [run.objective for run in stopped.runs] == pytest.approx([run.objective for run in whole[0].runs])
    assert len(list(job.directory.glob("trial-02*"))) == 2


def test_early_stopping_ends_a_trial_with_a_checkpoint(job):
    trial = Trial(3, {LR: 2e-3})
    trained(job, trial, stop_at=2, reason=EARLY)
    assert (trial.status, trial.runs[0].status, len(trial.runs)) == ("stopped", "stopped", 1)
    assert list((job.directory / trial.runs[0].run / "nn").glob("last_*.pth"))


def test_a_trial_that_fails_says_why_in_one_line_and_is_trained_anew(member):
    trial = Trial(4, {LR: 1e30})
    trained(member, trial)
    assert (trial.status, trial.runs[0].status) == ("failed", "failed")
    assert "no longer a number" in trial.error
    assert "\n" not in trial.error
    failed = trial.runs[0].run
    trial.values, trial.error = {LR: 1e-3}, None
    trained(member, trial)
    assert trial.status == "completed"
    assert failed not in [run.run for run in trial.runs]


def test_values_that_cannot_be_trained_with_fail_the_trial(job):
    trial = Trial(5, {"num_envs": -3})
    trained(job, trial)
    assert trial.status == "failed"
    assert "num_envs" in trial.error


def test_a_run_behind_a_link_that_leads_out_of_the_sweep_is_not_trained_on(member, tmp_path):
    trial = Trial(10, {LR: 2e-3})
    trained(member, trial, stop_at=3)
    run = member.directory / trial.runs[0].run
    elsewhere = run.rename(tmp_path / "elsewhere")
    run.symlink_to(elsewhere)
    before = (elsewhere / "run.json").read_bytes()
    _, told = trained(member, trial)
    assert (told, trial.status) == ([], "failed")
    assert "leads out of" in trial.error
    assert (elsewhere / "run.json").read_bytes() == before


def test_a_training_whose_end_nobody_was_told_of_is_not_trained_again(job, whole):
    trial = copy.deepcopy(whole[0])
    trial.runs[1].status, trial.runs[1].epoch = "killed", 5
    _, told = trained(job, trial)
    assert told == []
    assert (trial.status, trial.objective, trial.runs[1].epoch) == ("completed", whole[0].objective, 6)


def test_a_trial_that_is_played_has_the_return_that_play_measures(job, whole):
    trial = copy.deepcopy(whole[0])
    for run in trial.runs:
        run.objective = None
    training, _ = trained(replace(job, objective="eval"), trial)
    returns = [
        play("Cartpole", str(job.directory / run.run), episodes=64, device="cpu").reward.mean for run in trial.runs
    ]
    assert [run.objective for run in trial.runs] == returns
    assert training.score == trial.objective == pytest.approx(sum(returns) / 2)


def test_a_member_of_a_population_waits_at_each_perturbation_and_learns_as_without_one(member, whole):
    trial = Trial(6, {LR: 2e-3})
    training, told = trained(member, trial, part=Slice(2))
    assert (trial.status, [epochs for _, epochs in told]) == ("waiting", [1, 2])
    assert training.checkpoint.name.startswith("last_trial-06_ep_2")
    training, told = trained(member, trial, part=Slice(2))  # interrupted while it waited
    assert (trial.status, told) == ("waiting", [])
    assert (training.score, training.checkpoint.name[:18]) == (trial.runs[0].reward, "last_trial-06_ep_2")
    trained(member, trial, part=Slice(4))
    trained(member, trial, part=Slice(6))
    assert (trial.status, len(trial.runs)) == ("completed", 1)
    assert trial.objective == pytest.approx(whole[0].runs[0].objective)


def test_a_member_that_takes_over_another_goes_on_as_that_one_would_with_the_new_values(member):
    other, same, new = Trial(7, {LR: 2e-3}), Trial(8, {LR: 1e-4}), Trial(9, {LR: 1e-4})
    source = trained(member, other, part=Slice(4))[0].checkpoint
    trained(member, same, part=Slice(2))
    trained(member, new, part=Slice(2))
    runs = [same.runs[0].run, new.runs[0].run]
    same.values, new.values = {LR: 2e-3}, {LR: 5e-3}
    trained(member, other, part=Slice(6))
    trained(member, same, part=Slice(6, source))
    trained(member, new, part=Slice(6, source))
    assert [same.runs[0].run, new.runs[0].run] == runs
    assert same.runs[0].reward == other.runs[0].reward != new.runs[0].reward
    assert _weights(member, same) == _weights(member, other)
    assert config_of(member, new.runs[0])["train"]["params"]["config"]["learning_rate"] == 5e-3
    before, after = json.loads((member.directory / runs[1] / "run.json").read_text())["segments"]
    assert (before["after_epoch"], after["after_epoch"]) == (0, 4)
    copied = member.directory / runs[1] / after["checkpoint"]["path"]
    assert copied.read_bytes() == source.read_bytes()


def _weights(job, trial):
    (path,) = (job.directory / trial.runs[0].run / "nn").glob("last_*_ep_6_*.pth")
    model = torch.load(path, weights_only=True)["model"]
    return {name: weights.tolist() for name, weights in model.items()}
