"""Action modes on real rl_games networks."""

import pytest
import torch

from gymctl.core.errors import InputError
from gymctl.policies.modes import ActionMode
from gymctl.policies.player import load_player
from gymctl.policies.policy import NetworkPolicy
from tests.helpers import networks


@pytest.fixture(scope="module")
def player():
    config = networks.make_config()
    return load_player(config, networks.make_checkpoint(config))


def observations(player, rows):
    size = player.model.running_mean_std.running_mean.shape[0]
    return torch.randn(1, size, generator=torch.Generator().manual_seed(0)).expand(rows, size)


@pytest.mark.parametrize("sigma", [0.1, 0.5, 2.0])
def test_sigma_is_the_standard_deviation_of_the_noise_before_clipping(player, sigma):
    inputs = observations(player, 40_000)
    drawn = NetworkPolicy(player, ActionMode.choose(sigma, False), seed=0).draw(inputs)
    mean = NetworkPolicy(player, ActionMode.choose(0.0, False), seed=0).draw(inputs)
    assert (drawn - mean).std(0).tolist() == pytest.approx([sigma] * mean.shape[1], rel=0.02)
    assert (drawn - mean).mean(0).tolist() == pytest.approx([0.0] * mean.shape[1], abs=0.03 * sigma)


def test_sigma_0_is_exactly_the_mean_and_learned_noise_has_the_networks_deviation(player):
    inputs = observations(player, 40_000)
    mean = NetworkPolicy(player, ActionMode.choose(None, False), seed=0).draw(inputs)
    assert torch.equal(NetworkPolicy(player, ActionMode.choose(0.0, False), seed=1).draw(inputs), mean)
    drawn = NetworkPolicy(player, ActionMode.choose(None, True), seed=0).draw(inputs)
    learned = player.model.a2c_network.sigma.exp()
    torch.testing.assert_close((drawn - mean).std(0), learned, rtol=0.02, atol=0)


def test_actions_are_clipped_and_parameters_stay_untouched(player):
    before = {name: value.clone() for name, value in player.model.state_dict().items()}
    actions = NetworkPolicy(player, ActionMode.choose(3.0, False), seed=0).act(observations(player, 1000))
    assert actions.abs().max() == 1.0
    assert all(torch.equal(value, before[name]) for name, value in player.model.state_dict().items())


def test_a_soft_actor_critic_squashes_what_is_drawn():
    config = networks.make_sac_config()
    player = load_player(config, {"model": networks.make_model(config).state_dict()})
    inputs = observations(player, 40_000)
    mean = NetworkPolicy(player, ActionMode.choose(None, False), seed=0).draw(inputs)
    assert torch.equal(NetworkPolicy(player, ActionMode.choose(0.0, False), seed=0).act(inputs), mean.tanh())
    drawn = NetworkPolicy(player, ActionMode.choose(0.3, False), seed=0).draw(inputs)
    assert (drawn - mean).std(0).tolist() == pytest.approx([0.3] * mean.shape[1], rel=0.02)
    assert torch.equal(NetworkPolicy(player, ActionMode.choose(0.3, False), seed=0).act(inputs), drawn.tanh())


def test_a_recurrent_policy_forgets_where_an_episode_ends():
    config = networks.make_config(rnn=networks.LSTM)
    player = load_player(config, networks.make_checkpoint(config))
    policy = NetworkPolicy(player, ActionMode.choose(None, False), seed=0)
    inputs = observations(player, 3)
    first = policy.act(inputs)
    assert not torch.equal(policy.act(inputs), first)
    again = policy.act(inputs, torch.tensor([True, False, True]))
    torch.testing.assert_close(again[[0, 2]], first[[0, 2]])
    assert not torch.equal(again[1], first[1])


@pytest.mark.parametrize(
    ("sigma", "stochastic"), [(-0.1, False), (float("nan"), False), (float("inf"), False), (1, True)]
)
def test_what_is_no_standard_deviation_is_refused(sigma, stochastic):
    with pytest.raises(InputError):
        ActionMode.choose(sigma, stochastic)
