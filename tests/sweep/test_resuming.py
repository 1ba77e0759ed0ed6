"""A resumed sweep keeps to its plan, and what a stranger may have written into that runs, reads and sends nothing."""

import json
import shlex

import pytest

from gymctl.core.errors import InputError
from gymctl.scaffold.package import write_package
from gymctl.sweep import planning
from gymctl.sweep.planning import Wishes, begin, plan_sweep
from gymctl.sweep.record import read_record
from gymctl.sweep.resuming import resume_sweep
from tests.scaffold.conftest import ROBOTS
from tests.sweep.conftest import LR


def change(sweep, **fields):
    """Writes other fields into a sweep's record."""
    path = sweep.directory / "sweep.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | fields))


def resumed(sweep, *arguments, task=None, **wishes):
    record, _ = resume_sweep(str(sweep.directory), task, Wishes(**wishes), arguments=arguments)
    return record


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


def test_a_population_that_is_resumed_does_not_grow(plan_small):
    record = plan_small(population=2)
    begin(record)
    for wishes in ({"trials": 3}, {"population": 2}, {"perturb_every": 2}):
        with pytest.raises(InputError):
            resumed(record, **wishes)
    again = resumed(record)
    assert (again.trials, again.plan.perturb_every) == (record.trials, 1)


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


@pytest.fixture
def evil(tmp_path):
    """A class that leaves a file where it is imported."""
    (tmp_path / "cfg" / "task").mkdir(parents=True)
    file = tmp_path / "evil.py"
    file.write_text(f"open({str(tmp_path / 'canary')!r}, 'w')\n")
    return f"{file}:Evil"


@pytest.mark.parametrize(
    "fields",
    [
        {"overrides": ["task.name=EVIL"]},
        {"overrides": ["++task.name=EVIL"]},
        {"overrides": ["task={name: EVIL}"]},
        {"overrides": ["wandb_group=x", "task.name=${wandb_group}"]},
        {"space": {"task.name": ["EVIL"]}, "trials": []},
        {"space": {"++task.name": ["Cartpole", "EVIL"]}, "trials": []},
        {"space": {"task": [{"name": "EVIL"}]}, "trials": []},
        {"space": {"task.name=EVIL #": [1]}, "trials": []},
    ],
)
def test_a_record_says_no_code_to_run(begun, evil, tmp_path, fields):
    change(begun, **json.loads(json.dumps(fields).replace("EVIL", evil)))
    with pytest.raises(InputError) as refused:
        resumed(begun)
    assert refused.value.fix
    assert not (tmp_path / "canary").exists()


@pytest.mark.parametrize(
    "setting",
    [
        "checkpoint=FILE",
        "+checkpoint=FILE",
        "train.params.load_path=FILE",
        "train={params: {load_path: FILE}}",
        "+task.env.motion_file=FILE",
    ],
)
def test_a_file_is_read_only_if_the_command_names_it(begun, tmp_path, setting):
    setting = setting.replace("FILE", str(tmp_path / "private.pth"))
    change(begun, overrides=[setting, "train.params.load_checkpoint=True"])
    with pytest.raises(InputError, match="a file that you have not named"):
        resumed(begun)
    (tmp_path / "private.pth").write_bytes(b"no checkpoint")
    with pytest.raises(InputError) as refused:
        resumed(begun, setting)
    assert "named" not in str(refused.value)


def test_gymctls_own_clips_are_no_files_of_the_users(begun):
    change(begun, overrides=["+task.env.motion_file=amp_humanoid_walk"])
    assert len(resumed(begun).trials) == 3


def test_a_flag_names_no_file_either(begun, tmp_path):
    change(begun, settings={"checkpoint": str(tmp_path / "private.pth")})
    with pytest.raises(InputError, match="a file that you have not named"):
        resumed(begun)


def test_files_that_vary_are_named_too(begun):
    change(begun, space={"checkpoint": ["", "a.pth"]}, num_trials=2, trials=[])
    with pytest.raises(InputError, match="a file that you have not named"):
        resumed(begun)
    assert len(resumed(begun, 'checkpoint="",a.pth').trials) == 2
    other = {"values": {"checkpoint": "b.pth"}, "status": "planned", "objective": None, "error": None, "runs": []}
    change(begun, trials=[other])
    with pytest.raises(InputError, match="a file that you have not named"):
        resumed(begun, 'checkpoint="",a.pth')


def test_a_record_says_nothing_of_where_curves_are_sent(begun):
    overrides = ["wandb_activate=True", "++wandb_entity=evil"]
    change(begun, overrides=overrides, settings={"num_envs": 16, "wandb_project": "x"})
    plan = resumed(begun).plan
    assert not [key for key in plan.settings if key.startswith("wandb")]
    assert plan.overrides == ()


@pytest.mark.parametrize("key", ["wandb_activate", "++wandb_activate"])
def test_where_curves_are_sent_does_not_vary(begun, key):
    change(begun, space={key: [True]}, trials=[])
    with pytest.raises(InputError, match="where curves are sent"):
        resumed(begun)


def test_settings_may_be_repeated_and_not_changed(plan_small):
    sweep = plan_small(f"{LR}=1e-3,1e-2", "task.env.resetDist=2.5", trials=2)
    begin(sweep)
    assert resumed(sweep, f"{LR}=1e-3,1e-2", "task.env.resetDist=2.5").trials == sweep.trials
    for other in (f"{LR}=1e-3,1e-1", "task.env.resetDist=3.5", "num_envs=8,16", "seed=3"):
        with pytest.raises(InputError, match="can't change"):
            resumed(sweep, other)


def test_a_sweep_of_a_class_by_its_path_is_resumed_by_the_words_that_it_tells(tmp_path, monkeypatch):
    monkeypatch.setattr(planning, "find_spec", lambda package: object())
    monkeypatch.chdir(tmp_path)
    write_package("my_arm", ROBOTS / "arm.xml", [], parent=tmp_path)
    task, settings = "my_arm/my_arm/task.py:MyArm", {"num_envs": 8, "sim_device": "cpu", "rl_device": "cpu"}
    record, _ = plan_sweep(task, (f"{LR}=1e-4..1e-2:log",), Wishes(trials=2), settings=settings)
    begin(record)
    assert record.plan.name == "MyArmSweep"
    with pytest.raises(InputError, match="whose code isn't gymctl's") as refused:
        resumed(record)
    words = shlex.split(refused.value.fix.partition("gymctl sweep ")[2])
    assert words[1:] == ["--resume", str(record.directory)]
    for named in (words[0], task):
        assert resumed(record, task=named).trials == record.trials
