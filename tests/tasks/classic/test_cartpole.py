"""The simulated Cartpole against the facts and against the equations of motion."""

import pytest
import torch

from gymctl.config import compose
from gymctl.envs import factory

POLE_INERTIA = 1000 * 0.04 * 0.06 * 1.0 * (0.06**2 + 1) / 12
"""Of a solid box of density 1000, though the pole's mass is 1 kg: Isaac Gym's importer sets masses last [kg m^2]."""


@pytest.fixture
def env():
    env = factory.make(compose("Cartpole", settings={"num_envs": 2, "seed": 0}))
    env.reset()
    yield env
    env.close()


def test_the_model_has_the_original_masses_limits_and_joint_order(env):
    model = env.sim.model
    assert [model.joint(i).name for i in range(model.njnt)] == ["slider_to_cart", "cart_to_pole"]
    assert model.body("cart").mass == model.body("pole").mass == pytest.approx(1.0)
    assert model.body("pole").ipos == pytest.approx([0, 0, 0.47])
    assert sorted(model.body("pole").inertia)[-1] == pytest.approx(POLE_INERTIA, rel=1e-4)
    assert model.joint("slider_to_cart").range == pytest.approx([-4, 4])


def test_a_push_accelerates_cart_and_pole_by_the_equations_of_motion(env):
    """400 N on an upright pole at rest: (M+m) x'' - m l θ'' = F and (I + m l²) θ'' - m l x'' = 0 for one short step."""
    env.sim.qpos.zero_()
    env.sim.qvel.zero_()
    length, inertia, force = 0.47, POLE_INERTIA, 400.0
    determinant = 2 * (inertia + length**2) - length**2
    cart_acceleration = force * (inertia + length**2) / determinant
    pole_acceleration = force * length / determinant
    env.sim.substeps = 1
    env.step(torch.tensor([[1.0], [-1.0]]))
    dt = env.sim.model.opt.timestep
    assert env.sim.qvel[0].tolist() == pytest.approx([cart_acceleration * dt, pole_acceleration * dt], rel=1e-3)
    assert env.sim.qvel[1].tolist() == pytest.approx([-cart_acceleration * dt, -pole_acceleration * dt], rel=1e-3)


def test_gravity_tips_the_pole_further(env):
    env.sim.qpos[:, 1] = torch.tensor([0.1, -0.1], dtype=torch.float64)
    env.sim.qvel.zero_()
    for _ in range(10):
        env.step(torch.zeros(2, 1))
    assert env.sim.qpos[0, 1] > 0.1
    assert env.sim.qpos[1, 1] < -0.1


def test_joints_never_move_faster_than_the_originals(env):
    env.sim.qpos.zero_()
    env.sim.qvel[:] = torch.tensor([[120.0, 9.0], [-120.0, -9.0]])
    _, reward, *_ = env.step(torch.zeros(2, 1))
    assert env.sim.qvel[0].tolist() == [100.0, 8.0]
    assert env.sim.qvel[1].tolist() == [-100.0, -8.0]
    cost = 0.01 * 100 + 0.005 * 8 + env.sim.qpos[:, 1] ** 2
    assert reward.tolist() == pytest.approx((1 - cost).tolist(), abs=1e-5)
