"""Run directories."""

import contextlib
import json
import shutil
import subprocess
import sys
import time
from datetime import datetime

import pytest

from gymctl.config import Config
from gymctl.core.errors import InputError
from gymctl.core.files import atomic_write
from gymctl.runs.directory import Run, create_run
from gymctl.runs.finding import list_runs
from gymctl.runs.summary import summarize


def test_a_new_run_is_named_after_the_experiment_and_the_time(tmp_path):
    run = create_run("Ant", tmp_path / "runs")
    assert run.path.parent == tmp_path / "runs"
    assert time.strptime(run.path.name.removeprefix("Ant_"), "%Y-%m-%d_%H-%M-%S")
    assert run.experiment == "Ant"
    assert run.nn_dir.is_dir()
    assert run.summaries_dir.is_dir()


def test_runs_started_in_the_same_second_get_directories_of_their_own(tmp_path):
    paths = [create_run("Ant", tmp_path).path for _ in range(5)]
    assert len(set(paths)) == 5
    assert all(Run(path).experiment == "Ant" for path in paths)


def test_a_name_may_have_spaces_and_any_letters(tmp_path):
    run = create_run("Ameise läuft 跑", tmp_path)
    assert run.experiment == "Ameise läuft 跑"
    assert run.manifest()["name"] == "Ameise läuft 跑"


@pytest.mark.parametrize("name", ["", ".", "..", "../Ant", "a/b", "a\\b", "a\nb", "a\0b", "x" * 200])
def test_a_name_that_is_no_file_name_is_refused(tmp_path, name):
    with pytest.raises(InputError):
        create_run(name, tmp_path / "runs")
    assert not (tmp_path / "runs").exists()


def test_a_runs_directory_that_is_a_file_is_refused(tmp_path):
    (tmp_path / "runs").write_text("")
    with pytest.raises(InputError, match="runs"):
        create_run("Ant", tmp_path / "runs")


def test_the_config_comes_back_as_it_was_written(tmp_path):
    run = create_run("Ant", tmp_path)
    config = {"task": {"name": "Ant", "env": {"numEnvs": 4}}, "note": "größer", "rate": 3e-4, "list": [1, 2.5, None]}
    run.write_config(Config(config))
    assert run.read_config() == config


def test_a_run_without_config_says_so(tmp_path):
    with pytest.raises(InputError, match=r"no config\.yaml"):
        create_run("Ant", tmp_path).read_config()


def test_updating_the_manifest_keeps_the_other_fields(tmp_path):
    run = create_run("Ant", tmp_path)
    run.update_manifest(task="Ant", status="running")
    run.update_manifest(status="finished", epoch=12)
    manifest = run.manifest()
    assert manifest["name"] == "Ant"
    assert (manifest["task"], manifest["status"], manifest["epoch"]) == ("Ant", "finished", 12)


def test_a_manifest_that_is_no_json_object_is_reported(tmp_path):
    run = create_run("Ant", tmp_path)
    for text in ("{", "[1]", "\udcff"):
        run.manifest_path.write_bytes(text.encode("utf-8", "surrogateescape"))
        with pytest.raises(InputError, match=r"run\.json"):
            run.manifest()


def test_a_manifest_of_more_values_than_a_run_has_is_reported(tmp_path):
    run = create_run("Ant", tmp_path)
    run.manifest_path.write_text('{"segments": [' + ",".join(["[]"] * 300_000) + "]}")
    with pytest.raises(InputError, match=r"100,000 values"):
        run.manifest()


def test_the_newest_run_of_a_task_is_found_by_its_start(tmp_path):
    older, newer = create_run("zzz", tmp_path), create_run("aaa", tmp_path)
    other = create_run("Cartpole", tmp_path)
    older.update_manifest(task="Ant", started="2026-01-01T10:00:00+00:00")
    newer.update_manifest(task="Ant", started="2026-01-01T11:30:00+01:00")
    other.update_manifest(task="Cartpole")
    assert list_runs(tmp_path, "Ant")[0] == newer
    assert list_runs(tmp_path, "Ant") == [newer, older]
    assert list_runs(tmp_path)[0] == other
    assert list_runs(tmp_path, "Humanoid") == []
    assert list_runs(tmp_path / "missing", "Ant") == []


def test_a_run_that_is_removed_meanwhile_ends_no_listing(tmp_path):
    run = create_run("Ant", tmp_path)
    shutil.rmtree(run.path)
    assert run.started() == run.last_started() < datetime.now().astimezone()
    assert summarize(run).epochs is None


def test_foreign_and_broken_directories_are_passed_over(tmp_path):
    run = create_run("Ant", tmp_path)
    run.update_manifest(task="Ant")
    (tmp_path / "notes").mkdir()
    (tmp_path / "file").write_text("")
    (tmp_path / "dangling").symlink_to(tmp_path / "nowhere")
    for name, text in {"broken": "{", "odd": "[]", "mistyped": '{"task": 3, "started": "yesterday"}'}.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / "run.json").write_text(text)
    (tmp_path / "bad config").mkdir()
    (tmp_path / "bad config" / "config.yaml").write_text("a: [")
    assert list_runs(tmp_path, "Ant")[0] == run


@pytest.mark.parametrize("directory", ["Ant", "Ant_25-11-30-12"])
def test_a_run_of_isaacgymenvs_is_known_by_its_directory(tmp_path, directory):
    (tmp_path / directory / "nn").mkdir(parents=True)
    assert list_runs(tmp_path, "Ant")[0] == Run(tmp_path / directory)


def test_a_run_of_isaacgymenvs_is_known_by_its_config(tmp_path):
    (tmp_path / "my_experiment").mkdir()
    (tmp_path / "my_experiment" / "config.yaml").write_text("task:\n  name: Ant\n")
    assert list_runs(tmp_path, "Ant")[0] == Run(tmp_path / "my_experiment")


def test_an_atomic_write_replaces_the_file_only_when_it_is_complete(tmp_path):
    path = tmp_path / "file"
    path.write_text("old")
    with contextlib.suppress(RuntimeError), atomic_write(path) as temporary:
        temporary.write_text("half")
        raise RuntimeError
    assert path.read_text() == "old"
    with atomic_write(path) as temporary:
        temporary.write_text("new")
        assert path.read_text() == "old"
    assert path.read_text() == "new"
    assert list(tmp_path.iterdir()) == [path]


def test_an_atomic_write_gives_the_usual_permissions(tmp_path):
    (tmp_path / "plain").touch()
    with atomic_write(tmp_path / "file") as temporary:
        temporary.write_text("x")
    assert (tmp_path / "file").stat().st_mode == (tmp_path / "plain").stat().st_mode


def test_runs_and_checkpoint_search_import_no_torch():
    modules = "gymctl.runs.directory, gymctl.runs.checkpoints"
    code = f"import sys, json, {modules}; print(json.dumps([m for m in sys.modules if m == 'torch']))"
    assert json.loads(subprocess.check_output([sys.executable, "-c", code])) == []
