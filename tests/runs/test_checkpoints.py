"""Finding the checkpoint that is meant."""

import os
from pathlib import Path

import pytest

from gymctl.config import Config
from gymctl.core.errors import InputError
from gymctl.runs.checkpoints import locate_checkpoint
from gymctl.runs.directory import Run, create_run
from gymctl.runs.segments import Segment, begin_segment


def make_run(runs_dir: Path, *names: str, task: str = "Ant", started: str = "2026-01-01T10:00:00+00:00") -> Run:
    """A run with checkpoints of these names, written in this order."""
    run = create_run(task, runs_dir)
    run.update_manifest(task=task, started=started)
    run.write_config(Config({"task": {"name": task}}))
    for second, name in enumerate(names):
        path = run.nn_dir / f"{name}.pth"
        path.write_bytes(b"weights")
        os.utime(path, (1000 + second, 1000 + second))
    return run


def test_nothing_said_means_the_best_of_the_newest_run(tmp_path):
    make_run(tmp_path, "Ant", started="2026-01-01T10:00:00+00:00")
    newest = make_run(tmp_path, "Ant", "last_Ant_ep_500_rew_99.0", started="2026-01-02T10:00:00+00:00")
    make_run(tmp_path, "Cartpole", task="Cartpole", started="2026-01-03T10:00:00+00:00")
    for what in (None, "best"):
        located = locate_checkpoint("Ant", what, tmp_path)
        assert located.path == newest.nn_dir / "Ant.pth"
        assert located.run == newest
        assert located.why == "the best checkpoint of the newest run of Ant"


def test_without_a_best_file_the_highest_reward_is_taken(tmp_path):
    make_run(tmp_path, "last_Ant_ep_50_rew_7.5", "last_Ant_ep_100_rew__12.5_", "last_Ant_ep_150_rew_-inf")
    located = locate_checkpoint("Ant", "best", tmp_path)
    assert located.path.stem == "last_Ant_ep_100_rew__12.5_"
    assert "highest reward (12.5)" in located.why


def test_without_any_reward_the_best_is_the_latest(tmp_path):
    make_run(tmp_path, "last_Ant_ep_100_rew_-inf", "last_Ant_ep_50_rew_-inf")
    located = locate_checkpoint("Ant", "best", tmp_path)
    assert located.path.stem == "last_Ant_ep_100_rew_-inf"
    assert "no reward" in located.why


def test_an_experiment_may_be_named_like_a_periodic_checkpoint(tmp_path):
    run = create_run("Ant_ep_5", tmp_path)
    run.update_manifest(task="Ant")
    for name in ("Ant_ep_5", "last_Ant_ep_5_ep_50_rew_300"):
        (run.nn_dir / f"{name}.pth").write_bytes(b"weights")
    assert locate_checkpoint("Ant", "best", tmp_path).path.stem == "Ant_ep_5"


def test_the_latest_is_found_by_number_not_by_letter_or_time(tmp_path):
    make_run(tmp_path, "last_Ant_ep_1000_rew_1.0", "last_Ant_ep_950_rew_9.0", "Ant")
    located = locate_checkpoint("Ant", "latest", tmp_path)
    assert located.path.stem == "last_Ant_ep_1000_rew_1.0"
    assert "epoch 1000" in located.why


def test_of_two_files_of_one_epoch_the_latest_is_the_one_written_last(tmp_path):
    make_run(tmp_path, "last_Ant_ep_500_rew_2.0", "last_Ant_ep_500_rew__1.0_")
    assert locate_checkpoint("Ant", "latest", tmp_path).path.stem == "last_Ant_ep_500_rew__1.0_"


def test_a_run_that_ended_at_its_frame_limit_has_that_file_as_the_latest(tmp_path):
    make_run(tmp_path, "last_Ant_ep_50_rew_1.0", "last_Ant_frame_65536_rew__1.5_")
    assert locate_checkpoint("Ant", "latest", tmp_path).path.stem == "last_Ant_frame_65536_rew__1.5_"


