"""Links in a run that lead out of it: nothing is read, written or removed there."""

import json
import os

import pytest

from gymctl.core.errors import InputError
from gymctl.runs.checkpoints import locate_checkpoint
from gymctl.runs.directory import Run, create_run
from gymctl.runs.finding import list_runs
from gymctl.runs.history import read_history
from gymctl.runs.pruning import plan, remove
from gymctl.runs.summary import summarize
from tests.helpers import written_events

WRITTEN = ("train.log", ".lock", "summaries", "export", "nn", "videos", "config.yaml", "run.json", "wandb", "motions")


@pytest.fixture
def run(tmp_path):
    made = create_run("R$(cmd)", tmp_path / "runs")
    made.update_manifest(task="Ant", status="completed", epochs=3)
    for epoch in range(3):
        (made.nn_dir / f"last_R$(cmd)_ep_{epoch}_rew_{epoch}.pth").write_bytes(b"weights")
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "file").write_text("mine\n")
    return made


def link(run, name):
    """Puts a link that leads out in the place of a run's file or directory."""
    outside = run.path.parents[1] / "outside"
    path = run.path / name
    if path.is_dir():
        path.rename(outside / name)
        path.symlink_to(outside / name)
    else:
        path.unlink(missing_ok=True)
        path.symlink_to(outside / "file")
    return sorted((found, found.stat().st_mtime_ns, found.stat().st_size) for found in outside.rglob("*"))


@pytest.mark.parametrize("name", WRITTEN)
def test_no_training_claims_a_run_that_leads_out(run, name):
    before = link(run, name)
    with pytest.raises(InputError, match=r"leads out|is a link"):
        run.claim()
    outside = run.path.parents[1] / "outside"
    assert before == sorted((found, found.stat().st_mtime_ns, found.stat().st_size) for found in outside.rglob("*"))


@pytest.mark.parametrize("name", WRITTEN)
def test_it_is_a_line_among_the_others(run, name):
    link(run, name)
    create_run("Cartpole", run.path.parent)
    assert len([summarize(found).task for found in list_runs(run.path.parent)]) == 2


def test_no_checkpoint_is_taken_or_removed_elsewhere(run):
    link(run, "nn")
    with pytest.raises(InputError, match="leads out"):
        locate_checkpoint("Ant", str(run.path), run.path.parent)
    with pytest.raises(InputError, match="leads out"):
        plan([run], 1, run.path.parent)
    assert len(list((run.path.parents[1] / "outside" / "nn").iterdir())) == 3


def test_links_that_appear_after_the_plan_remove_nothing_elsewhere(run):
    (planned,) = plan([run], 1, run.path.parent)
    link(run, "nn")
    with pytest.raises(InputError):
        remove(planned)
    assert len(list((run.path.parents[1] / "outside" / "nn").iterdir())) == 3


def test_curves_are_not_read_elsewhere(run):
    link(run, "summaries")
    with pytest.raises(InputError, match="leads out"):
        read_history(run)


def test_a_whole_run_and_the_directory_of_runs_may_be_links(run, tmp_path):
    (tmp_path / "disk").mkdir()
    moved = run.path.rename(tmp_path / "disk" / run.path.name)
    run.path.symlink_to(moved)
    (tmp_path / "more").symlink_to(run.path.parent)
    for runs_dir in (run.path.parent, tmp_path / "more"):
        (found,) = list_runs(runs_dir)
        assert summarize(found).status == "completed"
        assert locate_checkpoint("Ant", "latest", runs_dir).path.name == "last_R$(cmd)_ep_2_rew_2.pth"
        found.claim().close()
        found.update_manifest(epochs=4)
    (planned,) = plan([found], 1, runs_dir)
    remove(planned)
    assert [path.name for path in (moved / "nn").iterdir()] == ["last_R$(cmd)_ep_2_rew_2.pth"]


def test_pruning_all_runs_leaves_such_a_one_alone(run, invoke):
    good = written_events.run(run.path.parent, "Good", ["last_Good_ep_1_rew_1", "last_Good_ep_2_rew_2"], task="Good")
    link(run, "nn")
    shown = invoke("runs", "prune", "--yes")
    assert "is left alone" in shown.stderr
    assert "1 checkpoint " in shown.stdout
    assert len(list(good.nn_dir.iterdir())) == 1
    assert len(list((run.path.parents[1] / "outside" / "nn").iterdir())) == 3


@pytest.mark.slow
@pytest.mark.parametrize("name", ["train.log", "summaries", "nn", "run.json"])
def test_resuming_a_strangers_run_writes_nothing_elsewhere(gymctl, tmp_path, name):
    gymctl("train", "Cartpole", "--num-envs", 4, "--max-iterations", 1, "--experiment", "R$(touch canary)")
    (path,) = (tmp_path / "runs").iterdir()
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "file").write_text("mine\n")
    before = link(Run(path), name)
    assert "lead" in gymctl("train", "--resume", path, "--max-iterations", 2, code=2).stderr
    outside = tmp_path / "outside"
    assert before == sorted((found, found.stat().st_mtime_ns, found.stat().st_size) for found in outside.rglob("*"))
    assert not (tmp_path / "canary").exists()


@pytest.mark.parametrize(
    "name", ["run.json", ".lock", "config.yaml", "summaries/events.out.tfevents.1.host", "nn/a.pth"]
)
def test_a_pipe_in_a_run_does_not_hold_up_the_list(gymctl, tmp_path, name):
    run = written_events.run(tmp_path / "runs", "Ant_1", task="Ant", status="running")
    written_events.run(tmp_path / "runs", "Ant_2", task="Ant", status="completed", epochs=3)
    path = run.path / name
    path.parent.mkdir(exist_ok=True)
    path.unlink(missing_ok=True)
    os.mkfifo(path)
    listed = json.loads(gymctl("runs", "--json", timeout=60).stdout)["runs"]
    assert {found["name"] for found in listed} >= {"Ant_2"}
