"""Whether a checkpoint fits a config."""

import pytest
import torch

from gymctl.core.errors import InputError
from gymctl.policies.checkpoints.fitting import check_fits
from gymctl.policies.networks.registry import sizes_of
from tests.helpers.networks import GRU, LSTM, make_checkpoint, make_config, make_model, make_sac_config


def checkpoint_of(config, num_observations=60, num_actions=8, **changes):
    return make_checkpoint(config, make_model(config, num_observations, num_actions), **changes)


def refusal(checkpoint, config, *task_sizes) -> InputError:
    with pytest.raises(InputError) as caught:
        check_fits(checkpoint, config, *task_sizes)
    return caught.value


@pytest.mark.parametrize(
    ("network", "words"),
    [
        ({"units": (256, 128, 64)}, "60 → 256 → 128 → 64 → 8"),
        ({"units": (256, 128, 64), "separate": True, "normalize_input": False}, "60 → 256 → 128 → 64 → 8"),
        ({"units": ()}, "60 → 8"),
        ({"units": (64, 32), "rnn": LSTM}, "60 → lstm 16 → 64 → 32 → 8"),
        ({"units": (64, 32), "rnn": LSTM | {"concat_output": True}, "separate": True}, "60 → lstm 16 → 64 → 32 → 8"),
        ({"units": (64, 32), "rnn": GRU, "separate": True}, "60 → 64 → 32 → gru 16x2 → 8"),
        (
            {"units": (64, 16), "rnn": GRU | {"concat_input": False, "concat_output": False}},
            "60 → 64 → 16 → gru 16x2 → 8",
        ),
        ({"units": (), "rnn": GRU | {"concat_input": False}}, "60 → gru 16x2 → 8"),
    ],
)
def test_the_sizes_are_read_from_the_tensors_alone(network, words):
    config = make_config(**network)
    checkpoint = checkpoint_of(config)
    found = sizes_of(checkpoint)
    assert str(found) == words
    assert found.separate == network.get("separate", False)
    assert found.normalize_input == network.get("normalize_input", True)
    check_fits(checkpoint, config, 60, 8)


def test_the_sizes_of_a_soft_actor_critic_are_read_too():
    config = make_sac_config(units=(64, 32))
    checkpoint = {"model": make_model(config, 60, 8).state_dict()}
    found = sizes_of(checkpoint)
    assert (str(found), found.algorithm) == ("60 → 64 → 32 → 8", "sac")
    check_fits(checkpoint, config, 60, 8)
    assert "60 → 64 → 32 → 8, the config says 60 → 64 → 8" in refusal(checkpoint, make_sac_config(units=(64,))).what


def test_a_policy_of_another_algorithm_is_told_with_the_way_to_choose_it():
    sac, ppo = make_sac_config(), make_config()
    error = refusal({"model": make_model(sac).state_dict()}, ppo)
    assert "of the algorithm 'sac', the config says 'a2c_continuous'" in error.what
    assert "train=" in error.fix
    assert "of the algorithm 'a2c_continuous'" in refusal(make_checkpoint(ppo), sac).what


def test_other_layers_are_told_in_words():
    error = refusal(checkpoint_of(make_config(units=(256, 128, 64))), make_config(units=(400, 200, 100)), 60, 8)
    assert error.what == "the file is a policy for 60 → 256 → 128 → 64 → 8, the config says 60 → 400 → 200 → 100 → 8"


def test_memory_in_one_but_not_in_the_other_is_told():
    error = refusal(checkpoint_of(make_config(rnn=LSTM)), make_config(), 60, 8)
    assert "60 → lstm 16 → 32 → 16 → 8, the config says 60 → 32 → 16 → 8" in error.what


def test_a_checkpoint_of_another_task_is_told_by_its_sizes():
    error = refusal(checkpoint_of(make_config()), make_config(task="Cartpole"), 4, 1)
    assert "trained on another task (60 observations, 8 actions), Cartpole has 4 and 1" in error.what


def test_a_checkpoint_of_ours_names_its_task():
    state = {"task": "Ant", "gymctl": "0.1.0", "observations": 60, "actions": 8}
    error = refusal(checkpoint_of(make_config(), env_state=state), make_config(task="Cartpole"), 4, 1)
    assert "trained on Ant (60 observations, 8 actions)" in error.what


@pytest.mark.parametrize("env_state", ["Ant", {"task": 3}, {"task": "\x1b[2J"}, {}])
def test_a_strange_env_state_is_not_repeated(env_state):
    error = refusal(checkpoint_of(make_config(), env_state=env_state), make_config(task="Cartpole"), 4, 1)
    assert "another task" in error.what


@pytest.mark.parametrize("switch", ["normalize_input", "normalize_value", "fixed_sigma", "separate"])
def test_a_switch_that_differs_is_named_with_the_override_that_mends_it(switch):
    off = make_config(**{switch: False})
    error = refusal(checkpoint_of(off), make_config(**{switch: True}), 60, 8)
    assert f"{switch}: False" in error.what
    assert f"{switch}=False" in error.fix


def test_without_a_task_only_the_network_is_compared():
    check_fits(checkpoint_of(make_config(), 7, 2), make_config(task="Cartpole"))


@pytest.mark.parametrize(
    ("checkpoint", "reason"),
    [
        ({"model": {"a2c_network.logits.weight": torch.ones(2, 4)}}, "discrete"),
        ({"model": {"something": torch.ones(2, 4)}}, "no actor-critic policy"),
        ({"model": {"a2c_network.mu.weight": torch.ones(2)}}, "no actor-critic policy"),
        (
            {
                "model": {
                    "a2c_network.mu.weight": torch.ones(2, 4),
                    "a2c_network.rnn.rnn.weight_hh_l0": torch.ones(4, 4),
                }
            },
            "incomplete",
        ),
        (
            {
                "model": {
                    "a2c_network.mu.weight": torch.ones(2, 4),
                    "running_mean_std.running_mean": torch.ones(8, 8, 3),
                }
            },
            "normalises",
        ),
    ],
)
def test_policies_of_other_kinds_are_refused(checkpoint, reason):
    with pytest.raises(InputError, match=reason):
        sizes_of(checkpoint)


def test_a_config_of_another_kind_is_refused():
    config = make_config()
    config.tree["train"]["params"]["network"]["space"] = {"discrete": None}
    assert "continuous" in refusal(checkpoint_of(make_config()), config, 60, 8).what
