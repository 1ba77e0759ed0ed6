"""``gymctl runs compare``."""

import json
from pathlib import Path

import pytest

from tests.runs.pages.checks import read_closed_page
from tests.runs.test_comparing import make


@pytest.fixture
def three(tmp_path):
    """Two seeds of one config, and another one."""
    directory = tmp_path / "runs"
    for seed in (1, 2):
        make(directory, f"s{seed}", seed=seed, slope=float(seed))
    make(directory, "other", rate=1e-4, slope=4.0)


def test_text_has_names_results_and_differences(invoke, three):
    lines = invoke("runs", "compare", "s1", "s2", "other").stdout.splitlines()
    assert lines[:2] == ["A  s1 + s2: 2 runs, seeds 1, 2", "B  other"]
    assert "best return       45.00 (30.00 to 60.00)  120.00" in lines
    assert lines[-1].split() == ["train.params.config.learning_rate", "0.001", "0.0001"]


def test_json_has_every_run_and_every_key(invoke, three):
    result = json.loads(invoke("runs", "compare", "s1", "s2", "other", "--to-return", "50", "--json").stdout)
    assert [group["label"] for group in result["groups"]] == ["A", "B"]
    assert [run["reached"] for run in result["groups"][0]["runs"]] == [None, {"env_steps": 2500, "seconds": 25.0}]
    assert result["differences"] == {"train.params.config.learning_rate": [1e-3, 1e-4]}
    assert (result["to_return"], result["path"]) == (50.0, None)


@pytest.mark.slow
def test_pictures_and_pages_are_written(invoke, three):
    for name, beginning in (("c.png", b"\x89PNG"), ("c.svg", b"<?xml"), ("c.html", b"<!doctype html>")):
        assert invoke("runs", "compare", "s1", "other", "-o", name).stdout.splitlines()[-1] == name
        assert Path(name).read_bytes().startswith(beginning)
    read_closed_page(Path("c.html").read_text())


def test_a_file_of_another_kind_and_a_run_that_isnt_there_are_refused(refuse, three):
    assert "c.html" in refuse("runs", "compare", "s1", "-o", "c.pdf").fix
    assert "'other'" in refuse("runs", "compare", "s1", "othr").fix
    assert "no/such" in refuse("runs", "compare", "s1", "-o", "no/such/c.html").what
    assert [path.name for path in Path().iterdir()] == ["runs"]
