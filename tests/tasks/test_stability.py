"""Worlds stay finite whatever the policy does."""

import pytest
import torch

from gymctl.config import compose
from gymctl.envs import factory

pytestmark = pytest.mark.slow

TASKS = [
    "AllegroHand",
    "Anymal",
    "AnymalTerrain",
    "BallBalance",
    "FrankaCabinet",
    "FrankaCubeStack",
    "HumanoidAMP",
    "Quadcopter",
    "Ingenuity",
    "ShadowHand",
    "Trifinger",
]


@pytest.mark.parametrize("task", TASKS)
def test_random_and_extreme_actions_leave_every_world_finite(task):
    env = factory.make(compose(task, settings={"num_envs": 32, "seed": 0}))
    env.reset()
    generator = torch.Generator().manual_seed(0)
    for step in range(400):
        if step % 20 == 0:
            extreme = torch.randint(0, 2, (16, env.task.num_actions), generator=generator) * 2.0 - 1.0
        random = torch.rand(16, env.task.num_actions, generator=generator) * 2 - 1
        observations, reward, *_ = env.step(torch.cat((random, extreme)))
        assert observations["obs"].isfinite().all()
        assert reward.isfinite().all()
    assert env.num_diverged == 0
