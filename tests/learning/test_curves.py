"""The event files that a training writes."""

import socket

import pytest

from gymctl.core.errors import InputError
from gymctl.learning.curves import CurveWriter
from gymctl.runs.events import event_files, read_events


def test_an_event_file_does_not_tell_the_name_of_the_machine(tmp_path, monkeypatch):
    monkeypatch.setattr(socket, "gethostname", lambda: "secretmachine")
    (tmp_path / "summaries").mkdir()
    writer = CurveWriter(str(tmp_path / "summaries"))
    writer.add_scalar("rewards/step", 1.5, 10)
    writer.close()
    (path,) = event_files(tmp_path / "summaries")
    assert "secretmachine" not in path.name
    assert b"secretmachine" not in path.read_bytes()
    assert [scalar[1:] for scalar in read_events(path).scalars] == [("rewards/step", 10, 1.5)]


def test_nothing_is_written_through_a_link_out_of_the_run(tmp_path):
    for name in ("run", "outside"):
        (tmp_path / name).mkdir()
    (tmp_path / "run" / "summaries").symlink_to("../outside")
    with pytest.raises(InputError, match="leads out"):
        CurveWriter(str(tmp_path / "run" / "summaries"))
    assert list((tmp_path / "outside").iterdir()) == []
