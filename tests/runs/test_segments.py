"""The segments of a run, as its manifest keeps them."""

import json
from dataclasses import replace

import pytest

from gymctl.config import Config, to_yaml
from gymctl.runs.directory import Run, create_run
from gymctl.runs.segments import Segment, begin_segment, config_at, config_of_segment, parts_of, segments_of


def config(seed):
    return Config({"task": {"name": "Ant"}, "seed": seed})


@pytest.fixture
def run(tmp_path):
    return create_run("Ant", tmp_path)


def begin(run, seed, after_epoch=0, **fields):
    return begin_segment(run, config(seed), Segment(1, after_epoch, **fields), {"seed": seed})


def read(run):
    return segments_of(run, run.manifest())


def test_every_segment_keeps_its_config_and_what_it_changed(run):
    begin(run, 1)
    run.update_manifest(status="completed", ended="then", epochs=5)
    begin(run, 2, 5, changed={"seed": (1, 2)})
    begin(run, 2, 7)
    segments = read(run)
    assert [(one.number, one.after_epoch) for one in segments] == [(1, 0), (2, 5), (3, 7)]
    assert segments[1].changed == {"seed": (1, 2)}
    assert segments[0].facts["ended"] == "then"
    assert segments[1].facts["status"] == "killed"
    assert [config_of_segment(run, one)["seed"] for one in segments] == [1, 2, 2]
    assert [config_at(run, epoch)["seed"] for epoch in (1, 5, 6, None)] == [1, 1, 2, 2]


def test_a_run_that_goes_on_has_no_end(run):
    begin(run, 1)
    run.update_manifest(status="interrupted", ended="then", stopped_by="SIGINT")
    begin(run, 1, 5)
    manifest = run.manifest()
    assert (manifest["status"], manifest["ended"], manifest["stopped_by"]) == ("running", None, None)
    assert "ended" not in read(run)[-1].facts


def test_a_run_of_isaacgymenvs_keeps_its_config(tmp_path):
    run = Run(tmp_path / "Ant_25-11-30-12")
    run.path.mkdir()
    run.config_path.write_text("# theirs\n" + to_yaml(config(1).tree))
    begin(run, 2, 5)
    assert (run.path / "config.1.yaml").read_text().startswith("# theirs")
    assert [config_of_segment(run, one)["seed"] for one in read(run)] == [1, 2]


def test_one_that_was_stopped_before_its_config_was_written_takes_no_ones_place(run):
    begin(run, 1)
    before = run.config_path.read_bytes()
    begin(run, 2, 5, changed={"seed": (1, 2)})
    run.config_path.write_bytes(before)
    begin(run, 3, 5, changed={"seed": (1, 3)})
    segments = read(run)
    assert [config_of_segment(run, one)["seed"] for one in (segments[0], segments[2])] == [1, 3]


def test_parts_are_what_was_only_stopped_and_resumed():
    alike = {"learns_alike": True}
    one, two, three = Segment(1), Segment(2, 5, **alike), Segment(3, 9)
    assert parts_of([one, two, three]) == [[one, two], [three]]
    again = Segment(4, 9, **alike)
    assert parts_of([one, two, three, again]) == [[one, two], [replace(again, learns_alike=False)]]
    assert parts_of([one, Segment(2, 0)]) == [[Segment(2, 0)]]
    assert parts_of([]) == []


def test_a_manifest_stays_readable_however_often_a_run_is_resumed(run):
    begin(run, 1)
    for epoch in range(1, 30):
        begin(run, 1, epoch, changed={f"key{n}": ("x" * 3000, float("inf")) for n in range(100)})
    segments = read(run)
    assert (segments[0].number, segments[-1].number) == (1, 30)
    assert segments[-1].changed["key1"][1] == "inf"


@pytest.mark.parametrize(
    "segments",
    [None, 5, "x", {}, [], [5, None], [{}], [{"number": -1, "changed": {}}], [{"number": 1e300, "changed": []}]],
)
def test_segments_that_are_none_count_as_one(run, segments):
    run.manifest_path.write_text(json.dumps({"schema_version": 1, "seed": 3, "segments": segments}))
    assert [one.as_dict()["seed"] for one in read(run)] == [3]
