"""AMP's discriminator: its loss and its gradient against plain PyTorch, and the reward that it gives."""

import contextlib
import io
import math

import pytest
import torch
from torch.nn.functional import binary_cross_entropy_with_logits

from gymctl.learning.on_device.discriminator import AmpBuilder, DiscriminatorSettings, judge, style_reward

SETTINGS = DiscriminatorSettings(logit_reg=0.05, grad_penalty=5.0, weight_decay=0.01)
PARAMS = {
    "separate": True,
    "space": {
        "continuous": {
            "mu_activation": "None",
            "sigma_activation": "None",
            "mu_init": {"name": "default"},
            "sigma_init": {"name": "const_initializer", "val": -2.9},
            "fixed_sigma": True,
            "learn_sigma": False,
        }
    },
    "mlp": {"units": [8], "activation": "relu", "initializer": {"name": "default"}},
    "disc": {"units": [16, 8], "activation": "tanh", "initializer": {"name": "default"}},
}
WIDTH = 6


def make_network(**changes):
    torch.manual_seed(3)
    builder = AmpBuilder(WIDTH)
    builder.load({**PARAMS, **changes})
    with contextlib.redirect_stdout(io.StringIO()):
        return builder.build("amp", actions_num=2, input_shape=(4,)).double()


def motions(seed):
    return torch.randn(5, WIDTH, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def expected_loss(network, agent, replayed, demo):
    """The loss, written down row by row; gradients at the demonstrations by differences."""

    def logits(rows):
        return network.discriminate(rows)

    fake = torch.cat((logits(agent), logits(replayed)))
    entropy = binary_cross_entropy_with_logits(fake, torch.zeros_like(fake))
    entropy = 0.5 * (entropy + binary_cross_entropy_with_logits(logits(demo), torch.ones(5, 1, dtype=torch.float64)))
    step = 1e-5 * torch.eye(WIDTH, dtype=torch.float64)
    slopes = [(logits(row + step) - logits(row - step))[:, 0] / 2e-5 for row in demo]
    penalty = torch.stack([(slope**2).sum() for slope in slopes]).mean()
    layers = [*network._disc_mlp[::2], network._disc_logits]
    decay = sum((layer.weight**2).sum() for layer in layers)
    last = (network._disc_logits.weight**2).sum()
    return entropy + 0.05 * last + 5.0 * penalty + 0.01 * decay, penalty


def test_the_loss_is_entropy_steepness_and_weights():
    network, given = make_network(), [motions(seed) for seed in range(3)]
    judgement = judge(network, *given, SETTINGS)
    expected, penalty = expected_loss(network, *given)
    assert judgement.loss.item() == pytest.approx(expected.item(), rel=1e-6)
    assert judgement.grad_penalty.item() == pytest.approx(penalty.item(), rel=1e-6)
    fake, real = network.discriminate(torch.cat(given[:2])), network.discriminate(given[2])
    assert judgement.agent_accuracy == (fake < 0).float().mean()
    assert judgement.demo_accuracy == (real > 0).float().mean()
    assert judgement.agent_logit.item() == pytest.approx(fake.mean().item())
    assert judgement.demo_logit.item() == pytest.approx(real.mean().item())


def test_its_gradient_is_that_of_the_whole_loss_the_penalty_included():
    network, given = make_network(), [motions(seed) for seed in range(3)]
    judge(network, *given, SETTINGS).loss.backward()
    found = [layer.weight.grad.clone() for layer in (network._disc_mlp[0], network._disc_logits)]
    network.zero_grad()
    expected_loss(network, *given)[0].backward()
    for gradient, layer in zip(found, (network._disc_mlp[0], network._disc_logits), strict=True):
        assert torch.allclose(gradient, layer.weight.grad, rtol=1e-4, atol=1e-8)


def test_the_policy_is_left_alone_by_it():
    network = make_network()
    judge(network, *(motions(seed) for seed in range(3)), SETTINGS).loss.backward()
    moved = {name for name, weight in network.named_parameters() if weight.grad is not None}
    assert moved == {name for name, _ in network.named_parameters() if name.startswith("_disc")}


def test_a_motion_that_nothing_tells_from_the_demonstrations_brings_the_logarithm_of_2():
    logits = torch.tensor([[-60.0], [0.0], [1.0], [60.0]])
    rewards = style_reward(logits, scale=2.0)[:, 0].tolist()
    probability = 1.0 / (1.0 + math.exp(-1.0))
    assert rewards == pytest.approx([0.0, 2 * math.log(2), -2 * math.log(1 - probability), -2 * math.log(1e-4)])


@pytest.mark.parametrize("learn", [False, True])
def test_the_noise_is_learned_only_if_asked_for(learn):
    space = {"continuous": {**PARAMS["space"]["continuous"], "learn_sigma": learn}}
    network = make_network(space=space)
    assert torch.allclose(network.sigma, torch.full((2,), -2.9, dtype=torch.float64))
    assert network.sigma.requires_grad is learn


def test_names_and_first_weights_are_those_of_isaacgymenvs():
    network = make_network()
    names = [name for name in network.state_dict() if "_disc" in name]
    places = ("_disc_mlp.0", "_disc_mlp.2", "_disc_logits")
    assert names == [f"{place}.{part}" for place in places for part in ("weight", "bias")]
    assert not any(network.state_dict()[f"{place}.bias"].any() for place in places)
    assert 0.5 < network._disc_logits.weight.abs().max() <= 1.0
