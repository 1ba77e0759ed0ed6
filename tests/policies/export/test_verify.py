"""The comparison notices what it is there for."""

import pytest
import torch

from gymctl.policies.export.actor import Actor, Clips, clips
from gymctl.policies.export.metadata import describe, input_shapes, output_shapes
from gymctl.policies.export.runtime import TorchScriptPolicy
from gymctl.policies.export.verify import NUM_INPUTS, compare
from gymctl.policies.export.writers import write_torchscript
from gymctl.policies.networks.registry import NETWORKS
from gymctl.policies.origin import Origin
from gymctl.policies.probing import draw_observations
from tests.helpers.networks import LSTM, make_checkpoint, make_config, make_model

pytestmark = pytest.mark.slow

NUM_OBSERVATIONS, NUM_ACTIONS = 12, 3


@pytest.fixture
def config():
    return make_config(env={"clipObservations": 5.0})


def compare_file(config, model, bounds, tmp_path):
    """Writes `model` with these bounds and compares the file with the network that the config and checkpoint mean."""
    actor = Actor(NETWORKS["a2c_continuous"], model, bounds)
    inputs, outputs = input_shapes(actor, NUM_OBSERVATIONS), output_shapes(actor, NUM_ACTIONS)
    path = tmp_path / "policy.pt"
    write_torchscript(actor, inputs, outputs, describe(config, Origin("fast", 1), actor, inputs, outputs, ""), path)
    return compare(TorchScriptPolicy(path, trust=True), config, make_checkpoint(config, make_model(config)))


@pytest.mark.parametrize("rnn", [None, LSTM], ids=["mlp", "lstm"])
def test_the_same_network_agrees(rnn, tmp_path):
    config = make_config(rnn=rnn, env={"clipObservations": 5.0})
    comparison = compare_file(config, make_model(config), clips(config), tmp_path)
    assert comparison.agrees
    assert comparison.max_abs_error < 1e-5


@pytest.mark.parametrize("name", ["actor_mlp.0.weight", "mu.bias", "rnn.rnn.weight_hh_l0"])
def test_a_weight_that_is_off_is_noticed(tmp_path, name):
    config = make_config(rnn=LSTM if "rnn" in name else None)
    model = make_model(config)
    with torch.no_grad():
        model.a2c_network.get_parameter(name).flatten()[0].add_(1e-2)
    comparison = compare_file(config, model, clips(config), tmp_path)
    assert not comparison.agrees
    assert comparison.max_abs_error > 1e-5


@pytest.mark.parametrize(
    "bounds", [Clips(4.0, 1.0), Clips(5.0, 0.9), Clips(float("inf"), 1.0), Clips(5.0, float("inf"))]
)
def test_a_bound_that_is_off_is_noticed(config, tmp_path, bounds):
    assert not compare_file(config, make_model(config), bounds, tmp_path).agrees


def test_a_normaliser_that_is_off_is_noticed(config, tmp_path):
    model = make_model(config)
    model.running_mean_std.running_var[0] *= 1.01
    assert not compare_file(config, model, clips(config), tmp_path).agrees


def test_nan_never_agrees(config, tmp_path):
    model = make_model(config)
    with torch.no_grad():
        model.a2c_network.mu.bias[0] = torch.nan
    assert not compare_file(config, model, clips(config), tmp_path).agrees


def test_the_observations_are_those_of_the_training_and_some_far_outside():
    config = make_config()
    weights = make_checkpoint(config)["model"]
    drawn = draw_observations(weights, NUM_OBSERVATIONS, NUM_INPUTS)
    assert drawn.shape == (1000, NUM_OBSERVATIONS)
    assert torch.equal(drawn, draw_observations(weights, NUM_OBSERVATIONS, NUM_INPUTS))
    mean, std = weights["running_mean_std.running_mean"], weights["running_mean_std.running_var"].sqrt()
    normalised = (drawn - mean) / std
    assert ((normalised.median(dim=0).values).abs() < 0.2).all()
    assert 0.01 < (normalised.abs() > 5).double().mean() < 0.1
