"""Which files a run may name for clips: gymctl's own, and those in its folder."""

import pytest

from gymctl.core.errors import InputError
from gymctl.motions.sources import find_clips, shipped_clips


@pytest.fixture
def run_dir(tmp_path):
    """A run that a stranger has made, beside a file of the user's."""
    run = tmp_path / "run"
    (run / "motions").mkdir(parents=True)
    for path in (tmp_path / "mine.npz", run / "own.npz", run / "motions" / "walk.npz"):
        path.touch()
    (run / "link.npz").symlink_to(tmp_path / "mine.npz")
    (run / "inner.npz").symlink_to("motions/walk.npz")
    (run / "circle.npz").symlink_to("circle.npz")
    (run / "out").symlink_to(tmp_path)
    (run / "directory.npz").mkdir()
    return run


@pytest.mark.parametrize("source", ["own.npz", "motions/walk.npz", "inner.npz", "motions/../own.npz"])
def test_a_run_names_clips_in_its_folder(run_dir, source):
    (file,) = find_clips(source, run_dir)
    assert file.path == (run_dir / source).resolve()
    assert file.inside == run_dir


@pytest.mark.parametrize(
    "source",
    [
        "/etc/passwd",
        "/etc/passwd.npz",
        "MINE",
        "../mine.npz",
        "motions/../../mine.npz",
        "link.npz",
        "out/mine.npz",
        "out/run/own.npz/../../mine.npz",
        "circle.npz",
        "directory.npz",
        "~/mine.npz",
        "none.npz",
        "none.yaml",
        "",
        ".",
        "x" * 10_000,
        "own.npz\0",
    ],
)
def test_a_run_names_nothing_else(run_dir, source):
    source = source.replace("MINE", str(run_dir.parent / "mine.npz"))
    with pytest.raises(InputError, match="isn't in its folder") as refused:
        find_clips(source, run_dir)
    assert "task.env.motion_file=" in refused.value.fix


def test_the_user_names_whatever_there_is(run_dir, monkeypatch):
    monkeypatch.chdir(run_dir)
    for source in ("../mine.npz", "link.npz", str(run_dir.parent / "mine.npz"), "none.npz"):
        (file,) = find_clips(source)
        assert (str(file.path), file.inside) == (source, None)


def test_gymctls_own_clips_go_before_files(run_dir):
    for name in shipped_clips():
        (run_dir / name).touch()
        (file,) = find_clips(name, run_dir)
        assert file.shipped == name


def test_the_files_of_a_runs_list_are_in_its_folder_too(run_dir):
    (run_dir / "motions" / "list.yaml").write_text(
        "motions:\n- {file: walk.npz, weight: 3}\n- {file: amp_humanoid_run, weight: 1}\n"
    )
    walk, shipped = find_clips("motions/list.yaml", run_dir)
    assert (walk.path, walk.inside, walk.weight) == (
        run_dir / "motions" / "walk.npz",
        run_dir / "motions",
        3.0,
    )
    assert (shipped.shipped, shipped.weight) == ("amp_humanoid_run", 1.0)
    (run_dir / "motions" / "list.yaml").rename(run_dir.parent / "list.yaml")
    (run_dir / "list.yaml").symlink_to("../list.yaml")
    with pytest.raises(InputError, match="isn't in its folder"):
        find_clips("list.yaml", run_dir)
