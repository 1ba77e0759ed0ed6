"""The terms of a reward add up to it, whoever asks for them or not."""

import pytest
import torch

from gymctl.config import compose
from gymctl.envs import factory
from gymctl.tasks import registry
from tests.scaffold.conftest import location, made  # noqa: F401

NUM_ENVS = 6
STEPS = 12


def rollout(name, *, asking):
    """Rewards, and their terms where they are asked for; one robot is carried away, one pushed into the ground."""
    env = factory.make(compose(name, settings={"num_envs": NUM_ENVS, "seed": 0, "sim_device": "cpu"}))
    env.keep_reward_terms = asking
    env.reset()
    generator = torch.Generator().manual_seed(0)
    rewards, terms = [], []
    for step in range(STEPS):
        if step == STEPS // 2:
            env.sim.qpos[0, 0] += 9.0
            env.sim.qpos[1, 2:3] -= 0.8
        actions = torch.rand(NUM_ENVS, env.task.num_actions, generator=generator) * 2 - 1
        _, reward, _, extras = env.step(actions)
        rewards.append(reward.clone())
        terms.append(extras.get("reward_terms"))
    env.close()
    return torch.stack(rewards), terms


@pytest.fixture(params=[*registry.names(), "quadruped", "arm", "blank_quadruped"])
def name(request, made):  # noqa: F811
    """A task of gymctl's, or one that `gymctl new` made."""
    return location(made[request.param]) if request.param in made else request.param


def test_they_add_up_to_the_reward_and_asking_changes_nothing(name):
    rewards, terms = rollout(name, asking=True)
    plain, nothing = rollout(name, asking=False)
    assert torch.equal(rewards, plain)
    assert nothing == [None] * STEPS
    assert len({tuple(step) for step in terms}) == 1
    for step, reward in zip(terms, rewards, strict=True):
        assert all(term.shape == (NUM_ENVS,) for term in step.values())
        total = torch.stack(list(step.values())).double().sum(0)
        torch.testing.assert_close(total, reward.double(), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize(("name", "failure"), [("Ant", "fall"), ("Humanoid", "fall"), ("Cartpole", "lost")])
def test_a_failure_stands_alone(name, failure):
    _, terms = rollout(name, asking=True)
    failures = [(step, env) for step in terms for env in range(NUM_ENVS) if step[failure][env] != 0]
    assert failures
    for step, env in failures:
        assert {term for term, values in step.items() if values[env] != 0} == {failure}


def test_costs_are_negative_and_what_doesnt_change_is_there_too():
    _, terms = rollout("Humanoid", asking=True)
    assert all((step[name] <= 0).all() for step in terms for name in ("actions", "energy", "joint_limits"))
    assert (terms[0]["alive"] == 2.0).all()
