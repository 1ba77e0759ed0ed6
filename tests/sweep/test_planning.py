"""Sweeps are checked whole before anything is made; those that are resumed keep to their plan."""

import pytest

from gymctl.core.errors import BackendError, InputError
from gymctl.sweep import planning
from gymctl.sweep.planning import Wishes, begin, plan_sweep, resume_sweep
from gymctl.sweep.record import read_record
from tests.sweep.conftest import LR


@pytest.fixture
def plan(monkeypatch, tmp_path):
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
def begun(plan):
    record = plan(trials=3)
    begin(record)
    return record


def test_nothing_is_written_until_it_begins(plan, tmp_path):
    record = plan(trials=3)
    assert not (tmp_path / "runs").exists()
    begin(record)
    assert record.directory.parent == tmp_path / "runs"
    assert record.directory.name.startswith("CartpoleSweep_")
    assert read_record(record.directory).trials == record.trials
    assert {"python", "torch"} <= record.facts["versions"].keys()


def test_settings_that_do_not_vary_are_kept_for_all_trials(plan):
    record = plan(f"{LR}=1e-3,1e-2", "task.env.resetDist=2.5", settings={"seed": 7, "experiment": "mine"}, trials=2)
    assert record.plan.overrides == ("task.env.resetDist=2.5",)
    assert (record.plan.seed, record.plan.name, record.plan.max_epochs) == (7, "mine", 3)
    assert "experiment" not in record.plan.settings


def test_a_grid_needs_no_number_and_a_search_plans_nothing(plan):
    assert len(plan(f"{LR}=1e-3,1e-2", "num_threads=1", search="grid").trials) == 2
    searched = plan(search="optuna", trials=7)
    assert (searched.trials, searched.num_missing) == ([], 7)


def test_a_population_has_as_many_trials_as_members(plan):
    record = plan(population=4, perturb_every=2)
    assert (record.plan.search, record.plan.perturb_every, len(record.trials)) == ("pbt", 2, 4)
    assert plan(population=2).plan.perturb_every == 1


def test_a_population_that_is_resumed_does_not_grow(plan):
    record = plan(population=2)
    begin(record)
    for wishes in ({"trials": 3}, {"population": 2}, {"perturb_every": 2}):
        with pytest.raises(InputError):
            resume_sweep(str(record.directory), None, Wishes(**wishes))
    resumed, _ = resume_sweep(str(record.directory), None, Wishes())
    assert (resumed.trials, resumed.plan.perturb_every) == (record.trials, 1)


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
def test_what_cannot_be_tried_is_refused(plan, arguments, wishes, tmp_path):
    with pytest.raises(InputError) as refused:
        plan(*arguments, **wishes)
    assert refused.value.fix
    assert not (tmp_path / "runs").exists()


def test_a_missing_package_is_told_with_how_to_install_it(monkeypatch):
    monkeypatch.setattr(planning, "find_spec", lambda package: None)
    with pytest.raises(BackendError, match="ray") as refused:
        plan_sweep("Cartpole", [f"{LR}=1e-3,1e-2"], Wishes(), settings={})
    assert "sweep" in refused.value.fix


def test_more_trials_can_be_asked_of_a_sweep_and_its_first_ones_stay(begun):
    record, _ = resume_sweep(str(begun.directory), None, Wishes(trials=5))
    assert record.trials[:3] == begun.trials
    assert (len(record.trials), record.num_trials) == (5, 5)


def test_a_sweep_is_found_by_its_name_in_the_runs_directory(begun):
    record, _ = resume_sweep(begun.directory.name, "Cartpole", Wishes(), runs_dir=begun.directory.parent)
    begin(record)
    assert len(read_record(begun.directory).facts["commands"]) == 2


@pytest.mark.parametrize(
    "wishes", [{"trials": 2}, {"seeds": 2}, {"search": "grid"}, {"stop_early": "asha"}, {"objective": "last"}]
)
def test_the_plan_of_a_resumed_sweep_stays(begun, wishes):
    with pytest.raises(InputError):
        resume_sweep(str(begun.directory), None, Wishes(**wishes))


def test_another_task_is_refused_and_so_is_code_that_the_user_has_not_named(begun):
    with pytest.raises(InputError, match="not of Ant"):
        resume_sweep(str(begun.directory), "Ant", Wishes())
    path = begun.directory / "sweep.json"
    path.write_text(path.read_text().replace('"task": "Cartpole"', '"task": "theirs.task:Task"'))
    with pytest.raises(InputError, match="whose code isn't gymctl's"):
        resume_sweep(str(begun.directory), None, Wishes())


def test_your_own_yamls_are_named_again(begun):
    path = begun.directory / "sweep.json"
    path.write_text(path.read_text().replace('"config_dir": null', '"config_dir": "/mine"'))
    with pytest.raises(InputError) as refused:
        resume_sweep(str(begun.directory), None, Wishes())
    assert "--config-dir /mine" in refused.value.fix
