"""Telling policies that were trained here from those of Isaac Gym, by their files and runs."""

import pytest
import torch

from gymctl.policies.origin import own_physics
from gymctl.runs.checkpoints import Located
from gymctl.runs.directory import Run

WEIGHTS = {"model": {"a2c_network.mu.weight": torch.zeros(2, 2)}, "epoch": 3, "last_mean_rewards": 5.0}


def saved(path, **more):
    torch.save(WEIGHTS | more, path)
    return Located(path, None, "the file given")


def test_a_file_of_rl_games_is_played_with_isaac_gyms_physics_aloud(tmp_path):
    physics, note = own_physics(saved(tmp_path / "Ant.pth"), None)
    assert physics == "isaacgym"
    assert "--physics fast" in note


@pytest.mark.parametrize("physics", ["fast", "isaacgym"])
def test_a_file_of_ours_is_played_with_the_physics_it_tells(tmp_path, physics):
    assert own_physics(saved(tmp_path / "Ant.pth", gymctl_physics=physics), None) == (physics, None)


def test_an_unknown_physics_is_the_fast_one(tmp_path):
    assert own_physics(saved(tmp_path / "Ant.pth", gymctl_physics="../../evil"), None) == ("fast", None)


def test_a_runs_config_says_it_all(tmp_path):
    assert own_physics(saved(tmp_path / "Ant.pth"), {"physics": "fast"}) == (None, None)


def test_policies_of_earlier_versions_are_told_that_the_physics_have_changed(tmp_path):
    physics, note = own_physics(saved(tmp_path / "Ant.pth", resume_state={}), None)
    assert physics == "fast"
    assert "earlier version" in note
    run = Run(tmp_path)
    run.update_manifest(name="Ant")
    assert own_physics(Located(saved(tmp_path / "Old.pth").path, run, ""), {"seed": 1}) == (physics, note)


def test_a_file_without_a_text_in_it_is_left_to_who_loads_it(tmp_path):
    torch.save(3, tmp_path / "Ant.pth")
    assert own_physics(Located(tmp_path / "Ant.pth", None, ""), None)[0] == "isaacgym"


@pytest.mark.parametrize("content", [b"", b"PK", b"no checkpoint", None])
def test_what_is_no_checkpoint_is_left_to_who_loads_it(tmp_path, content):
    path = tmp_path / "Ant.pth"
    if content is not None:
        path.write_bytes(content)
    assert own_physics(Located(path, None, ""), None)[0] == "isaacgym"
