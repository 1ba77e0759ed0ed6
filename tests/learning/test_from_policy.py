"""A new training that begins with a policy's weights: those are taken, and nothing else."""

from types import SimpleNamespace

import pytest
import torch

from gymctl.core.errors import InputError
from gymctl.core.files import sha256
from gymctl.learning.agents.sac import SacAgent
from gymctl.learning.prepare import prepare_training
from gymctl.learning.session import run_training
from gymctl.policies import packaged
from gymctl.policies.checkpoints.loading import load_checkpoint

pytestmark = pytest.mark.slow

FROZEN = ("train.params.config.learning_rate=1e-12", "train.params.config.lr_schedule=constant")
MINI_EPOCHS = 8
"""Each has one minibatch."""
SAC = (
    "train=AntSAC",
    "train.params.network.mlp.units=[16,16]",
    "train.params.config.batch_size=64",
    "train.params.config.num_updates_per_step=1",
    "train.params.config.replay_buffer_size=2000",
    "train.params.config.num_warmup_steps=2",
    "train.params.config.save_best_after=1",
)


@pytest.fixture
def start(tmp_path):
    """Trains Cartpole; arguments as of `prepare_training`, the limit as ``epochs``."""

    def run(epochs, *overrides, **source):
        training = prepare_training(
            "Cartpole",
            settings={"num_envs": 16, "max_iterations": epochs},
            overrides=overrides,
            runs_dir=tmp_path,
            **source,
        )
        result = run_training(training)
        saved = load_checkpoint(result.last_checkpoint)
        return SimpleNamespace(run=result.run, result=result, saved=saved, notes="\n".join(training.notes))

    return run


def weights(checkpoint):
    """The network's parameters; its normalisers count on in every training."""
    return {name: value for name, value in checkpoint["model"].items() if "mean_std" not in name}


def assert_close(one, other):
    assert one.keys() == other.keys()
    for name, value in one.items():
        torch.testing.assert_close(value, other[name], rtol=0, atol=1e-6)


def test_weights_and_normaliser_are_the_policys_and_all_else_begins_anew(start):
    source = load_checkpoint(packaged.locate("Cartpole").path)
    begun = start(1, *FROZEN, from_policy="pretrained")
    assert_close(weights(begun.saved), weights(source))
    counted = begun.saved["model"]["running_mean_std.count"] - source["model"]["running_mean_std.count"]
    assert counted == MINI_EPOCHS * 16 * 16, "as rl_games counts"
    assert (begun.saved["epoch"], begun.saved["frame"]) == (1, 16 * 16)
    assert {state["step"].item() for state in begun.saved["optimizer"]["state"].values()} == {MINI_EPOCHS}
    assert begun.saved["last_mean_rewards"] < 0  # no episode has ended yet
    assert begun.result.best is None
    assert "begin anew" in begun.notes


def test_the_run_tells_whose_weights_it_began_with_and_can_be_repeated(start, tmp_path):
    first = start(2, from_policy="pretrained")
    policy = packaged.locate("Cartpole").path
    assert first.run.manifest()["checkpoint"] == {
        "path": str(policy),
        "sha256": sha256(policy),
        "weights_only": True,
    }
    assert not (first.run.nn_dir / "Cartpole.pth").exists(), "the policy is not the best of this run"
    again = start(2, from_run=str(first.run.path))
    assert again.saved["epoch"] == 2
    assert_close(weights(again.saved), weights(first.saved))
    for checkpoint in first.run.nn_dir.iterdir():
        checkpoint.unlink()  # as if it had been killed in its first epoch
    resumed = start(2, resume=str(first.run.path))
    assert resumed.run.path == first.run.path
    assert_close(weights(resumed.saved), weights(again.saved))


def test_a_training_that_is_resumed_goes_on_with_its_counters(start):
    first = start(1, from_policy="pretrained")
    assert start(3, resume=str(first.run.path)).saved["epoch"] == 3


def test_soft_actor_critic_takes_the_temperature_too_and_acts_by_the_policy_from_the_start(start, monkeypatch):
    source = start(4, *SAC)
    monkeypatch.delattr(SacAgent, "_random_actions")
    begun = start(1, *SAC, "train.params.config.init_alpha=0.5", from_policy=str(source.result.last_checkpoint))
    assert_close(weights(begun.saved), weights(source.saved))  # the warm-up has no updates
    assert begun.saved["log_alpha"] == source.saved["log_alpha"]
    assert begun.saved["epoch"] == 1
    assert not begun.saved["actor_optimizer"]["state"]


@pytest.mark.parametrize(
    ("override", "source", "problem"),
    [
        ("train.params.network.mlp.units=[8]", {"from_policy": "pretrained"}, "the config says 4 → 8 → 1"),
        ("train=AntSAC", {"from_policy": "pretrained"}, "the config says 'sac'"),
        ("seed=1", {"from_policy": str(packaged.locate("Ant").path)}, "60 observations"),
        ("seed=1", {"from_policy": "pretrained", "resume": "runs/Cartpole"}, "--from takes a policy's weights"),
        ("seed=1", {"from_policy": "no such run"}, "there is no 'no such run'"),
    ],
)
def test_a_policy_that_doesnt_fit_is_refused_before_anything_is_made(tmp_path, override, source, problem):
    with pytest.raises(InputError) as refused:
        prepare_training("Cartpole", settings={"num_envs": 4}, overrides=[override], runs_dir=tmp_path / "r", **source)
    assert problem in refused.value.what
    assert not (tmp_path / "r").exists()


def test_a_temperature_that_is_none_is_refused(start, tmp_path):
    path = tmp_path / "policy.pth"
    saved = torch.load(start(1, *SAC).result.last_checkpoint, weights_only=True)
    torch.save(saved | {"log_alpha": 1e9}, path)
    with pytest.raises(InputError, match="no temperature"):
        start(1, *SAC, from_policy=str(path))
