"""The parts that keep an epoch on the device give rl_games' numbers."""

import math

import pytest
import torch
from rl_games.algos_torch.running_mean_std import RunningMeanStd as RlGamesRunningMeanStd
from rl_games.algos_torch.torch_ext import AverageMeter
from rl_games.common.schedulers import AdaptiveScheduler
from torch import nn

from gymctl.learning.guards import DivergedError, check_finite, size_of_weights
from gymctl.learning.on_device.episodes import EndedEpisodes, Meter
from gymctl.learning.on_device.learning_rate import LearningRate
from gymctl.learning.on_device.models import sample_gaussian
from gymctl.learning.on_device.normaliser import RunningMeanStd
from gymctl.learning.on_device.readback import Readback, to_host

CPU = torch.device("cpu")


@pytest.fixture
def generator():
    return torch.Generator().manual_seed(1)


def test_the_normaliser_has_rl_games_numbers_and_keys_in_the_same_memory(generator):
    ours, theirs = RunningMeanStd((3,)), RlGamesRunningMeanStd((3,))
    places = [buffer.data_ptr() for buffer in ours.buffers()]
    for size in (5, 64, 1, 200):
        values = torch.randn(size, 3, generator=generator) * 7 + 2
        assert torch.equal(ours(values), theirs(values))
    ours.eval()
    theirs.eval()
    assert torch.equal(ours(values), theirs(values))
    assert torch.equal(ours(values, denorm=True), theirs(values, denorm=True))
    assert [buffer.data_ptr() for buffer in ours.buffers()] == places
    ours.load_state_dict(theirs.state_dict())
    assert [*ours.state_dict()] == [*theirs.state_dict()]


def test_the_learning_rate_follows_rl_games_rule():
    scheduler, rate = AdaptiveScheduler(0.008), 3e-4
    ours = LearningRate(rate, CPU)
    group = {}
    ours.give_to([group])
    place = group["lr"].data_ptr()
    kls = [0.0, 0.003, 0.004, 0.0040001, 0.016, 0.0161, math.nan, *[0.0] * 30, *[1.0] * 40, math.inf]
    for kl in kls:
        kl = torch.tensor(kl)
        rate, _ = scheduler.update(rate, 0.0, 0, 0, kl.item())
        ours.adapt(kl, 0.008, scheduler.min_lr, scheduler.max_lr)
        assert group["lr"].item() == ours.value.item() == rate
    ours.set(0.5)
    assert (group["lr"].item(), group["lr"].data_ptr()) == (0.5, place)


def test_a_meter_follows_rl_games_one(generator):
    theirs, ours = AverageMeter(1, 100), Meter(100)
    ended = EndedEpisodes([ours])
    for share in (0.0, 0.1, 0.0, 0.5, 1.0, 0.02):
        returns, done = torch.randn(150, generator=generator) * 1000, torch.rand(150, generator=generator) < share
        theirs.update(returns[done][:, None])
        ended.add([returns], done)
        ended.take(ended.give())
        assert ours.current_size == theirs.current_size
        assert torch.allclose(ours.mean, theirs.mean.flatten(), rtol=1e-6, atol=0)
    assert ended.give() == []


def test_episodes_that_go_on_may_hold_anything():
    returns, lengths = Meter(10), Meter(10)
    ended = EndedEpisodes([returns, lengths])
    done = torch.tensor([False, True, True])
    ended.add([torch.tensor([math.nan, 1.0, 2.0]), torch.tensor([math.inf, 5.0, 7.0])], done)
    ended.take(ended.give())
    assert (returns.get_mean().item(), lengths.get_mean().item(), returns.current_size) == (1.5, 6.0, 2)


def test_samples_are_those_of_torch_normal():
    mean, deviation = torch.randn(50, 3), torch.rand(50, 3)
    torch.manual_seed(5)
    expected = torch.normal(mean, deviation)
    torch.manual_seed(5)
    assert torch.equal(sample_gaussian(mean, deviation), expected)


def test_all_is_read_at_once_and_given_to_who_asked():
    readback, taken = Readback(), []
    readback.add(lambda: [torch.tensor(3), torch.ones(2, dtype=torch.bool)], taken.append)
    readback.add(list, taken.append)
    (value,) = readback.read([torch.full((2, 2), 0.5, dtype=torch.bfloat16)])
    assert value.tolist() == [[0.5, 0.5], [0.5, 0.5]]
    assert [[tensor.tolist() for tensor in group] for group in taken] == [[3, [True, True]], []]
    assert to_host([]) == []


@pytest.mark.parametrize("wrong", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize(("where", "what"), [("losses", "the loss"), ("weights", "a weight of the network")])
def test_a_training_ends_where_a_number_is_none(wrong, where, what):
    network, losses = nn.Linear(3, 3), torch.zeros(4)
    values = losses if where == "losses" else network.weight
    values.data.flatten()[2] = wrong
    with pytest.raises(DivergedError, match=what):
        check_finite([losses], size_of_weights(network), 1, NothingSeen())


class NothingSeen:
    def check(self, epoch):
        pass
