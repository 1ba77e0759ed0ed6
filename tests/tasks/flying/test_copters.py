"""The simulated copters: their models against the facts, their thrusts against Newton."""

import math

import mujoco
import numpy as np
import pytest
import torch

from gymctl.config import compose
from gymctl.envs import factory

PITCH_AND_ROLL = [f"rotor_{axis}{rotor}" for rotor in range(4) for axis in ("pitch", "roll")]


def make(task, *overrides, num_envs=8, seed=0):
    env = factory.make(compose(task, settings={"num_envs": num_envs, "seed": seed}, overrides=list(overrides)))
    env.reset()
    return env


@pytest.fixture
def quadcopter():
    env = make("Quadcopter")
    yield env
    env.close()


@pytest.fixture
def ingenuity():
    env = make("Ingenuity")
    yield env
    env.close()


def test_the_quadcopter_has_the_original_masses_inertias_joints_and_drives(quadcopter):
    model = quadcopter.sim.model
    assert [model.body(i).name for i in range(1, model.nbody)] == [
        "chassis",
        *(f"{part}{rotor}" for rotor in range(4) for part in ("rotor_arm", "rotor")),
    ]
    assert model.body_mass[1:4] == pytest.approx([0.0471238898, 0.000837758041, 0.0502654825])
    assert model.body("chassis").inertia == pytest.approx([0.000121344016, 0.000121344016, 0.000235619449])
    assert model.body("rotor2").inertia == pytest.approx([2.0525072e-05, 2.0525072e-05, 4.0212386e-05])
    assert model.body_mass.sum() == pytest.approx(0.251536852)
    assert [model.joint(i).name for i in range(1, model.njnt)] == PITCH_AND_ROLL
    assert [model.joint(model.actuator(i).trnid[0]).name for i in range(8)] == PITCH_AND_ROLL
    assert model.jnt_range[1:] == pytest.approx(np.tile([-0.523598776, 0.523598776], (8, 1)))
    assert model.actuator_gainprm[:8, 0] == pytest.approx(1000)
    assert model.dof_damping[6:] == pytest.approx(0)
    assert model.opt.timestep == pytest.approx(0.005)


def test_ingenuity_has_the_original_masses_and_inertias_and_flies_on_mars(ingenuity):
    model = ingenuity.sim.model
    names = ("chassis", "rotor_physics_0", "rotor_physics_1")
    assert [model.body(name).mass.item() for name in names] == pytest.approx([0.0864, 0.706858347, 0.706858347])
    assert model.body("chassis").inertia == pytest.approx([0.00020736] * 3)
    assert model.body("rotor_physics_1").inertia == pytest.approx([0.00398196869, 0.00398196869, 0.0079521564])
    assert model.body_mass.sum() * -model.opt.gravity[2] == pytest.approx(5.5819342)
    assert model.body("rotor_physics_1").pos == pytest.approx([0, 0, 0.025])


@pytest.mark.parametrize("task", ["Quadcopter", "Ingenuity"])
def test_nothing_can_touch_the_ground_above_the_height_at_which_episodes_end(task):
    """That is why contacts are off."""
    env = make(task)
    model, data = env.sim.get_model(0), env.sim.get_data(0)
    model.geom("floor").pos[2] = -100
    mujoco.mj_kinematics(model, data)
    chassis = model.body("chassis").id
    robot = [i for i in range(model.ngeom) if model.body_rootid[model.geom_bodyid[i]] == chassis]
    reach = max(np.linalg.norm(data.geom_xpos[i] - data.xpos[chassis]) + model.geom_rbound[i] for i in robot)
    assert reach < env.task.min_height


def test_a_thrust_pushes_along_its_rotors_own_axis_at_its_centre(quadcopter):
    sim = quadcopter.sim
    generator = torch.Generator().manual_seed(0)
    sim.qpos[:, 3:7] = torch.randn(8, 4, generator=generator)
    sim.qpos[:, 3:7] /= torch.linalg.vector_norm(sim.qpos[:, 3:7], dim=1, keepdim=True)
    model, data = sim.get_model(0), sim.get_data(0)
    data.ctrl[8:] = [0.0, 1.5, 0.5, 2.0]
    mujoco.mj_forward(model, data)
    by_motors = data.qacc.copy()
    for rotor, thrust in enumerate(data.ctrl[8:]):
        body = data.body(f"rotor{rotor}")
        body.xfrc_applied[:3] = thrust * body.xmat.reshape(3, 3)[:, 2]
    data.ctrl[8:] = 0
    mujoco.mj_forward(model, data)
    assert np.abs(by_motors[:6]).max() > 1
    assert data.qacc == pytest.approx(by_motors, rel=1e-9, abs=1e-9)


