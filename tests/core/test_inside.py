"""Files that a stranger may have made."""

import os

import pytest

from gymctl.core import inside
from gymctl.core.errors import InputError


@pytest.fixture
def run(tmp_path):
    """A directory with a file and a directory in it, and another one outside."""
    for name in ("run", "outside"):
        (tmp_path / name / "nn").mkdir(parents=True)
        (tmp_path / name / "file").write_text(name)
    return tmp_path / "run"


def test_a_regular_file_is_read(run):
    assert inside.read_regular(run / "file", 100, run) == b"run"
    assert inside.read_regular(run / "file", 3) == b"run"


@pytest.mark.parametrize("make", [os.mkfifo, os.mkdir, lambda path: path.symlink_to("/dev/zero")])
@pytest.mark.parametrize("is_inside", [True, False])
def test_what_is_no_regular_file_is_refused_at_once(run, make, is_inside):
    make(run / "odd")
    with pytest.raises(InputError):
        inside.open_regular(run / "odd", 100, run if is_inside else None)


@pytest.mark.parametrize("make", [os.mkfifo, os.mkdir, lambda path: path.symlink_to("/dev/null")])
def test_nothing_is_appended_to_what_is_no_regular_file(run, make):
    make(run / "odd")
    with pytest.raises((InputError, IsADirectoryError)):
        inside.open_to_append(run / "odd", run)


def test_a_file_that_is_too_large_is_refused_unread(run):
    with (run / "sparse").open("wb") as file:
        file.truncate(10**12)
    with pytest.raises(InputError, match="more than 1 MB"):
        inside.open_regular(run / "sparse", 1_000_000, run)


@pytest.mark.parametrize(
    ("link", "leads_to", "path"),
    [
        ("odd", "../outside/file", "odd"),
        ("odd", "/etc/hostname", "odd"),
        ("odd", "../outside", "odd/file"),
        ("odd", "../outside/nn", "odd/new"),
        ("nn/odd", "../../outside/file", "nn/odd"),
    ],
)
def test_a_link_that_leads_out_is_neither_read_nor_written(run, link, leads_to, path):
    (run / link).symlink_to(leads_to)
    for use in (
        lambda: inside.read_regular(run / path, 1000, run),
        lambda: inside.open_to_append(run / path, run),
        lambda: inside.check_inside(run / path, run),
        lambda: inside.make_directory(run / path / "deeper", run),
    ):
        with pytest.raises(InputError):
            use()
    assert (run.parent / "outside" / "file").read_text() == "outside"
    assert sorted(path.name for path in (run.parent / "outside").rglob("*")) == ["file", "nn"]


def test_a_link_to_something_else_inside_is_read(run):
    (run / "nn" / "best").symlink_to("../file")
    (run / "models").symlink_to("nn")
    assert inside.read_regular(run / "models" / "best", 100, run) == b"run"


def test_the_directory_itself_may_be_a_link_and_so_may_those_above_it(run, tmp_path):
    (tmp_path / "here").symlink_to(run)
    (tmp_path / "above").symlink_to(tmp_path)
    for directory in (tmp_path / "here", tmp_path / "above" / "run", tmp_path / "above" / "here"):
        assert inside.read_regular(directory / "file", 100, directory) == b"run"
        os.close(inside.open_to_append(directory / "log", directory))
        inside.make_directory(directory / "videos", directory)
    assert (run / "videos").is_dir()


def test_a_relative_directory_is_one_too(run, monkeypatch):
    from pathlib import Path

    monkeypatch.chdir(run)
    assert inside.read_regular(Path("file"), 100, Path()) == b"run"
    (run / "odd").symlink_to("../outside/file")
    with pytest.raises(InputError):
        inside.read_regular(Path("odd"), 100, Path())


@pytest.mark.parametrize("leads_to", ["odd", "file/odd", "nowhere"])
def test_a_link_in_a_circle_or_to_nothing_is_an_error_like_a_missing_file(run, leads_to):
    (run / "odd").symlink_to(leads_to)
    with pytest.raises((InputError, OSError)):
        inside.read_regular(run / "odd", 100, run)
    with pytest.raises(InputError):
        inside.open_to_append(run / "odd", run)


def test_a_file_with_a_second_name_is_not_appended_to(run):
    os.link(run.parent / "outside" / "file", run / "train.log")
    with pytest.raises(InputError, match="hard link"):
        inside.open_to_append(run / "train.log", run)


def test_of_a_link_the_link_is_removed(run):
    (run / "odd").symlink_to("../outside/file")
    inside.remove(run / "odd", run)
    inside.remove(run / "never there", run)
    assert not (run / "odd").is_symlink()
    assert (run.parent / "outside" / "file").is_file()


def test_nothing_is_removed_through_a_link(run):
    (run / "odd").symlink_to("../outside")
    with pytest.raises(InputError):
        inside.remove(run / "odd" / "file", run)
    assert (run.parent / "outside" / "file").is_file()


def test_a_listing_names_regular_files_and_refuses_links_out(run):
    (run / "nn" / "a.pth").write_text("a")
    (run / "nn" / "b.pth").mkdir()
    os.mkfifo(run / "nn" / "c.pth")
    (run / "nn" / "d.pth").symlink_to("a.pth")
    (run / "nn" / "e.pth").symlink_to("nothing")
    found = inside.regular_files(run / "nn", run, suffix=".pth")
    assert [path.name for path in found] == ["a.pth", "d.pth"]
    assert inside.regular_files(run / "missing", run) == []
    (run / "nn" / "f.pth").symlink_to("../../outside/file")
    with pytest.raises(InputError, match=r"f\.pth"):
        inside.regular_files(run / "nn", run, suffix=".pth")


def test_a_directory_with_more_files_than_a_run_can_have_is_refused(run, monkeypatch):
    monkeypatch.setattr(inside, "_MOST_ENTRIES", 3)
    for name in "abc":
        (run / "nn" / name).touch()
    assert len(inside.entries(run / "nn", run, prefix="a")) == 1
    (run / "nn" / "d").touch()
    with pytest.raises(InputError, match="more than 3 files"):
        inside.entries(run / "nn", run, prefix="a")
