"""Sweeps are checked whole before anything is made."""

import pytest

from gymctl.core.errors import BackendError, InputError
from gymctl.sweep import planning
from gymctl.sweep.planning import Wishes, begin, plan_sweep
from gymctl.sweep.record import read_record
from tests.sweep.conftest import LR


def test_nothing_is_written_until_it_begins(plan_small, tmp_path):
    record = plan_small(trials=3)
    assert not (tmp_path / "runs").exists()
    begin(record)
    assert record.directory.parent == tmp_path / "runs"
    assert record.directory.name.startswith("CartpoleSweep_")
    assert read_record(record.directory).trials == record.trials
    assert {"python", "torch"} <= record.facts["versions"].keys()


def test_settings_that_do_not_vary_are_kept_for_all_trials(plan_small):
    record = plan_small(
        f"{LR}=1e-3,1e-2", "task.env.resetDist=2.5", settings={"seed": 7, "experiment": "mine"}, trials=2
    )
    assert record.plan.overrides == ("task.env.resetDist=2.5",)
    assert (record.plan.seed, record.plan.name, record.plan.max_epochs) == (7, "mine", 3)
    assert "experiment" not in record.plan.settings


def test_a_grid_needs_no_number_and_a_search_plans_nothing(plan_small):
    assert len(plan_small(f"{LR}=1e-3,1e-2", "num_threads=1", search="grid").trials) == 2
    searched = plan_small(search="optuna", trials=7)
    assert (searched.trials, searched.num_missing) == ([], 7)


def test_a_population_has_as_many_trials_as_members(plan_small):
    record = plan_small(population=4, perturb_every=2)
    assert (record.plan.search, record.plan.perturb_every, len(record.trials)) == ("pbt", 2, 4)
    assert plan_small(population=2).plan.perturb_every == 1


def test_a_population_needs_a_learner_that_forgets_nothing_when_it_stops(monkeypatch):
    monkeypatch.setattr(planning, "find_spec", lambda package: object())
    small = {"num_envs": 4, "max_iterations": 9, "sim_device": "cpu", "rl_device": "cpu"}
    with pytest.raises(InputError, match="can't train with sac"):
        plan_sweep("AntSAC", ["train.params.config.gamma=0.9..0.99"], Wishes(population=2), settings=small)


@pytest.mark.parametrize(
    ("arguments", "wishes"),
    [
        (["lr=1e-3,1e-2"], {}),
        ([f"{LR}=1e-3,x"], {}),
        ([f"{LR}=-1..1"], {}),
        ([f"{LR}=1e-3"], {}),
        ([f"{LR}=1e-3,1e-2", f"{LR}=1"], {}),
        (["experiment=a,b"], {}),
        (["num_envs=16,32"], {}),  # which the flag has set
        (["seed=1,2"], {"seeds": 2}),
        (["wandb_group=a,b"], {}),
        ([f"{LR}=1e-3,1e-2"], {"trials": 3}),
        ([f"{LR}=1e-3,1e-2"], {"search": "grid", "trials": 3}),
        ([f"{LR}=1e-3..1e-2"], {"search": "grid"}),
        ([f"{LR}=1e-3..1e-2"], {"search": "bayes"}),
        ([f"{LR}=1e-3..1e-2"], {"stop_early": "soon"}),
        ([f"{LR}=1e-3..1e-2"], {"objective": "time-to"}),
        ([f"{LR}=1e-3..1e-2"], {"perturb_every": 1}),
        ([f"{LR}=1e-3..1e-2"], {"population": 4, "perturb_every": 3}),
        ([f"{LR}=1e-3..1e-2"], {"population": 4, "trials": 4}),
        ([f"{LR}=1e-3..1e-2"], {"population": 4, "search": "optuna"}),
        ([f"{LR}=1e-3..1e-2"], {"population": 4, "stop_early": "asha"}),
        ([f"{LR}=1e-3..1e-2"], {"population": 4, "seeds": 2}),
        (["train.params.network.mlp.units=[8],[9]"], {"population": 2}),
        ([f"{LR}=1e-3,1e-2"], {"population": 3}),
        ([f"{LR}=1e-3..1e-2", "pbt=pbt_default"], {"trials": 4}),
    ],
)
def test_what_cannot_be_tried_is_refused(plan_small, arguments, wishes, tmp_path):
    with pytest.raises(InputError) as refused:
        plan_small(*arguments, **wishes)
    assert refused.value.fix
    assert not (tmp_path / "runs").exists()


def test_a_missing_package_is_told_with_how_to_install_it(monkeypatch):
    monkeypatch.setattr(planning, "find_spec", lambda package: None)
    with pytest.raises(BackendError, match="ray") as refused:
        plan_sweep("Cartpole", [f"{LR}=1e-3,1e-2"], Wishes(), settings={})
    assert "sweep" in refused.value.fix
