"""A policy with memory the whole way: trained, played, exported, and played from its file."""

import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

pytestmark = pytest.mark.slow

SMALL = (
    "task.env.terrain.terrainType=plane",
    "task.env.learn.episodeLength_s=0.2",
    "train.params.network.mlp.units=[16]",
    "train.params.network.rnn.units=16",
    "train.params.config.save_best_after=1",
)


def test_anymal_terrains_lstm_policy_trains_plays_and_exports_and_its_reward_terms_are_logged(gymctl):
    settings = ("--num-envs", 16, "--max-iterations", 3, "train=AnymalTerrainPPO_LSTM", *SMALL)
    run = gymctl.json("train", "AnymalTerrain", *settings)
    assert run["epochs"] == 3

    events = EventAccumulator(str(gymctl.directory / run["run_dir"] / "summaries")).Reload()
    assert {"Episode/rew_lin_vel_xy", "Episode/rew_air_time", "Episode/terrain_level"} <= set(events.Tags()["scalars"])
    assert 0 < events.Scalars("Episode/rew_lin_vel_xy")[-1].value < 1

    exported = gymctl.json("export", "AnymalTerrain", run["last_checkpoint"], "--output", "policy.onnx")
    assert set(exported["inputs"]) == {"obs", "h_in", "c_in"}
    deterministic = ("--sigma", 0, "--episodes", 16, *SMALL[:2], "task.env.learn.addNoise=False")
    network = gymctl.json("play", "AnymalTerrain", run["last_checkpoint"], *deterministic)
    file = gymctl.json("play", "AnymalTerrain", "policy.onnx", "train=AnymalTerrainPPO_LSTM", *deterministic)
    assert network["reward"]["mean"] > 0
    assert abs(network["reward"]["mean"] - file["reward"]["mean"]) < 1e-3