def test_tilts_follow_their_targets_within_a_step(quadcopter):
    """Targets move by a quarter of a radian a step for action 1, to the joints' limits."""
    start = quadcopter.sim.qpos[:, 7:].float()
    actions = torch.zeros(8, 12)
    actions[:, :8] = torch.eye(8)
    for step in range(1, 5):
        observations, *_ = quadcopter.step(actions)
        targets = (start + step * 0.08 * math.pi * torch.eye(8)).clamp(-math.pi / 6, math.pi / 6)
        torch.testing.assert_close(observations["obs"][:, 13:], targets, atol=0.02, rtol=0)


def test_thrusts_rise_by_2_newtons_a_step_and_stay_between_0_and_2(quadcopter):
    actions = torch.zeros(8, 12)
    actions[:, 8:] = 0.25
    quadcopter.step(actions)
    torch.testing.assert_close(quadcopter.sim.ctrl[:, 8:], torch.full((8, 4), 0.5, dtype=torch.float64))
    for value in (1.0, -1.0):
        for _ in range(2):
            quadcopter.step(torch.full((8, 12), value))
        assert (quadcopter.sim.ctrl[:, 8:] == (2.0 if value > 0 else 0.0)).all()


def test_a_quadcopter_hovers_when_its_thrusts_carry_its_weight(quadcopter):
    quadcopter.sim.qpos[:, 7:] = 0.0
    quadcopter.sim.ctrl[:, :8] = 0.0
    quadcopter.sim.ctrl[:, 8:] = 2.46757652 / 4
    height = quadcopter.sim.qpos[:, 2].clone()
    for _ in range(50):
        observations, *_ = quadcopter.step(torch.zeros(8, 12))
    torch.testing.assert_close(quadcopter.sim.qpos[:, 2], height, atol=1e-4, rtol=0)
    assert observations["obs"][:, 7:13].abs().max() < 1e-3


def test_ingenuity_hovers_when_its_thrusts_carry_its_weight(ingenuity):
    actions = torch.zeros(8, 6)
    actions[:, [2, 5]] = 5.5819342 / 40
    height = ingenuity.sim.qpos[:, 2].clone()
    for _ in range(50):
        observations, *_ = ingenuity.step(actions)
    torch.testing.assert_close(ingenuity.sim.qpos[:, 2], height, atol=1e-4, rtol=0)
    assert observations["obs"][:, 7:13].abs().max() < 1e-3


def test_sideways_forces_are_a_fifth_of_the_thrust_at_most_and_turn_with_the_body(ingenuity):
    sim = ingenuity.sim
    sim.qpos[:, 3:7] = torch.tensor([math.sqrt(0.5), 0.0, 0.0, math.sqrt(0.5)], dtype=torch.float64)  # x is now +y
    ingenuity.step(torch.tensor([[1.0, 0.0, 0.5, 1.0, 0.0, 0.5]]).repeat(8, 1))
    model, data = sim.get_model(0), sim.get_data(0)
    mujoco.mj_forward(model, data)
    assert sim.ctrl[0].tolist() == pytest.approx([2, 0, 10, 2, 0, 10])
    assert sim.qvel[0, 1] > 5 * abs(sim.qvel[0, 0])
    assert sim.qvel[0, 1] == pytest.approx(4 / 1.50011669 * 0.01, rel=0.05)


@pytest.mark.parametrize("task", ["Quadcopter", "Ingenuity"])
def test_turning_is_limited_to_two_turns_a_second(task):
    env = make(task)
    spin = torch.tensor([[30.0, 0.0, 0.0], [10.0, -20.0, 15.0], [3.0, 4.0, 0.0], [0.0, 0.0, -100.0]])
    env.sim.qvel[:4, 3:6] = spin.double()
    if task == "Quadcopter":
        env.sim.qpos[:, 7:] = 0.0
        env.sim.ctrl.zero_()
    observations, *_ = env.step(torch.zeros(8, env.task.num_actions))
    speed = torch.linalg.vector_norm(observations["obs"][:4, 10:13], dim=1) * math.pi
    assert speed.tolist() == pytest.approx([4 * math.pi, 4 * math.pi, 5.0, 4 * math.pi], rel=0.02)
    assert torch.linalg.vector_norm(env.sim.qvel[:, 3:6], dim=1).max() <= 4 * math.pi + 1e-9


