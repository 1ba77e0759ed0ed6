"""AnymalTerrain in the simulator: where robots start, what they are told, how they move on, and what is logged."""

import pytest
import torch

from gymctl.config import compose
from gymctl.envs import factory
from gymctl.sim.frames import wxyz_to_xyzw
from gymctl.sim.rotations import rotation_matrix
from gymctl.tasks.locomotion.anymal_terrain_maths import compute_commands, compute_levels
from gymctl.tasks.locomotion.anymal_terrain_reward import REWARD_TERMS


def make(*overrides, num_envs=8, seed=0):
    settings = {"num_envs": num_envs, "seed": seed}
    return factory.make(compose("AnymalTerrain", settings=settings, overrides=overrides))


PLANE = "task.env.terrain.terrainType=plane"
QUIET = "task.env.learn.addNoise=False"


@pytest.fixture
def flat():
    env = make(PLANE, QUIET)
    env.reset()
    yield env
    env.close()


def test_a_control_step_is_four_simulation_steps_of_five_milliseconds(flat):
    assert flat.physics_steps == 4
    assert flat.control_dt == pytest.approx(0.02)
    assert flat.max_episode_length == 1000
    flat.step(torch.zeros(8, 12))
    assert flat.sim.get_data(0).time == pytest.approx(0.02)


def test_the_time_limit_is_told_as_such():
    env = make(PLANE, "task.env.learn.episodeLength_s=0.2")
    env.reset()
    for step in range(1, 10):
        *_, done, extras = env.step(torch.zeros(8, 12))
        assert done.all() == (step == 9)
        assert torch.equal(done, extras["time_outs"])


def test_robots_start_on_the_easiest_tiles_of_all_kinds_near_their_middles():
    env = make(num_envs=64)
    env.reset()
    assert (env.task.levels == 0).all()
    assert len(env.task.types.unique()) > 10
    offset = env.sim.qpos[:, :3] - env.task.origins
    assert (offset[:, :2].abs() <= 0.5 + 1e-5).all()
    assert offset[:, 2].numpy() == pytest.approx(0.62, abs=1e-5)
    assert env.task.origins[:, 0].unique().tolist() == [4]


def test_without_a_curriculum_robots_stay_on_tiles_of_any_level():
    env = make("task.env.terrain.curriculum=False", "task.env.learn.episodeLength_s=0.1", num_envs=64)
    env.reset()
    levels = env.task.levels.clone()
    assert len(levels.unique()) > 5
    for _ in range(8):
        env.step(torch.zeros(64, 12))
    assert torch.equal(env.task.levels, levels)


def test_a_robot_that_walks_far_moves_up_and_one_that_lags_behind_its_own_command_moves_down():
    levels = torch.tensor([0, 5, 5, 5, 0, 9, 5])
    walked = torch.tensor([4.5, 4.5, 2.0, 2.0, 0.0, 4.5, 4.5])
    speeds = torch.tensor([0.5, 0.5, 0.5, 0.3, 1.0, 0.5, 1.0])
    commands = torch.zeros(7, 4)
    commands[:, 0] = speeds
    after = compute_levels(levels, walked, commands, 20.0, 4.0, num_levels=10)
    assert after.tolist() == [1, 6, 4, 5, 0, 0, 5]  # the last: far, but less than a quarter of what it was told


def test_a_promoted_robot_starts_its_next_episode_on_the_next_tile():
    env = make("task.env.learn.episodeLength_s=0.1")
    env.reset()
    types = env.task.types.clone()
    env.step(torch.zeros(8, 12))
    env.sim.qpos[2, :2] += 4.5
    for _ in range(3):
        env.step(torch.zeros(8, 12))
    assert env.task.levels.tolist() == [0, 0, 1, 0, 0, 0, 0, 0]
    assert torch.equal(env.task.origins, env.task.tile_origins[env.task.levels, types])
    assert (env.sim.qpos[2, :2] - torch.tensor([12.0, 8 * types[2] + 4])).abs().max() <= 0.5


