"""The GPU benchmark runs from end to end on Warp's CPU device, and leaves out what it has no time for."""

import json
from pathlib import Path

import pytest

pytest.importorskip("mujoco_warp")

from tests.helpers.warm import run_python

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]


def run(output, *arguments):
    command = [ROOT / "benchmarks" / "gpu.py", "--device", "cpu", "--tiny", "--output", output]
    done = run_python([*command, *arguments], output.parent)
    assert done.returncode == 0, done.stderr
    return json.loads(output.read_text()), done.stdout


def test_every_part_gives_its_result_and_a_table(tmp_path):
    parts = ["check", "speed", "training", "reward"]
    record, printed = run(tmp_path / "result.json", "--tasks", "Ant", "--part", *parts)
    for part in parts:
        (row,) = record["parts"][part]
        assert row["task"] == "Ant"
        assert "error" not in row
    assert not record["parts"]["check"][0]["recorded"]  # the CPU records nothing
    (speed,) = record["parts"]["speed"]
    assert 0 < speed["env"] <= 1.5 * speed["physics"]
    (reward,) = record["parts"]["reward"]
    assert reward["passed"] == {"3000": None}
    written = (tmp_path / "result.md").read_text()
    assert written in printed
    assert "| Ant | 8 |" in written
    assert "3000: not reached (Isaac Gym, A100: 20 s)" in written


def test_what_there_is_no_time_for_is_told(tmp_path):
    record, printed = run(tmp_path / "result.json", "--tasks", "Ant", "--minutes", "0", "--part", "speed", "parity")
    assert "0 s are left" in record["parts"]["speed"][0]["left_out"]
    assert "left_out" in record["parts"]["parity"][0]
    assert "speed: Ant with 8 envs: 0 s are left, too few" in printed