def test_observations_are_in_the_worlds_axes():
    env = make("Ingenuity")
    env.sim.qpos[:, 3:7] = torch.tensor([math.sqrt(0.5), 0.0, math.sqrt(0.5), 0.0], dtype=torch.float64)
    env.sim.qvel[:, :3] = torch.tensor([1.0, 2.0, 3.0], dtype=torch.float64)
    env.sim.qvel[:, 3:6] = torch.tensor([1.0, 0.0, 0.0], dtype=torch.float64)  # body x, which is -z of the world
    env.sim.model.opt.gravity[:] = 0
    row = env.task.observe()[0]
    assert row[3:7].tolist() == pytest.approx([0, math.sqrt(0.5), 0, math.sqrt(0.5)], abs=1e-6)
    assert row[7:10].tolist() == pytest.approx([0.5, 1.0, 1.5])
    assert row[10:13].tolist() == pytest.approx([0, 0, -1 / math.pi], abs=1e-6)


@pytest.mark.parametrize("task", ["Quadcopter", "Ingenuity"])
def test_episodes_end_when_the_copter_is_too_low_or_too_far(task):
    env = make(task)
    env.sim.qpos[:, :3] = torch.tensor([0.0, 0.0, 1.0], dtype=torch.float64)
    env.sim.qpos[1, 2] = env.task.min_height - 0.05
    env.sim.qpos[2, 0] = 14.0
    assert env.step(torch.zeros(8, env.task.num_actions))[2].tolist() == [False, True, True, *[False] * 5]


def test_quadcopters_start_level_and_at_rest_near_the_target_without_thrust():
    env = make("Quadcopter", num_envs=256)
    offset = env.sim.qpos[:, :3] - torch.tensor([0.0, 0.0, 1.0], dtype=torch.float64)
    assert 1.4 < offset[:, :2].abs().max() <= 1.5
    assert -0.2 <= offset[:, 2].min() < 0 < 1.3 < offset[:, 2].max() <= 1.5
    assert (env.sim.qpos[:, 3:7] == torch.tensor([1.0, 0.0, 0.0, 0.0], dtype=torch.float64)).all()
    assert 0.18 < env.sim.qpos[:, 7:].abs().max() <= 0.2
    assert (env.sim.qvel == 0).all()
    assert torch.equal(env.sim.ctrl[:, :8], env.sim.qpos[:, 7:])
    assert (env.sim.ctrl[:, 8:] == 0).all()


def test_ingenuity_flies_to_another_target_every_500_steps_of_its_episode():
    env = make("Ingenuity", "task.env.maxEpisodeLength=1200", num_envs=64)
    start = env.sim.qpos.clone()
    start[:, :2] = 0.0  # no target is too far from here
    targets, done = [], torch.zeros(64, dtype=torch.bool)
    for step in range(1001):
        env.sim.qpos.copy_(start)  # held in place, so that episodes last
        env.sim.qvel.zero_()
        if step == 700:
            env.sim.qpos[5, 2] = 0.0
        observations, _, ended, _ = env.step(torch.zeros(64, 6))
        targets.append(observations["obs"][:, :3] * 3 + env.sim.qpos[:, :3].float())
        done |= ended
    assert done.nonzero().tolist() == [[5]]
    others = torch.arange(64) != 5
    for first, last in ((0, 499), (500, 999)):
        torch.testing.assert_close(targets[first][others], targets[last][others])
    for before, after in ((499, 500), (999, 1000)):
        assert ((targets[before] - targets[after])[others].abs().amax(1) > 1e-3).all()
    assert ((targets[699] - targets[701])[5].abs().max()) > 1e-3  # a new episode has targets of its own
    torch.testing.assert_close(targets[701][5], targets[1000][5])
    everything = torch.cat(targets)
    assert 4.5 < everything[:, :2].abs().max() < 5.001
    assert everything[:, 2].min() > 0.999
    assert everything[:, 2].max() < 2.001


def test_the_marker_stands_above_the_target(ingenuity):
    model, data = ingenuity.sim.get_model(0), ingenuity.sim.get_data(0)
    mujoco.mj_forward(model, data)
    observations, *_ = ingenuity.step(torch.zeros(8, 6))
    target = observations["obs"][0, :3] * 3 + ingenuity.sim.qpos[0, :3].float()
    assert data.geom("marker").xpos - [0, 0, 0.4] == pytest.approx(target.tolist(), abs=1e-5)