def test_a_run_that_was_resumed_after_its_frame_limit_has_a_later_epoch_as_the_latest(tmp_path):
    make_run(tmp_path, "last_Ant_frame_65536_rew__1.5_", "last_Ant_ep_60_rew_2.0", "last_Ant_ep_55_rew_2.0", "Ant")
    assert locate_checkpoint("Ant", "latest", tmp_path).path.stem == "last_Ant_ep_60_rew_2.0"


def test_a_run_without_checkpoints_is_passed_over_and_this_is_said(tmp_path):
    make_run(tmp_path, "Ant", started="2026-01-01T10:00:00+00:00")
    make_run(tmp_path, started="2026-01-02T10:00:00+00:00")
    assert "that has a checkpoint" in locate_checkpoint("Ant", None, tmp_path).why


def test_empty_files_are_no_candidates(tmp_path):
    run = make_run(tmp_path, "last_Ant_ep_50_rew_1.0")
    (run.nn_dir / "Ant.pth").touch()
    assert locate_checkpoint("Ant", "best", tmp_path).path.stem == "last_Ant_ep_50_rew_1.0"


def test_a_file_is_taken_as_given_and_finds_its_run(tmp_path, monkeypatch):
    run = make_run(tmp_path, "last_Ant_ep_50_rew_1.0")
    path = run.nn_dir / "last_Ant_ep_50_rew_1.0.pth"
    located = locate_checkpoint("Ant", str(path), tmp_path / "elsewhere")
    assert (located.path, located.run) == (path, run)
    monkeypatch.chdir(run.nn_dir)
    inside = locate_checkpoint("Ant", path.name, tmp_path).run
    assert inside is not None
    assert inside.path == run.path


def test_a_file_outside_any_run_has_none(tmp_path):
    (tmp_path / "nn").mkdir()
    for path in (tmp_path / "policy.pth", tmp_path / "nn" / "policy.pth"):
        path.write_bytes(b"weights")
        assert locate_checkpoint("Ant", str(path), tmp_path / "runs").run is None


@pytest.mark.parametrize("prefer", ["best", "latest"])
def test_a_directory_gives_the_preferred_checkpoint(tmp_path, prefer):
    run = make_run(tmp_path / "runs", "Ant", "last_Ant_ep_50_rew_1.0")
    expected = run.nn_dir / ("Ant.pth" if prefer == "best" else "last_Ant_ep_50_rew_1.0.pth")
    for what in (str(run.path), run.path.name, str(run.nn_dir)):
        located = locate_checkpoint("Ant", what, tmp_path / "runs", prefer=prefer)
        assert (located.path, located.run) == (expected, run)


def test_isaacgymenvs_own_runs_are_found(tmp_path):
    path = tmp_path / "Ant_25-11-30-12" / "nn" / "Ant.pth"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"weights")
    located = locate_checkpoint("Ant", None, tmp_path)
    assert located.path == path
    assert located.run is None


def test_a_task_without_runs_is_told_how_to_train(tmp_path):
    for runs_dir in (tmp_path, tmp_path / "missing"):
        with pytest.raises(InputError) as caught:
            locate_checkpoint("Ant", None, runs_dir)
        assert str(runs_dir) in caught.value.what
        assert "gymctl train Ant" in caught.value.fix


def test_a_misspelt_name_gets_suggestions(tmp_path):
    run = make_run(tmp_path, "Ant")
    with pytest.raises(InputError) as caught:
        locate_checkpoint("Ant", str(run.nn_dir / "Ent.pth"), tmp_path)
    assert "Ant.pth" in caught.value.fix
    with pytest.raises(InputError) as caught:
        locate_checkpoint("Ant", "lattest", tmp_path)
    assert "latest" in caught.value.fix


def test_a_directory_without_checkpoints_and_an_empty_file_are_refused(tmp_path):
    (tmp_path / "empty.pth").touch()
    with pytest.raises(InputError, match="empty"):
        locate_checkpoint("Ant", str(tmp_path / "empty.pth"), tmp_path)
    with pytest.raises(InputError, match="no checkpoint"):
        locate_checkpoint("Ant", str(tmp_path), tmp_path)


