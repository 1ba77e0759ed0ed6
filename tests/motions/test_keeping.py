"""Copies of clips in a run: their names, and what they are read as."""

import shutil

import pytest

from gymctl.core.errors import InputError
from gymctl.motions.files import read_clips
from gymctl.motions.keeping import keep_clips
from gymctl.motions.npz import write_clip
from tests.motions.strider import made_clip, strider


@pytest.fixture
def run_dir(tmp_path):
    (tmp_path / "run").mkdir()
    return tmp_path / "run"


@pytest.fixture
def folder(tmp_path):
    """Two clips and a list of both, of the user's."""
    folder = tmp_path / "folder"
    (folder / "more").mkdir(parents=True)
    write_clip(folder / "walk.npz", made_clip(), strider())
    write_clip(folder / "more" / "walk.npz", made_clip(fps=60.0), strider())
    (folder / "both.yaml").write_text(
        "motions: [{file: walk.npz, weight: 0.5}, {file: more/walk.npz, weight: 2}, {file: walk.npz, weight: 1}]"
    )
    return folder


def test_a_copy_is_read_as_the_clip_whatever_becomes_of_that(folder, run_dir):
    named = keep_clips(str(folder / "walk.npz"), run_dir)
    shutil.rmtree(folder)
    assert named.startswith("motions/walk.")
    ((clip, weight),) = read_clips(named, strider(), run_dir)
    assert (clip.fps, weight) == (30.0, 1.0)


def test_gymctls_own_clips_are_not_copied(run_dir):
    assert keep_clips("amp_humanoid_walk", run_dir) == "amp_humanoid_walk"
    assert not (run_dir / "motions").exists()


def test_a_list_keeps_its_weights_and_tells_clips_of_one_name_apart(folder, run_dir):
    named = keep_clips(str(folder / "both.yaml"), run_dir)
    shutil.rmtree(folder)
    read = read_clips(named, strider(), run_dir)
    assert [(clip.fps, weight) for clip, weight in read] == [(30.0, 0.5), (60.0, 2.0), (30.0, 1.0)]
    assert len(list((run_dir / "motions").iterdir())) == 3


def test_a_list_of_one_clip_is_that_clip(folder, run_dir):
    for file, named in (("amp_humanoid_run", "amp_humanoid_run"), ("walk.npz", "motions/walk.")):
        (folder / "one.yaml").write_text(f"motions: [{{file: {file}, weight: 2}}]")
        assert keep_clips(str(folder / "one.yaml"), run_dir).startswith(named)


def test_a_run_that_goes_on_and_one_that_repeats_it_name_their_clips_alike(folder, run_dir, tmp_path):
    named = keep_clips(str(folder / "both.yaml"), run_dir)
    before = {path.name: path.read_bytes() for path in (run_dir / "motions").iterdir()}
    (tmp_path / "other").mkdir()
    for run in (run_dir, tmp_path / "other"):
        assert keep_clips(named, run, run_dir) == named
        assert {path.name: path.read_bytes() for path in (run / "motions").iterdir()} == before


def test_another_clip_of_the_same_name_does_not_take_its_place(folder, run_dir):
    first = keep_clips(str(folder / "walk.npz"), run_dir)
    second = keep_clips(str(folder / "more" / "walk.npz"), run_dir)
    assert [read_clips(named, strider(), run_dir)[0][0].fps for named in (first, second)] == [30.0, 60.0]


@pytest.mark.parametrize("stem", ["\x1b[2J", "a" * 240, "wave: [1]", "w\u00e4ve", "\udcff"])
def test_any_name_of_a_file_can_be_kept(folder, run_dir, stem):
    clip = folder / f"{stem}.npz"
    (folder / "walk.npz").rename(clip)
    assert read_clips(keep_clips(str(clip), run_dir), strider(), run_dir)


def test_nothing_is_written_outside_of_a_run(folder, run_dir):
    (run_dir / "motions").symlink_to(folder)
    before = sorted(folder.rglob("*"))
    with pytest.raises(InputError, match="leads out"):
        keep_clips(str(folder / "walk.npz"), run_dir)
    assert sorted(folder.rglob("*")) == before


def test_a_clip_that_is_gone_is_told(run_dir):
    with pytest.raises(InputError, match="can't read"):
        keep_clips("gone.npz", run_dir)
