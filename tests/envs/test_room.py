"""The room that mujoco_warp gets for a task: enough for what its robots do, and not for what they never do."""

import mujoco
import pytest
import torch

from gymctl.config import compose
from gymctl.envs import factory
from gymctl.sim.devices import Backend

warp_limits = pytest.importorskip("gymctl.sim.warp_limits", exc_type=ImportError)
CPU = torch.device("cpu")


def make(num_envs, engine="mujoco", task="Anymal", *overrides):
    settings = {"num_envs": num_envs, "seed": 3}
    return factory.make(compose(task, settings=settings, overrides=overrides), Backend(engine, CPU, CPU))


def test_it_is_enough_for_other_worlds_and_less_than_tangled_robots_need():
    from gymctl.envs.room import measure_room

    env = make(12)
    room = measure_room(env)
    env.close()
    others = make(64)
    others.reset()
    rows = 0
    for _ in range(60):
        others.step(torch.randn(64, 12))
        for index in range(0, 64, 4):
            data = others.sim.get_data(index)
            mujoco.mj_forward(others.sim.model, data)
            rows = max(rows, data.nefc)
    assert rows <= room.njmax < warp_limits.measure(others.sim.model).njmax


def test_the_env_of_a_task_gets_it_unless_the_config_says_otherwise():
    env = make(2, "mujoco_warp", "Cartpole", "task.sim.mujoco.njmax=24")
    assert env.sim.limits == (16, 24)
    env.close()