@pytest.mark.parametrize("what", ["x" * 300 + ".pth", "~nobody_of_that_name/Ant.pth", "no/such/dir/Ant.pth"])
def test_a_path_that_can_not_exist_is_refused(tmp_path, what):
    with pytest.raises(InputError):
        locate_checkpoint("Ant", what, tmp_path)


@pytest.mark.parametrize("name", ["Ant_ep_5_rew_3", "last_Ant", "best", "latest"])
def test_best_and_latest_are_found_whatever_the_experiment_is_called(tmp_path, name):
    run = create_run(name, tmp_path)
    run.update_manifest(task="Ant")
    for stem in (f"last_{name}_ep_30_rew_300", f"last_{name}_ep_4_rew_500", name):
        (run.nn_dir / f"{stem}.pth").write_bytes(b"weights")
    renamed = run.path.rename(tmp_path / "renamed")
    assert locate_checkpoint("Ant", "best", tmp_path).path == renamed / "nn" / f"{name}.pth"
    assert locate_checkpoint("Ant", "latest", tmp_path).path.stem == f"last_{name}_ep_30_rew_300"


def test_the_checkpoints_of_early_rl_games_are_in_the_order_of_their_epochs(tmp_path):
    make_run(tmp_path, "last_Antep1000rew[1.5]", "last_Antep950rew[9.5]", "last_Antep=900rew[2.]")
    assert locate_checkpoint("Ant", "latest", tmp_path).path.stem == "last_Antep1000rew[1.5]"
    assert locate_checkpoint("Ant", "best", tmp_path).path.stem == "last_Antep950rew[9.5]"


def test_an_experiment_means_its_newest_run(tmp_path):
    for day in (1, 2):
        run = create_run("cp_s1", tmp_path)
        run.update_manifest(task="Cartpole", started=f"2026-01-0{day}T10:00:00+00:00")
        (run.nn_dir / "cp_s1.pth").write_bytes(b"weights")
    located = locate_checkpoint("Cartpole", "cp_s1", tmp_path)
    assert located.path == run.nn_dir / "cp_s1.pth"
    assert located.run == run


def test_the_newest_run_is_the_one_that_was_trained_last(tmp_path):
    resumed = make_run(tmp_path, "Ant", started="2026-01-01T10:00:00+00:00")
    make_run(tmp_path, "Ant", started="2026-01-02T10:00:00+00:00")
    begin_segment(resumed, Config({"task": {"name": "Ant"}}), Segment(1, 5), {})
    assert locate_checkpoint("Ant", None, tmp_path).path == resumed.nn_dir / "Ant.pth"


@pytest.mark.parametrize(
    ("names", "found"),
    [
        (["last_Ant_ep_12"], "last_Ant_ep_12"),
        (["last_Ant_ep_12_rew_2", "last_Ant_ep_14_rew_1"], "last_Ant_ep_12_rew_2"),
        (["last_Ant_frame_4000"], "last_Ant_frame_4000"),
        (["last_Ant_ep_12", "Ant"], "Ant"),
        ([], "Ant_ep_8_rew_30"),
    ],
)
def test_without_a_best_none_is_older_than_what_was_just_trained(tmp_path, names, found):
    run = make_run(tmp_path, "Ant_ep_8_rew_30", "last_Ant_ep_10_rew_25", *names)
    begin_segment(run, Config({"task": {"name": "Ant"}}), Segment(1, 10, 3000), {})
    assert locate_checkpoint("Ant", "best", tmp_path).path.stem == found


def test_runs_of_other_tasks_are_told_where_a_task_has_none(tmp_path):
    make_run(tmp_path, "Cartpole", task="Cartpole")
    with pytest.raises(InputError, match=r"has runs of Cartpole, none of Ant\n"):
        locate_checkpoint("Ant", None, tmp_path)
    with pytest.raises(InputError, match=r"has no runs\n"):
        locate_checkpoint("Ant", None, tmp_path / "nowhere")


def test_a_run_without_a_checkpoint_is_one_run(tmp_path):
    make_run(tmp_path)
    with pytest.raises(InputError, match=r"has 1 run of it, and none has a checkpoint\n"):
        locate_checkpoint("Ant", None, tmp_path)
