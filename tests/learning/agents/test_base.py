"""What PPO and SAC share: the names of checkpoints."""

from pathlib import Path

import pytest

from gymctl import api
from gymctl.learning.agents.base import checkpoint_path


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("Ant", "Ant"),
        ("last_Ant_ep_5_rew__12.5_", "last_Ant_ep_5_rew_12.5"),
        ("last_Ant_ep_5_rew_-3e-05", "last_Ant_ep_5_rew_-3e-05"),
        ("last_Ant_ep_5_rew_-inf", "last_Ant_ep_5"),
        ("last_Ant_frame_64_rew__nan_", "last_Ant_frame_64"),
        ("a_rew_b", "a_rew_b"),
        ("low_rew_inf", "low_rew_inf"),
    ],
)
def test_a_name_tells_the_reward_plainly_and_only_if_there_is_one(given, name):
    assert checkpoint_path(f"nn/{given}") == Path(f"nn/{name}.pth")


@pytest.mark.slow
def test_a_training_without_an_ended_episode_leaves_a_checkpoint_that_plays(tmp_path):
    result = api.train("Anymal", num_envs=2, max_iterations=1, seed=1, runs_dir=tmp_path)
    assert result.last_checkpoint.name == "last_Anymal_ep_1.pth"
    resumed = api.train("Anymal", resume=str(result.path), max_iterations=2, runs_dir=tmp_path)
    assert resumed.last_checkpoint.name == "last_Anymal_ep_2.pth"
    played = api.play("Anymal", result.path, episodes=1, overrides=["task.env.learn.episodeLength_s=.2"])
    assert played.episodes == 1
