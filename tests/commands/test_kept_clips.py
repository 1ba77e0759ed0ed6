"""A run keeps the clips that it was trained with, and what a stranger's run names is read in its folder only."""

import shutil

import mujoco
import pytest
import yaml

from gymctl.api import train
from gymctl.learning.clips import with_clips
from gymctl.learning.prepare import prepare_training
from gymctl.motions.files import read_clips
from gymctl.motions.npz import write_clip
from gymctl.runs.directory import Run
from gymctl.tasks.base import ASSETS

pytestmark = pytest.mark.slow

SMALL = [f"train.params.network.{part}.units=[8]" for part in ("mlp", "disc")]
PLAY = ("play", "HumanoidAMP")


@pytest.fixture(scope="module")
def clip(tmp_path_factory):
    """A clip of the user's, 0.1 s long."""
    path = tmp_path_factory.mktemp("clips") / "stroll.npz"
    model = mujoco.MjModel.from_xml_path(str(ASSETS / "humanoid_amp.xml"))
    ((walk, _),) = read_clips("amp_humanoid_walk", model)
    write_clip(path, type(walk)("stroll", walk.fps, walk.qpos[:6]), model)
    return path


@pytest.fixture(scope="module")
def trained(clip, tmp_path_factory):
    """A run that was trained with two clips, whose folder is gone since; copy it, don't change it."""
    folder = tmp_path_factory.mktemp("gone")
    shutil.copy(clip, folder / "mine.npz")
    named = [{"file": "mine.npz", "weight": 3.0}, {"file": "amp_humanoid_run", "weight": 1.0}]
    (folder / "both.yaml").write_text(yaml.safe_dump({"motions": named}))
    overrides = [f"task.env.motion_file={folder / 'both.yaml'}", *SMALL]
    made = train("HumanoidAMP", num_envs=16, max_iterations=1, overrides=overrides, runs_dir=folder / "runs")
    moved = tmp_path_factory.mktemp("elsewhere") / made.path.name
    shutil.move(made.path, moved)
    shutil.rmtree(folder)
    return moved


@pytest.fixture
def run(trained, tmp_path):
    return Run(shutil.copytree(trained, tmp_path / trained.name))


def named(run):
    return run.read_config()["task"]["env"]["motion_file"]


def clips(run):
    return {path.name: path.read_bytes() for path in (run.path / "motions").iterdir()}


def test_a_run_that_was_moved_plays(invoke, run):
    kept = yaml.safe_load((run.path / named(run)).read_text())["motions"]
    assert [entry["weight"] for entry in kept] == [3.0, 1.0]
    assert kept[1]["file"] == "amp_humanoid_run"
    assert {f"motions/{name}" for name in clips(run)} == {f"motions/{kept[0]['file']}", named(run)}
    invoke(*PLAY, run.path, "--num-envs", 4)


@pytest.mark.parametrize("start", ["resume", "from_run"])
def test_it_goes_on_and_is_repeated_with_its_clips(run, tmp_path, start):
    training = prepare_training("HumanoidAMP", settings={"max_iterations": 2}, **{start: str(run.path)})
    assert "motion_file" not in " ".join(training.notes)
    (tmp_path / "other").mkdir()
    other = Run(tmp_path / "other")
    other.write_config(with_clips(training.config, other))
    assert (named(other), clips(other)) == (named(run), clips(run))


def test_a_clip_that_the_user_names_takes_their_place(invoke, run, clip):
    before = named(run)
    invoke("train", "--resume", run.path, "--max-iterations", 2, f"task.env.motion_file={clip}")
    assert named(run).startswith("motions/stroll.")
    assert yaml.safe_load((run.path / "config.1.yaml").read_text())["task"]["env"]["motion_file"] == before
    assert (run.path / before).is_file()


def test_what_lies_outside_is_read_only_where_the_user_names_it(invoke, refuse, run, clip):
    config = run.read_config()
    config["task"]["env"]["motion_file"] = str(clip)
    run.config_path.write_text(yaml.safe_dump(config))
    for command in (PLAY, ("train", "--max-iterations", 2, "--resume")):
        refusal = refuse(*command, run.path)
        assert f"names the clip '{clip}', which isn't in its folder" in refusal.what
        assert "task.env.motion_file=" in refusal.fix
    invoke(*PLAY, run.path, "--num-envs", 4, f"task.env.motion_file={clip}")
    invoke("export", "HumanoidAMP", run.path)  # needs no clip
