"""A small sweep, as it is planned."""

import pytest

from gymctl.sweep import planning
from gymctl.sweep.objectives import parse_objective
from gymctl.sweep.planning import Wishes, begin, plan_sweep
from gymctl.sweep.record import Plan, Record, Trial
from gymctl.sweep.space import Choice, Range

LR = "train.params.config.learning_rate"


@pytest.fixture
def plan():
    return Plan(
        name="CartpoleSweep",
        task="Cartpole",
        space={LR: Range(1e-4, 1e-2, log=True), "num_envs": Choice((16, 32))},
        settings={"max_iterations": 3, "wandb_activate": True},
        overrides=("task.env.resetDist=2.5", "wandb_project=mine"),
        seed=42,
        seeds=2,
        search="random",
        stop_early="none",
        objective=parse_objective("best"),
        max_epochs=3,
    )


@pytest.fixture
def record(plan, tmp_path):
    trials = [Trial(number, {LR: number * 1e-3, "num_envs": 16}) for number in (1, 2, 3)]
    return Record(tmp_path, plan, trials, 3, {"started": "2026-01-31T12:00:00+00:00"})


@pytest.fixture
def plan_small(monkeypatch, tmp_path):
    """Plans a sweep of Cartpole, whether or not the extra is installed."""
    monkeypatch.setattr(planning, "find_spec", lambda package: object())

    def make(*arguments, space_file=None, settings=None, **wishes):
        small = {"num_envs": 16, "max_iterations": 3, "sim_device": "cpu", "rl_device": "cpu"}
        record, _ = plan_sweep(
            "Cartpole",
            arguments or (f"{LR}=1e-4..1e-2:log",),
            Wishes(**wishes),
            settings={**small, **(settings or {})},
            space_file=space_file,
            runs_dir=tmp_path / "runs",
        )
        return record

    return make


@pytest.fixture
def begun(plan_small):
    record = plan_small(trials=3)
    begin(record)
    return record
