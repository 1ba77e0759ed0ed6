"""A critic beside the policy, which sees the task's states: trained, saved, resumed, played, exported."""

import copy

import numpy as np
import pytest
import torch
from rl_games.algos_torch.central_value import CentralValueTrain

from gymctl.api import export, play
from gymctl.core.errors import InputError
from gymctl.envs import factory
from gymctl.learning.agents.central_value import CentralValue
from gymctl.learning.minibatch import fit_central_minibatch
from gymctl.learning.on_device.models import build_central_network
from gymctl.learning.prepare import prepare_training
from gymctl.learning.session import run_training
from gymctl.policies.checkpoints.loading import load_checkpoint
from gymctl.runs.checkpoints import checkpoint_files
from gymctl.runs.history import read_history
from tests.helpers.asymmetric import MEMORY, POLICY_MEMORY, SETTINGS, TASK_EDIT, central_value, config

KINDS = {
    "the critic alone has memory": (central_value(MEMORY),),
    "the policy alone has memory": (central_value(), POLICY_MEMORY),
}


@pytest.fixture
def asymmetric(walker):
    """Offers the task."""
    walker(*TASK_EDIT)


def train(folder, *overrides, epochs=4, **keywords):
    training = prepare_training(
        "Walker",
        settings=SETTINGS | {"max_iterations": epochs},
        overrides=["train=CartpolePPO", "train.params.config.save_frequency=2", *overrides],
        runs_dir=folder,
        **keywords,
    )
    return run_training(training)


def same(a, b):
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(same(a[key], b[key]) for key in a)
    return torch.equal(a, b) if isinstance(a, torch.Tensor) else a == b


def test_an_env_gives_states_beside_observations(asymmetric):
    env = factory.make(config("task.env.clipObservations=0.05"))
    seen = [env.reset(), env.step(torch.full((4, 1), 0.03))[0], env.reset(torch.tensor([True, False, False, False]))]
    for each in seen:
        assert {name: tuple(values.shape) for name, values in each.items()} == {"obs": (4, 4), "states": (4, 5)}
    assert torch.equal(seen[1]["states"][:, :4], seen[1]["obs"])
    assert torch.equal(seen[1]["states"][:, 4], torch.full((4,), 0.03))
    assert seen[1]["states"].abs().max() <= 0.05
    assert seen[2]["states"][0, 4] == 0.0


def test_states_of_another_size_than_declared_are_told(walker, tmp_path):
    walker(TASK_EDIT[0], TASK_EDIT[1].replace("num_states = 5", "num_states = 6"))
    with pytest.raises(InputError, match=r"Walker\.observe_states gives states of the shape .*5"):
        train(tmp_path, central_value())


@pytest.mark.parametrize("overrides", KINDS.values(), ids=KINDS)
def test_a_resumed_training_goes_on_exactly(asymmetric, tmp_path, overrides):
    whole = train(tmp_path / "whole", *overrides)
    half = train(tmp_path / "half", *overrides, epochs=2)
    train(tmp_path / "half", *overrides, resume=str(half.run.path))
    a, b = (load_checkpoint(checkpoint_files(run.nn_dir)[-1]) for run in (whole.run, half.run))
    assert a["epoch"] == b["epoch"] == 4
    for key in ("model", "assymetric_vf_nets", "resume_state"):
        assert same(a[key], b[key]), key
    assert same(a["assymetric_vf_optimizer"], b["assymetric_vf_optimizer"])


def test_its_loss_is_a_curve_and_the_policy_plays_and_exports(asymmetric, tmp_path):
    run = train(tmp_path, central_value(), "train.params.config.mixed_precision=False").run
    history = read_history(run, ("losses/cval_loss", "info/cval_lr"))
    for tag in ("losses/cval_loss", "info/cval_lr"):
        assert np.isfinite(history.curve(tag).values).all()
    assert play("Walker", run.path, episodes=4, device="cpu").episodes == 4
    assert export("Walker", run.path, output=tmp_path / "walker.onnx", format="onnx").path.is_file()


def test_it_learns_as_rl_games_own_does():
    settings = {"minibatch_size": 16, "mini_epochs": 3, "learning_rate": 1e-2, "normalize_input": True}
    settings |= {"clip_value": True, "truncate_grads": True, "grad_norm": 0.1, "lr_schedule": "linear"}
    network = {"name": "actor_critic", "central_value": True, "mlp": {"units": [8], "activation": "elu"}}
    network["mlp"]["initializer"] = {"name": "default"}
    critics = []
    for make in (CentralValueTrain, CentralValue):
        torch.manual_seed(0)
        critic = make(
            state_shape=(5,),
            value_size=1,
            ppo_device="cpu",
            num_agents=1,
            horizon_length=8,
            num_actors=4,
            num_actions=1,
            seq_length=1,
            normalize_value=True,
            network=build_central_network({"network": copy.deepcopy(network)}),
            config=settings | {"bfloat16": False},
            writter=None,
            max_epochs=10,
            multi_gpu=False,
            zero_rnn_on_done=True,
        )
        for epoch in (1, 2):
            rows = {name: torch.randn(32, size) for name, size in (("obs", 5), ("returns", 1), ("old_values", 1))}
            rows |= {"actions": torch.zeros(32, 1), "dones": torch.zeros(32), "rnn_masks": None}
            critic.update_dataset(rows)
            loss = critic.learn(epoch).item() if make is CentralValue else critic.train_net()
        critics.append((loss, critic.lr, critic.state_dict()))
    (loss, rate, weights), (own_loss, own_rate, own_weights) = critics
    assert own_loss == pytest.approx(loss)
    assert own_rate == rate
    for name, value in weights.items():
        assert torch.allclose(own_weights[name], value, atol=1e-6), name


@pytest.mark.parametrize(("num_envs", "size"), [(4, 32), (3, 24), (1, 16)])
def test_its_minibatch_is_fitted(asymmetric, num_envs, size):
    fitted, _ = fit_central_minibatch(config(central_value(), num_envs=num_envs))
    assert fitted.learner["central_value_config"]["minibatch_size"] == size


REFUSED = {
    "a task without states": ("Cartpole", (central_value(),), "num_states"),
    "no minibatch": ("Walker", (central_value(minibatch_size="null"),), "minibatch_size"),
    "a policy's network": (
        "Walker",
        (central_value(), "train.params.config.central_value_config.network.central_value=False"),
        "central_value=True",
    ),
}


@pytest.mark.parametrize(("task", "overrides", "word"), REFUSED.values(), ids=REFUSED)
def test_what_it_lacks_is_told(asymmetric, tmp_path, task, overrides, word):
    with pytest.raises(InputError) as refused:
        prepare_training(task, settings=SETTINGS, overrides=["train=CartpolePPO", *overrides], runs_dir=tmp_path)
    assert word in refused.value.what + refused.value.fix


@pytest.mark.parametrize(("first", "then"), [((), (central_value(),)), ((central_value(),), ("drop",))])
def test_a_checkpoint_of_the_other_kind_is_refused(asymmetric, tmp_path, first, then):
    file = checkpoint_files(train(tmp_path, *first, epochs=2).run.nn_dir)[-1]
    copied = tmp_path / "alone.pth"
    copied.write_bytes(file.read_bytes())
    with pytest.raises(InputError, match="central value"):
        train(tmp_path, *(each for each in then if each != "drop"), resume=str(copied))
    assert train(tmp_path, *(each for each in then if each != "drop"), from_policy=str(copied), epochs=2)
