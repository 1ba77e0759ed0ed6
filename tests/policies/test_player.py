"""rl_games' player without an env."""

import random
import subprocess
import sys

import numpy as np
import pytest
import torch

from gymctl.core.errors import InputError
from gymctl.policies.player import distribution, initial_states, load_player
from tests.helpers.networks import GRU, LSTM, make_checkpoint, make_config, make_model, make_sac_config

NUM_OBSERVATIONS, NUM_ACTIONS = 12, 3

VARIANTS = {
    "mlp": {},
    "separate": {"separate": True},
    "learned sigma": {"fixed_sigma": False},
    "separate, learned sigma": {"separate": True, "fixed_sigma": False},
    "no normalisers": {"normalize_input": False, "normalize_value": False},
    "lstm": {"rnn": LSTM},
    "separate lstm": {"rnn": LSTM, "separate": True},
    "gru": {"rnn": GRU},
    "separate gru": {"rnn": GRU, "separate": True, "fixed_sigma": False},
}


@pytest.fixture(params=VARIANTS.values(), ids=VARIANTS.keys())
def config(request):
    return make_config(**request.param)


def observations(num_envs: int = 7) -> torch.Tensor:
    return 5.0 * torch.randn(num_envs, NUM_OBSERVATIONS, generator=torch.Generator().manual_seed(1))


def test_the_distribution_is_that_of_the_network_step_by_step(config):
    """Trained elsewhere, loaded here: the same means and standard deviations as from the original network."""
    model = make_model(config, NUM_OBSERVATIONS, NUM_ACTIONS)
    player = load_player(config, make_checkpoint(config, model))
    states = initial_states(player, 7)
    original_states = tuple(torch.zeros(s.shape[0], 7, s.shape[2]) for s in model.get_default_rnn_state() or ())
    for obs in observations(21).split(7):
        mean, std, states = distribution(player, obs, states)
        with torch.no_grad():
            expected = model({"is_train": False, "obs": obs, "rnn_states": original_states})
        original_states = expected["rnn_states"]
        assert mean.shape == std.shape == (7, NUM_ACTIONS)
        torch.testing.assert_close(mean, expected["mus"])
        torch.testing.assert_close(std, expected["sigmas"])
        for state, original in zip(states, original_states or (), strict=True):
            torch.testing.assert_close(state, original)


