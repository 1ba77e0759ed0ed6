"""Checkpoints with contents that no training leaves."""

import warnings

import pytest
import torch

from gymctl.core.errors import InputError
from gymctl.policies.checkpoints.loading import load_checkpoint
from gymctl.policies.checkpoints.training_state import check_continues
from gymctl.policies.player import load_player
from tests.helpers.networks import make_checkpoint, make_config, make_model, save

WEIGHT = "a2c_network.actor_mlp.0.weight"


@pytest.fixture(scope="module")
def trained():
    """A checkpoint whose optimizer has moved."""
    config = make_config()
    model = make_model(config)
    optimizer = torch.optim.Adam(model.parameters(), lr=3e-4)
    sum(parameter.square().sum() for parameter in model.parameters()).backward()
    optimizer.step()
    return make_checkpoint(config, model, optimizer=optimizer.state_dict())


def saved(content, tmp_path):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return save(content, tmp_path / "Ant.pth")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda t: t.to("meta"), "without values"),
        (lambda t: t.to(torch.float8_e4m3fn), "float8"),
        (lambda t: t.to_sparse(), "sparse"),
        (lambda t: torch.quantize_per_tensor(t, 0.1, 0, torch.qint8), "quantised"),
        (lambda t: t.to(torch.complex64), "complex"),
        (lambda t: t.bool(), "torch.bool"),
        (lambda t: t.int(), "torch.int32"),
        (lambda t: torch.full_like(t, 3e38), "values beyond 1e"),
        (lambda t: torch.full_like(t, torch.nan), "NaN"),
        (lambda t: t[:0], "no values"),
        (lambda t: t.reshape((1,) * 100 + t.shape), "102 dimensions"),
        (lambda t: torch.ones(()).expand(t.shape), "more values than it stores"),
        (lambda t: torch.ones(t.numel()).as_strided(t.shape, (1, 1)), "more values than it stores"),
    ],
)
def test_weights_of_another_kind_are_refused_by_name(trained, tmp_path, change, reason):
    model = trained["model"] | {WEIGHT: change(trained["model"][WEIGHT])}
    with pytest.raises(InputError, match=reason) as caught:
        load_checkpoint(saved(trained | {"model": model}, tmp_path))
    assert WEIGHT in caught.value.what


def test_a_tensor_that_is_stored_once_and_named_many_times_is_refused(trained, tmp_path):
    many = dict.fromkeys([f"{WEIGHT}.{index}" for index in range(20)], torch.ones(100_000))
    with pytest.raises(InputError, match="more values than it stores"):
        load_checkpoint(saved(trained | {"model": many}, tmp_path))


@pytest.mark.parametrize("name", ["running_mean_std.running_var", "running_mean_std.count"])
def test_statistics_below_zero_are_refused(trained, tmp_path, name):
    model = trained["model"] | {name: -trained["model"][name]}
    with pytest.raises(InputError, match=f"negative values in '{name}'"):
        load_checkpoint(saved(trained | {"model": model}, tmp_path))


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64])
def test_weights_of_other_precisions_are_taken(trained, tmp_path, dtype):
    model = {key: value.to(dtype) if "mean_std" not in key else value for key, value in trained["model"].items()}
    load_player(make_config(), load_checkpoint(saved(trained | {"model": model}, tmp_path)))


def test_a_network_that_overflows_is_refused(trained):
    model = {key: torch.full_like(value, 9e7) if ".weight" in key else value for key, value in trained["model"].items()}
    config = make_config(units=(32,) * 4)
    wide = {f"a2c_network.actor_mlp.{2 * i}.weight": torch.full((32, 32 if i else 12), 9e7) for i in range(4)}
    wide |= {f"a2c_network.actor_mlp.{2 * i}.bias": torch.zeros(32) for i in range(4)}
    model |= wide | {f"a2c_network.{name}.weight": torch.full((n, 32), 9e7) for name, n in (("mu", 3), ("value", 1))}
    with pytest.raises(InputError, match="actions that are no numbers"):
        load_player(config, trained | {"model": model})


@pytest.mark.parametrize("model", [torch.ones(3), [1], "x", None, {}])
def test_a_model_that_is_none_is_refused(trained, tmp_path, model):
    with pytest.raises(InputError, match="no network"):
        load_checkpoint(saved(trained | {"model": model}, tmp_path))


def test_a_training_state_that_is_right_is_taken(trained, tmp_path):
    path = saved(trained, tmp_path)
    check_continues(load_checkpoint(path), path, ["optimizer"])


@pytest.mark.parametrize("name", ["epoch", "frame", "last_mean_rewards", "log_alpha"])
@pytest.mark.parametrize("value", [2**63, 1e300, float("inf"), float("nan"), complex(1, 2), True, "x", torch.ones(2)])
def test_counters_and_rewards_that_can_not_be_are_refused_by_name(trained, tmp_path, name, value):
    path = saved(trained | {name: value}, tmp_path)
    with pytest.raises(InputError, match=f"has {name} "):
        check_continues(load_checkpoint(path), path, ["optimizer"])


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("lr", -1.0),
        ("lr", 1e30),
        ("lr", "fast"),
        ("eps", 0.0),
        ("eps", float("nan")),
        ("betas", (0.9, 1.0)),
        ("betas", (2.0, 0.9)),
        ("betas", 0.9),
        ("betas", [0.9]),
        ("weight_decay", -1),
        ("amsgrad", True),
        ("maximize", True),
        ("amsgrad", None),
        ("maximize", None),
        ("capturable", True),
        ("fused", "yes"),
    ],
)
def test_an_optimizer_that_can_not_be_is_refused_by_name(trained, tmp_path, name, value):
    group = trained["optimizer"]["param_groups"][0] | {name: value}
    path = saved(trained | {"optimizer": trained["optimizer"] | {"param_groups": [group]}}, tmp_path)
    with pytest.raises(InputError, match=rf"optimizer\.param_groups\.0\.{name} "):
        check_continues(load_checkpoint(path), path, ["optimizer"])


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("step", -1),
        ("step", 2**63),
        ("step", None),
        ("exp_avg", torch.ones(3)),
        ("exp_avg", torch.ones(32, dtype=torch.int64)),
        ("exp_avg_sq", -torch.ones(32)),
        ("exp_avg_sq", torch.full((32,), torch.inf)),
        ("exp_avg_sq", None),
    ],
)
def test_moments_that_can_not_be_are_refused_by_name(trained, tmp_path, name, value):
    state = trained["optimizer"]["state"]
    state = state | {2: state[2] | {name: value}}
    path = saved(trained | {"optimizer": trained["optimizer"] | {"state": state}}, tmp_path)
    with pytest.raises(InputError, match=rf"optimizer\.state\.2\.{name}"):
        check_continues(load_checkpoint(path), path, ["optimizer"])
