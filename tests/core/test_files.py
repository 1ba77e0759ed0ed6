"""What a file may replace."""

import os
from pathlib import Path

import pytest

from gymctl.core.errors import InputError
from gymctl.core.files import atomic_write, check_replaceable


@pytest.mark.parametrize("path", ["/dev/stdout", "/dev/null", "/dev/fd/1", "/proc/self/fd/1", "/dev/new.onnx", "/tmp"])
def test_no_device_is_replaced(path):
    with pytest.raises(InputError), atomic_write(Path(path)):
        pass
    assert path.endswith("new.onnx") or os.path.lexists(path)


def test_a_file_a_link_and_nothing_are(tmp_path):
    (tmp_path / "file").write_text("old")
    (tmp_path / "link").symlink_to("file")
    (tmp_path / "dangling").symlink_to("nothing")
    for name in ("file", "link", "dangling", "new"):
        check_replaceable(tmp_path / name)


def test_nothing_is_written_through_a_link_out(tmp_path):
    (tmp_path / "run").mkdir()
    (tmp_path / "outside").mkdir()
    (tmp_path / "run" / "nn").symlink_to("../outside")
    with (
        pytest.raises(InputError, match="leads out"),
        atomic_write(tmp_path / "run" / "nn" / "a.pth", inside=tmp_path / "run"),
    ):
        pass
    assert list((tmp_path / "outside").iterdir()) == []


def test_what_cannot_be_written_is_named_and_not_its_temporary_file(tmp_path):
    path = tmp_path / "missing" / "run.json"
    with pytest.raises(FileNotFoundError) as failed, atomic_write(path):
        pass
    assert failed.value.filename == str(path)