def test_the_distribution_is_that_of_the_formula():
    """Computed by hand from the tensors: normalise, clamp to 5, two ELU layers, mean; exp of the log-std."""
    config = make_config()
    checkpoint = make_checkpoint(config)
    mean, std, _ = distribution(load_player(config, checkpoint), observations())

    m = {key: value.double().numpy() for key, value in checkpoint["model"].items()}
    x = observations().double().numpy()
    x = (x - m["running_mean_std.running_mean"]) / np.sqrt(m["running_mean_std.running_var"] + 1e-5)
    x = np.clip(x, -5.0, 5.0)
    for layer in (0, 2):
        x = x @ m[f"a2c_network.actor_mlp.{layer}.weight"].T + m[f"a2c_network.actor_mlp.{layer}.bias"]
        x = np.where(x > 0, x, np.expm1(x))
    expected = x @ m["a2c_network.mu.weight"].T + m["a2c_network.mu.bias"]
    np.testing.assert_allclose(mean.numpy(), expected, rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(std.numpy(), np.broadcast_to(np.exp(m["a2c_network.sigma"]), std.shape), rtol=1e-6)


def test_asking_for_the_distribution_changes_nothing_in_the_network():
    config = make_config()
    checkpoint = make_checkpoint(config)
    player = load_player(config, checkpoint)
    for _ in range(3):
        distribution(player, observations())
    assert not player.model.training
    for key, value in player.model.state_dict().items():
        torch.testing.assert_close(value, checkpoint["model"][key], rtol=0, atol=0)


def test_building_a_player_leaves_the_process_as_it_was(capfd):
    config = make_config()
    checkpoint = make_checkpoint(config)
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        torch.manual_seed(3)
        random.seed(3)
        np.random.seed(3)
        before = (torch.get_rng_state(), random.getstate(), np.random.get_state()[1].tolist())
        settings = process_settings()
        load_player(config, checkpoint)
        assert process_settings() == settings
        assert torch.equal(torch.get_rng_state(), before[0])
        assert (random.getstate(), np.random.get_state()[1].tolist()) == before[1:]
    finally:
        torch.set_num_threads(threads)
    assert capfd.readouterr() == ("", "")


def process_settings():
    return (
        torch.get_num_threads(),
        torch.get_float32_matmul_precision(),
        torch.backends.cuda.matmul.allow_tf32,
        torch.backends.cudnn.allow_tf32,
        torch.backends.cudnn.benchmark,
        torch.backends.cudnn.deterministic,
    )


@pytest.mark.parametrize(
    ("module", "unwanted"),
    [
        ("learning.prepare", {"torch", "rl_games", "mujoco"}),
        ("policies.find", {"torch", "rl_games", "mujoco"}),
        ("policies.play", {"torch._dynamo", "torch._inductor"}),
    ],
)
def test_what_a_refusal_or_playing_does_not_need_is_not_loaded(module, unwanted):
    code = f"import sys, gymctl.{module}; print(sorted({unwanted} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_config_is_left_as_it_was():
    config, same = make_config(), make_config()
    load_player(config, make_checkpoint(config))
    assert config == same


def test_a_soft_actor_critic_gives_the_gaussian_below_its_hyperbolic_tangent():
    """Computed by hand: normalise, clamp to 5, two ELU layers; the log-std lies between its bounds by a tanh."""
    config = make_sac_config()
    model = make_model(config)
    mean, std, states = distribution(load_player(config, {"model": model.state_dict()}), observations())
    m = {key.removeprefix("sac_network.actor."): value for key, value in model.state_dict().items()}
    x = observations().double() - m["running_mean_std.running_mean"]
    x = (x / (m["running_mean_std.running_var"] + 1e-5).sqrt()).clamp(-5.0, 5.0).float()
    for layer in (0, 2):
        x = torch.nn.functional.elu(x @ m[f"trunk.{layer}.weight"].T + m[f"trunk.{layer}.bias"])
    output = x @ m["trunk.4.weight"].T + m["trunk.4.bias"]
    expected, log_std = output.chunk(2, dim=1)
    torch.testing.assert_close(mean, expected, rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(std, (-1.5 + 3.5 * log_std.tanh()).exp(), rtol=1e-4, atol=1e-4)
    assert states == ()


@pytest.mark.parametrize(("algorithm", "model"), [("sac", "continuous_a2c_logstd"), ("a2c_discrete", "discrete_a2c")])
def test_other_algorithms_are_refused(algorithm, model):
    config = make_config()
    checkpoint = make_checkpoint(config)
    config.tree["train"]["params"]["algo"]["name"] = algorithm
    config.tree["train"]["params"]["model"]["name"] = model
    with pytest.raises(InputError, match=algorithm):
        load_player(config, checkpoint)


def test_a_checkpoint_that_does_not_fit_is_refused():
    checkpoint = make_checkpoint(make_config())
    with pytest.raises(InputError, match="12 → 32 → 16 → 3, the config says 12 → 8 → 3"):
        load_player(make_config(units=(8,)), checkpoint)


def test_a_difference_that_only_rl_games_sees_is_refused():
    config, other = make_config(), make_config()
    other.tree["train"]["params"]["network"]["mlp"]["d2rl"] = True
    with pytest.raises(InputError, match="doesn't fit"):
        load_player(other, make_checkpoint(config))


def test_a_network_that_rl_games_does_not_know_is_refused():
    config = make_config()
    checkpoint = make_checkpoint(config)
    config.tree["train"]["params"]["network"]["mlp"]["activation"] = "mish"
    with pytest.raises(InputError, match="mish"):
        load_player(config, checkpoint)
