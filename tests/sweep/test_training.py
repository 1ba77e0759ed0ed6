"""A trial is trained with each seed, and goes on where it was interrupted."""

import json
from pathlib import Path

import pytest
import torch

from gymctl.runs.directory import Run
from gymctl.sweep.record import Trial
from gymctl.sweep.training import EARLY, Job, TrialTraining
from tests.sweep.conftest import LR

pytestmark = pytest.mark.slow


@pytest.fixture
def job(tmp_path, monkeypatch):
    monkeypatch.setattr("sys.argv", ["pytest"])
    threads = torch.get_num_threads()
    torch.set_num_threads(2)
    yield Job(
        task="Cartpole",
        settings={"num_envs": 32, "max_iterations": 12, "sim_device": "cpu", "rl_device": "cpu"},
        overrides=("task.env.resetDist=2.5",),
        config_dir=None,
        directory=tmp_path,
        seeds=(5, 6),
        objective="best",
        threads=1,
        command=("gymctl", "sweep", "Cartpole"),
    )
    torch.set_num_threads(threads)


def trained(job, trial, stop_at=None, reason="SIGINT"):
    """Trains a trial; gives the score and the epochs that were told."""
    told = []

    def tell(score, epochs):
        told.append((score, epochs))
        return reason if epochs == stop_at else None

    TrialTraining(job, trial, tell).run()
    return told


def config_of(job, run):
    return Run(job.directory / run.run).read_config()


def test_each_seed_is_a_run_with_the_trials_values(job):
    trial = Trial(7, {LR: 2e-3})
    told = trained(job, trial)
    assert trial.status == "completed"
    assert [(run.seed, run.epoch, run.status) for run in trial.runs] == [(5, 12, "completed"), (6, 12, "completed")]
    assert [epochs for _, epochs in told] == list(range(1, 25))
    assert trial.objective == pytest.approx(sum(run.objective for run in trial.runs) / 2)
    assert told[-1][0] == pytest.approx(trial.objective)
    assert torch.get_num_threads() == job.threads
    for run in trial.runs:
        config = config_of(job, run)
        assert run.run.startswith(f"trial-07-seed-{run.seed}_")
        assert (config["seed"], config["num_threads"]) == (run.seed, 1)
        assert config["task"]["env"]["resetDist"] == 2.5
        assert config["train"]["params"]["config"]["learning_rate"] == 2e-3
        assert json.loads((job.directory / run.run / "run.json").read_text())["command"] == list(job.command)


def test_an_interrupted_trial_goes_on_with_the_same_results(job, tmp_path):
    whole, stopped = Trial(1, {LR: 2e-3}), Trial(2, {LR: 2e-3})
    trained(job, whole)
    trained(job, stopped, stop_at=17)
    assert [run.epoch for run in stopped.runs] == [12, 5]
    assert (stopped.status, stopped.runs[1].status) == ("interrupted", "interrupted")
    told = trained(job, stopped)
    assert [epochs for _, epochs in told] == list(range(18, 25))
    assert stopped.status == "completed"
    assert [run.objective for run in stopped.runs] == pytest.approx([run.objective for run in whole.runs])
    assert len(list(Path(tmp_path).glob("trial-02*"))) == 2


def test_early_stopping_ends_a_trial_with_a_checkpoint(job):
    trial = Trial(1, {LR: 2e-3})
    trained(job, trial, stop_at=4, reason=EARLY)
    assert (trial.status, trial.runs[0].status, len(trial.runs)) == ("stopped", "stopped", 1)
    assert list((job.directory / trial.runs[0].run / "nn").glob("last_*.pth"))


def test_a_trial_that_fails_says_why_in_one_line_and_is_trained_anew(job):
    trial = Trial(1, {LR: 1e30})
    trained(job, trial)
    assert (trial.status, trial.runs[0].status) == ("failed", "failed")
    assert "no longer a number" in trial.error
    assert "\n" not in trial.error
    failed = trial.runs[0].run
    trial.values, trial.error = {LR: 1e-3}, None
    trained(job, trial)
    assert trial.status == "completed"
    assert failed not in [run.run for run in trial.runs]


def test_values_that_cannot_be_trained_with_fail_the_trial(job):
    trial = Trial(1, {"num_envs": -3})
    trained(job, trial)
    assert trial.status == "failed"
    assert "num_envs" in trial.error


def test_a_run_behind_a_link_that_leads_out_of_the_sweep_is_not_trained_on(job, tmp_path):
    trial = Trial(1, {LR: 2e-3})
    trained(job, trial, stop_at=3)
    run = tmp_path / trial.runs[0].run
    elsewhere = run.rename(tmp_path.parent / f"{tmp_path.name}-elsewhere")
    run.symlink_to(elsewhere)
    before = (elsewhere / "run.json").read_bytes()
    assert trained(job, trial) == []
    assert trial.status == "failed"
    assert "leads out of" in trial.error
    assert (elsewhere / "run.json").read_bytes() == before
