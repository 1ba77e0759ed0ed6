"""Agents without a policy act in the range of actions, and alike with the same seed."""

import pytest
import torch

from gymctl.core.errors import InputError
from gymctl.envs.factory import resolve_backend
from gymctl.policies.find import find_policy_to_play
from gymctl.policies.modes import ActionMode
from gymctl.policies.play import play
from gymctl.policies.untrained import UntrainedAgent

CPU = torch.device("cpu")
OBSERVATIONS = torch.randn(500, 60)


def test_zero_actions_are_zero():
    assert torch.equal(UntrainedAgent("zero", 8, 0, CPU).act(OBSERVATIONS), torch.zeros(500, 8))


def test_random_actions_are_uniform_and_the_seeds():
    agent, again, other = (UntrainedAgent("random", 8, seed, CPU) for seed in (0, 0, 1))
    actions = agent.act(OBSERVATIONS)
    assert actions.abs().max() <= 1.0
    assert actions.mean().abs() < 0.05
    assert actions.square().mean() == pytest.approx(1 / 3, abs=0.02)
    assert torch.equal(actions, again.act(OBSERVATIONS))
    assert not torch.equal(actions, other.act(OBSERVATIONS))
    assert not torch.equal(actions, agent.act(OBSERVATIONS))


@pytest.mark.parametrize("agent", ["zero", "random"])
def test_it_plays_with_the_tasks_own_config(tmp_path, agent):
    source = find_policy_to_play(
        "Cartpole",
        None,
        agent=agent,
        episodes=3,
        settings={},
        overrides=["task.env.episodeLength=9"],
        runs_dir=tmp_path,
    )
    assert source.config.num_envs == 3
    played = play(source, ActionMode.choose(None, False, agent), resolve_backend(source.config), 1)
    assert played.length.max == 9


def test_what_acts_is_said_once():
    with pytest.raises(InputError, match="not with 'pretrained'"):
        find_policy_to_play("Cartpole", "pretrained", agent="zero", settings={})
    with pytest.raises(InputError, match="no agent 'clever'"):
        ActionMode.choose(None, False, "clever")
    for sigma, stochastic in ((0.5, False), (None, True)):
        with pytest.raises(InputError, match="no policy that --sigma or --stochastic"):
            ActionMode.choose(sigma, stochastic, "zero")
