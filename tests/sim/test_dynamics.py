"""The factorised inertia of many worlds against MuJoCo's own functions."""

import mujoco
import numpy as np
import pytest
import torch

from gymctl.sim.mujoco_engine import MujocoSimulation

BRANCHED = """
<mujoco>
  <worldbody>
    <body>
      <joint axis="0 1 0"/><geom size=".1" density="500"/>
      <body pos="0 0 -.3"><joint type="ball"/><geom type="box" size=".1 .05 .2" density="300"/></body>
    </body>
    <body pos="2 0 2">
      <freejoint/><geom type="box" size=".2 .1 .1" pos=".05 0 0"/>
      <body pos=".3 0 0">
        <joint axis="0 1 0"/><geom size=".08"/>
        <body pos=".2 0 0"><joint axis="1 0 0"/><joint axis="0 0 1" pos=".1 0 0"/><geom size=".1" pos="0 .2 0"/></body>
        <body pos="0 .2 0"><joint axis="1 1 0"/><geom size=".1" pos=".1 .2 0"/></body>
      </body>
      <body pos="-.3 0 0"><joint axis="0 0 1"/><geom type="capsule" fromto="0 0 0 -.4 .1 0" size=".05"/></body>
    </body>
    <body pos="4 0 2"><freejoint/><geom size=".1"/></body>
    <body pos="6 0 2"><joint type="slide" axis="1 0 0"/><geom size=".1"/></body>
  </worldbody>
</mujoco>
"""


@pytest.fixture
def sim():
    sim = MujocoSimulation(mujoco.MjModel.from_xml_string(BRANCHED), 3)
    sim.qvel[:] = torch.rand(sim.qvel.shape, generator=torch.Generator().manual_seed(0))
    return sim


def expected(sim, worlds, vectors, function):
    results = np.zeros(vectors.shape)
    for world, vector, result in zip(worlds, vectors, results, strict=True):
        mujoco.mj_forward(sim.model, world)
        function(sim.model, world, result, vector)
    return torch.from_numpy(results).float()


def solve(model, data, result, vector):
    mujoco.mj_solveM(model, data, result[None], vector[None])


def test_it_solves_and_multiplies_as_mujoco_does_in_every_kind_of_tree_step_after_step(sim):
    inertia = sim.inertia()
    vectors = np.random.default_rng(1).normal(size=(3, sim.model.nv))
    for _ in range(2):
        worlds = [sim.get_data(world) for world in range(3)]
        sim.step(5)
        last = [sim.get_data(world) for world in range(3)]
        for world, data in zip(worlds, last, strict=True):
            for _ in range(4):  # the factors are those at the beginning of the fifth timestep
                mujoco.mj_step(sim.model, world)
            assert not np.array_equal(world.qpos, data.qpos)
        solved, multiplied = (
            function(torch.from_numpy(vectors)).clone() for function in (inertia.solve, inertia.multiply)
        )
        torch.testing.assert_close(solved, expected(sim, worlds, vectors, solve), rtol=1e-4, atol=1e-4)
        torch.testing.assert_close(multiplied, expected(sim, worlds, vectors, mujoco.mj_mulM), rtol=1e-4, atol=1e-4)


def test_solving_undoes_multiplying(sim):
    inertia = sim.inertia()
    sim.step()
    vectors = torch.rand(3, sim.model.nv)
    torch.testing.assert_close(inertia.solve(inertia.multiply(vectors).clone()), vectors, rtol=1e-4, atol=1e-4)


def test_a_refresh_brings_the_factors_of_the_state_that_was_written(sim):
    sim.output("xpos")  # so that a refresh computes the state
    inertia = sim.inertia()
    sim.step()
    ones = torch.ones(3, sim.model.nv)
    before = inertia.solve(ones).clone()
    sim.qpos[1, 0] += 1.0
    sim.qpos[1, 1:5] = torch.tensor([0.0, 1.0, 0.0, 0.0])
    sim.refresh(torch.tensor([1]))
    after = inertia.solve(ones).clone()
    assert (after[1] - before[1]).abs().max() > 1e-3
    world = sim.get_data(1)
    torch.testing.assert_close(
        after[1:2], expected(sim, [world], ones[1:2].double().numpy(), solve), rtol=1e-4, atol=1e-4
    )
