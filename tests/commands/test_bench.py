"""``gymctl bench`` reports rates and where the time goes."""

import pytest

pytestmark = pytest.mark.slow


def test_bench_reports_every_rate_and_leaves_nothing(gymctl):
    result = gymctl.json("bench", "Cartpole", "--num-envs", 64)
    assert result["schema_version"] == 1
    assert (result["task"], result["engine"], result["device"]) == ("Cartpole", "mujoco", "cpu")
    assert (result["num_envs"], result["threads"] >= 1) == (64, True)
    rates = result["steps_per_second"]
    assert {"limit", "physics", "env", "inference", "train"} <= rates.keys()
    assert all(rate > 0 for rate in rates.values())
    assert rates["train"] < rates["env"] < rates["physics"]
    assert set(result["ratio"]) == {"physics_to_limit", "env_to_physics"}
    assert 0 < result["ratio"]["env_to_physics"] < 1
    assert abs(sum(result["share_of_epoch"].values()) - 1) < 1e-6
    assert result["bytes_per_env"] >= 0
    assert result["bytes_are_on"] == "cpu"
    assert result["waits_per_step"] >= 1  # where episodes have ended, on a CPU
    assert result["waits_per_epoch"] < 32 * result["waits_per_step"] + 32
    assert list(gymctl.directory.iterdir()) == []


def test_bench_without_training(gymctl):
    done = gymctl("bench", "Cartpole", "--num-envs", 16, "--no-train")
    assert "VecEnv.step" in done.stdout
    assert "PPO update" not in done.stdout
    assert "times a step" in done.stdout
    assert "times an epoch" not in done.stdout
