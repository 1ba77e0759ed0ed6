"""It learns: the whole way with the settings that a user gets."""

import pytest

pytestmark = pytest.mark.slow


def test_cartpole_balances_after_its_default_training(gymctl):
    result = gymctl.json("train", "Cartpole", "--seed", 42)
    assert result["epochs"] == 100
    assert gymctl.json("play", "Cartpole", "--sigma", 0, "--episodes", 512)["reward"]["mean"] >= 480
