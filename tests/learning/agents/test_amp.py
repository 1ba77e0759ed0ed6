"""Adversarial motion priors: learning from demonstrations, and what a checkpoint carries over."""

import pytest
import torch

from gymctl.learning.prepare import prepare_training
from gymctl.learning.session import run_training
from gymctl.policies.checkpoints.loading import load_checkpoint
from gymctl.runs.history import read_history
from tests.helpers.swinger import SETTINGS, offer_swinger

pytestmark = pytest.mark.slow


@pytest.fixture
def swinger(walker):
    """Offers the task."""
    offer_swinger(walker)


def train(folder, *overrides, epochs=3, **keywords):
    training = prepare_training(
        "Walker",
        settings=SETTINGS | {"max_iterations": epochs},
        overrides=["train=WalkerAMP", *overrides],
        runs_dir=folder,
        **keywords,
    )
    return run_training(training)


def test_it_learns_to_look_like_the_demonstrations(swinger, tmp_path):
    import time

    t = time.time()
    result = train(tmp_path, epochs=60)
    print(time.time() - t)
    names = ("info/disc_reward_mean", "info/disc_agent_acc", "info/disc_demo_acc", "losses/disc_loss", "info/disc_grad_penalty", "episode_lengths/step")
    for name, curve in read_history(result.run, names).items():
        print(name, curve)
    assert 0
