"""A training of a task whose goals are renewed: its curve, and that it is resumed exactly."""

import numpy as np
import pytest
import torch

from gymctl.api import play
from gymctl.learning.prepare import prepare_training
from gymctl.learning.session import run_training
from gymctl.policies.checkpoints.loading import load_checkpoint
from gymctl.runs.checkpoints import checkpoint_files
from gymctl.runs.history import read_history
from tests.helpers.goals import AS_WALKER, settings

CURVE = "Episode/consecutive_successes"


@pytest.fixture
def train(walker, tmp_path):
    """Trains the task for some epochs; gives the run."""
    walker(*AS_WALKER)

    def train(name, epochs, **keywords):
        training = prepare_training(
            "Walker",
            settings={"sim_device": "cpu", "rl_device": "cpu", "num_envs": 4, "seed": 3, "max_iterations": epochs},
            overrides=[] if keywords else ["train=CartpolePPO", *settings(5, 12)],
            runs_dir=tmp_path / name,
            **keywords,
        )
        return run_training(training).run

    return train


def flat(tree, name=""):
    """Tensors of nested dicts by their keys, as ``env.progress_buf``."""
    if not isinstance(tree, dict):
        return {name: tree}
    return {path: value for key in tree for path, value in flat(tree[key], f"{name}.{key}".strip(".")).items()}


def test_a_resumed_training_keeps_the_counters(train):
    whole, half = train("whole", 4), train("half", 2)
    train("half", 4, resume=str(half.path))
    a, b = (load_checkpoint(checkpoint_files(run.nn_dir)[-1]) for run in (whole, half))
    assert a["epoch"] == b["epoch"] == 4
    ours, theirs = (flat({"env": each["resume_state"]["env"], "model": each["model"]}) for each in (a, b))
    assert ours.keys() == theirs.keys()
    for name, values in ours.items():
        assert torch.equal(values, theirs[name]), name
    assert ours["env.successes.average"] > 0.0
    assert ours["env.successes.earlier_steps"].any()


def test_their_average_is_a_curve_and_play_measures_them(train):
    run = train("run", 4)
    values = read_history(run, (CURVE,)).curve(CURVE).values
    assert len(values) == 4
    assert np.isfinite(values).all()
    assert values[-1] > 0.0
    successes, succeeded, *_ = play("Walker", run.path, episodes=8, device="cpu").measures
    assert (successes.name, successes.unit) == ("successes", "per episode")
    assert 0.0 <= successes.mean <= 5.0
    assert 0.0 <= succeeded.mean <= 100.0