def test_a_robot_whose_world_diverged_stays_on_its_level():
    env = make()
    env.reset()
    env.task.levels.fill_(3)
    env.step(torch.zeros(8, 12))
    env.sim.qvel[5] = torch.nan
    done = env.step(torch.zeros(8, 12))[2]
    assert done.nonzero().flatten().tolist() == [5]
    assert env.task.levels.tolist() == [3] * 8


def test_a_level_is_changed_once_for_an_episode():
    env = make("task.env.learn.episodeLength_s=0.1")
    env.reset()
    for step in range(1, 5):
        if step == 4:
            env.sim.qpos[2, :2] += 4.5
        env.step(torch.zeros(8, 12))
    assert env.task.levels[2] == 1
    env.reset()
    assert env.task.levels[2] == 1


def test_slow_commands_are_commands_to_stand(flat):
    env = make(PLANE, num_envs=512)
    env.reset()
    speed = torch.linalg.vector_norm(env.task.commands[:, :2], dim=1)
    standing = speed == 0
    assert 0 < standing.sum() < 60
    assert (speed[~standing] > 0.25).all()
    assert (env.task.commands[standing, 3] == 0).all()
    assert env.task.commands[:, 3].abs().max() > 3


def test_the_commanded_turning_rate_leads_to_the_heading():
    yaw = torch.tensor([0.0, 1.0, -2.0, 3.0])
    quat = torch.stack((0 * yaw, 0 * yaw, (yaw / 2).sin(), (yaw / 2).cos()), dim=1)
    commands = torch.tensor([[0.5, 0, 9, 0.4], [0.5, 0, 9, 0.4], [0.5, 0, 9, 3.0], [0.5, 0, 9, -3.0]])
    turned = compute_commands(quat, commands)
    # the third wraps from above π; the last doesn't from below -π, as in the original
    assert turned[:, 2].tolist() == pytest.approx([0.2, -0.3, 0.5 * (5.0 - 2 * torch.pi), -1.0], abs=1e-5)
    assert torch.equal(turned[:, [0, 1, 3]], commands[:, [0, 1, 3]])


def test_observations_show_gravity_from_the_robot_and_absolute_joint_angles(flat):
    generator = torch.Generator().manual_seed(0)
    for _ in range(10):
        actions = torch.rand(8, 12, generator=generator) * 4 - 2
        observations = flat.step(actions)[0]["obs"]
    quat = torch.roll(flat.sim.qpos[:, 3:7], -1, dims=1).float()
    gravity = torch.tensor([0.0, 0, -1]) @ rotation_matrix(quat)
    torch.testing.assert_close(observations[:, 6:9], gravity, atol=1e-6, rtol=0)
    torch.testing.assert_close(observations[:, 12:24], flat.sim.qpos[:, 7:].float())
    torch.testing.assert_close(observations[:, 176:], actions)  # not clipped
    height = flat.sim.qpos[:, 2:3].float() - 0.5
    torch.testing.assert_close(observations[:, 36:176], 5 * height.expand(8, 140))


def test_noise_is_uniform_and_of_the_configured_width():
    noisy, quiet = make(PLANE, num_envs=2000), make(PLANE, QUIET, num_envs=2000)
    for env in (noisy, quiet):
        env.reset()
        env.sim.qpos.copy_(torch.from_numpy(env.sim.model.qpos0))
        env.sim.qvel.zero_()
        env.task.commands.zero_()
        env.sim.refresh()
    noise = noisy.task.observe() - quiet.task.observe()
    widths = noise.abs().amax(0)
    expected = [0.2] * 3 + [0.05] * 6 + [0.0] * 3 + [0.01] * 12 + [0.075] * 12 + [0.3] * 140 + [0.0] * 12
    assert widths.tolist() == pytest.approx(expected, rel=0.02, abs=1e-6)
    assert noise.mean(0).abs().max() < 0.02


