"""A part of the hostile inputs; ``python -m tests.hostile`` tries them all."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.hostile.cases import Case
from tests.hostile.running import sample

SAMPLE = 60


@pytest.mark.slow  # some begin with a checkpoint that is trained for them
def test_there_are_thousands_and_an_evenly_spread_part_of_them_passes():
    command = [sys.executable, "-m", "tests.hostile", "--sample", str(SAMPLE)]
    done = subprocess.run(
        command, cwd=Path(__file__).parents[2], capture_output=True, text=True, timeout=600, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    kinds = {kind: int(count) for kind, count in re.findall(r"^(\S.*?)  +(\d+)  ", done.stdout, re.MULTILINE)}
    assert kinds["all"] > 10_000
    assert {"run.json", "event file", "link", "name", "shape", "model", "assets", "viewer", "archive"} <= set(kinds)
    assert re.search(rf"^all +\d+ +{SAMPLE} tried +0 failed$", done.stdout, re.MULTILINE)


def test_a_sample_is_evenly_spread():
    cases = [Case("x", str(number), print) for number in range(100)]
    assert [case.name for case in sample(cases, 4)] == ["0", "25", "50", "75"]
    assert sample(cases, 500) == cases


CODE = """
import os, time
from gymctl.core.errors import InputError
from tests.hostile import running
from tests.hostile.cases import Case

def refused(directory): raise InputError("x")
def failed(directory): raise ValueError("y")
def found(directory): assert not list(directory.iterdir()), "touched"
def touched(directory): (directory / "a").touch(); found(directory)
def endless(directory): time.sleep(60)
def died(directory): os.abort()
def took(directory): return bytearray(10**10)

running.SECONDS = 1.0
cases = [Case("x", function.__name__, function) for function in (refused, failed, found, touched, endless, died, took)]
for case, failure in running.failures(cases, 2):
    print(case.name, "|", (failure or "passed").strip().splitlines()[-1])
"""


def test_what_goes_wrong_is_noticed():
    done = subprocess.run(
        [sys.executable, "-c", CODE], cwd=Path(__file__).parents[2], capture_output=True, text=True, check=True
    )
    outcomes = dict(line.split(" | ") for line in done.stdout.splitlines())
    assert outcomes == {
        "refused": "passed",
        "failed": "ValueError: y",
        "found": "passed",
        "touched": "AssertionError: touched",
        "endless": "no end within 1 s",
        "died": "the process died of 134" if outcomes["died"].endswith("134") else "the process died of 6",
        "took": "MemoryError",
    }
