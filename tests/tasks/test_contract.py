"""The contract of a task, held by all of them: to observe changes nothing."""

import pytest
import torch

from gymctl.config import compose
from gymctl.envs import factory
from gymctl.tasks import registry

NUM_ENVS = 8
QUIET = {
    "AnymalTerrain": ["task.env.learn.addNoise=False", "task.env.learn.pushInterval_s=0.04"],
    "Trifinger": ["task.task.randomize=False"],
}


@pytest.fixture(params=registry.names())
def env(request):
    overrides = QUIET.get(request.param, [])
    env = factory.make(compose(request.param, settings={"num_envs": NUM_ENVS, "seed": 0}, overrides=overrides))
    env.reset()
    generator = torch.Generator().manual_seed(0)
    for _ in range(5):
        env.step(torch.rand(NUM_ENVS, env.task.num_actions, generator=generator) * 2 - 1)
    yield env
    env.close()


def leaves(tree, path=""):
    """All tensors of nested dicts, by path."""
    if not isinstance(tree, dict):
        return {path: tree}
    return {name: leaf for key, value in tree.items() for name, leaf in leaves(value, f"{path}/{key}").items()}


@pytest.mark.parametrize("just_reset", [False, True])
def test_to_observe_changes_nothing_and_twice_gives_the_same(env, just_reset):
    if just_reset:
        env.reset(torch.arange(NUM_ENVS) % 2 == 0)
    env.sim.qvel.mul_(50.0)  # faster than tasks allow after a step
    before = leaves(env.state_dict())
    outputs = {name: value.clone() for name, value in vars(env.task).items() if isinstance(value, torch.Tensor)}
    everyone = env.task.observe(None).clone()
    some = torch.tensor([1, 2, 6])
    for ids in (None, torch.ones(NUM_ENVS, dtype=torch.bool), torch.arange(NUM_ENVS), None):
        assert torch.equal(env.task.observe(ids), everyone)
    torch.testing.assert_close(env.task.observe(some), everyone[some])
    for name, value in leaves(env.state_dict()).items():
        assert torch.equal(value, before[name]), name
    for name, value in outputs.items():
        assert torch.equal(getattr(env.task, name), value), name


def test_the_first_observations_of_episodes_can_be_had_again(env):
    first = env.reset()["obs"].clone()
    again = env.task.observe(None).clamp(-env.clip_observations, env.clip_observations)
    assert torch.equal(first, again)