def test_every_robot_is_pushed_every_fifteen_seconds():
    env = make(PLANE, QUIET, "task.env.learn.pushInterval_s=0.1")
    env.reset()
    for step in range(1, 11):
        before = env.sim.qvel[:, :2].clone()
        env.step(torch.zeros(8, 12))
        jump = (env.sim.qvel[:, :2] - before).abs().amax(1)
        assert (jump > 0.05).all() == (step % 5 == 0)
    assert make(PLANE).task.push_interval == 750


def test_a_push_is_a_velocity_of_the_trunks_centre_of_mass_though_it_turns():
    env = make(PLANE, QUIET, "task.env.learn.pushInterval_s=0.02", num_envs=64)
    env.reset()
    env.sim.qpos[:, 2] = 3.0
    env.sim.qvel[:, 3:6] = 20.0
    observations, *_ = env.step(torch.zeros(64, 12))
    matrix = rotation_matrix(wxyz_to_xyzw(env.sim.qpos[:, 3:7]).float())
    lin_vel = (matrix @ observations["obs"][:, :3, None] / 2.0)[:, :2, 0]
    assert lin_vel.abs().max() <= 1 + 1e-5
    assert lin_vel.abs().max() > 0.95


def test_robots_differ_in_friction_and_every_hundredth_has_the_same():
    env = make(PLANE, num_envs=201)
    model = env.sim.get_model(3)
    robot = torch.from_numpy(model.geom_bodyid != 0)
    friction = torch.tensor([float(env.sim.get_model(i).geom_friction[robot.numpy(), 0].max()) for i in range(201)])
    assert (friction >= 0.75).all()  # the mean of 0.5 and the ground's 1
    assert (friction <= 1.125).all()
    assert len(friction[:100].unique()) > 95
    assert torch.equal(friction[:100], friction[100:200])
    assert (model.geom_friction[robot.numpy(), 0] == model.geom_friction[robot.numpy(), 0][0]).all()


def test_feet_that_stand_carry_the_weight(flat):
    flat.sim.qpos[:, 7:] = flat.task.default_dof_pos.double()
    flat.sim.qvel.zero_()
    for _ in range(100):
        flat.step(torch.zeros(8, 12))
    forces = flat.task.contact_forces()
    weight = flat.sim.model.body_mass.sum() * 9.81
    assert forces[:, 5:, 2].sum(1).numpy() == pytest.approx(weight, rel=0.02)
    assert (forces[:, 5:, 2] > 1).all()
    assert (forces[:, :5] == 0).all()
    assert (flat.task.feet_air_time == 0).all()


def test_episode_numbers_are_means_over_the_episodes_that_ended(flat):
    names = [*(f"rew_{term}" for term in REWARD_TERMS), "terrain_level"]
    for _ in range(5):
        extras = flat.step(torch.zeros(8, 12))[3]
    assert list(extras["episode"]) == names
    assert all(value.isnan() for value in extras["episode"].values())
    sums = flat.task.reward_sums.clone()
    flat.sim.qpos[2:4, 3:7] = torch.tensor([0, 1.0, 0, 0])  # falling on their backs
    flat.sim.qpos[2:4, 2] = 0.11
    flat.sim.qvel[2:4, :3] = torch.tensor([0.0, 0.0, -1.0])
    *_, done, extras = flat.step(torch.zeros(8, 12))
    assert done.nonzero().flatten().tolist() == [2, 3]
    last_step = flat.task.weights[0]  # at most
    logged = extras["episode"]["rew_lin_vel_xy"].item()
    assert sums[2:4, 0].mean() / 20 <= logged <= (sums[2:4, 0].mean() + last_step) / 20
    assert (flat.task.reward_sums[2:4] == 0).all()
    assert (flat.task.reward_sums[[0, 1, 4, 5, 6, 7], 0] > 0).all()
    assert extras["episode"]["terrain_level"] == 0
