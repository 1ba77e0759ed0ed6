"""Telling policies that were trained here from those of Isaac Gym, by their files and runs."""

import pytest
import torch

from gymctl.policies.origin import Origin, origin_of, origin_of_export, recorded_return
from gymctl.runs.directory import Run

WEIGHTS = {"model": {"a2c_network.mu.weight": torch.zeros(2, 2)}, "epoch": 3, "last_mean_rewards": 5.0}


@pytest.fixture
def origin(tmp_path):
    def origin(run=None, **more):
        torch.save(WEIGHTS | more, tmp_path / "Ant.pth")
        return origin_of(tmp_path / "Ant.pth", run)

    return origin


def test_a_file_of_rl_games_is_of_isaac_gym(origin):
    assert origin() == Origin("isaacgym", None)
    assert not origin().is_ours


@pytest.mark.parametrize("physics", ["fast", "isaacgym"])
@pytest.mark.parametrize("version", [2, 300, 70_000])
def test_a_file_of_ours_tells_its_physics_and_the_version_of_its_task(origin, physics, version):
    assert origin(gymctl_physics=physics, gymctl_task_version=version) == Origin(physics, version)


def test_it_tells_them_also_if_the_same_text_stands_elsewhere_before(origin):
    physics = "isaacgym"
    assert origin(before=physics, version=2, gymctl_physics=physics, gymctl_task_version=2) == Origin(physics, 2)


def test_an_unknown_physics_is_the_fast_one_and_a_version_that_is_none_the_first(origin):
    assert origin(gymctl_physics="../../evil", gymctl_task_version="evil") == Origin("fast", 1)


def test_what_earlier_versions_of_gymctl_saved_is_of_the_first_version(origin, tmp_path):
    assert origin(resume_state={}) == Origin("fast", 1)
    run = Run(tmp_path)
    run.update_manifest(name="Ant")
    assert origin(run) == Origin("fast", 1)


def test_a_changed_task_is_told_and_none_of_isaac_gym():
    assert "version 1 of Ant, which has version 2" in (Origin("fast", 1).version_note("Ant", 2) or "")
    assert Origin("fast", 2).version_note("Ant", 2) is None
    assert Origin("isaacgym", None).version_note("Ant", 2) is None


@pytest.mark.parametrize(
    ("metadata", "expected"),
    [
        ({"task_version": "none", "physics": "isaacgym"}, Origin("isaacgym", None)),
        ({"task_version": "2", "physics": "fast"}, Origin("fast", 2)),
        ({}, Origin("fast", 1)),
        ({"task_version": "9" * 5000, "physics": "\x1b[2J"}, Origin("fast", 1)),
    ],
)
def test_an_exported_file_tells_the_same(metadata, expected):
    assert origin_of_export(metadata) == expected


def test_a_file_without_a_text_in_it_is_left_to_who_loads_it(tmp_path):
    torch.save(3, tmp_path / "Ant.pth")
    assert origin_of(tmp_path / "Ant.pth", None).physics == "isaacgym"


@pytest.mark.parametrize("content", [b"", b"PK", b"no checkpoint", None])
def test_what_is_no_checkpoint_is_left_to_who_loads_it(tmp_path, content):
    path = tmp_path / "Ant.pth"
    if content is not None:
        path.write_bytes(content)
    assert origin_of(path, None).physics == "isaacgym"


@pytest.mark.parametrize(
    ("stem", "best", "expected"),
    [
        ("last_Ant_ep_5_rew_12.5", 99.0, 12.5),
        ("Ant", 99.0, 99.0),
        ("Ant", -1e10, None),
        ("Ant", float("nan"), None),
        ("Ant", "much", None),
        ("Ant", None, None),
    ],
)
def test_the_recorded_return_is_the_files_names_or_the_best(tmp_path, stem, best, expected):
    assert recorded_return(tmp_path / f"{stem}.pth", {"last_mean_rewards": best}) == expected
