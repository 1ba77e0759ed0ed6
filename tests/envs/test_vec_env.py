"""The step contract, on the real tasks and the real simulator."""

import pytest
import torch

from gymctl.config import compose
from gymctl.core.errors import InputError
from gymctl.envs import factory
from gymctl.envs.vec_env import mean_of_rows
from gymctl.sim.devices import Backend
from gymctl.tasks.classic.cartpole import Cartpole


def make(task, *overrides, num_envs=8, seed=0):
    return factory.make(compose(task, settings={"num_envs": num_envs, "seed": seed}, overrides=overrides))


def random_actions(env, generator):
    return torch.rand(env.num_envs, env.task.num_actions, generator=generator) * 2 - 1


@pytest.mark.parametrize("task", ["Ant", "Anymal", "AnymalTerrain", "Cartpole", "Humanoid"])
def test_shapes_and_dtypes_are_those_of_the_contract(task):
    env = make(task)
    observations = env.reset()
    assert set(observations) == {"obs"}
    observations, reward, done, extras = env.step(torch.zeros(8, env.task.num_actions))
    assert observations["obs"].shape == (8, env.task.num_observations)
    assert observations["obs"].dtype == reward.dtype == torch.float32
    assert reward.shape == done.shape == extras["time_outs"].shape == (8,)
    assert done.dtype == extras["time_outs"].dtype == torch.bool


def test_a_time_limit_ends_the_episode_and_the_next_one_starts_in_the_same_step():
    env = make("Cartpole", "task.env.episodeLength=4")
    env.reset()
    for step in range(1, 9):
        observations, _, done, extras = env.step(torch.zeros(8, 1))
        assert done.all() == (step % 4 == 0)
        assert torch.equal(done, extras["time_outs"])
        assert torch.equal(env.progress_buf, torch.full((8,), step % 4))
    assert (observations["obs"][:, [0, 2]].abs() <= 0.1).all()
    assert (observations["obs"][:, [1, 3]].abs() <= 0.25).all()


@pytest.mark.parametrize(
    ("task", "length", "steps"),
    [
        ("Ant", "episodeLength=5", 5),
        ("Anymal", "learn.episodeLength_s=.1", 5),
        ("Cartpole", "episodeLength=5", 5),
        ("Humanoid", "episodeLength=5", 5),
        ("AnymalTerrain", "learn.episodeLength_s=.1", 4),
        ("BallBalance", "maxEpisodeLength=5", 4),
        ("Ingenuity", "maxEpisodeLength=5", 4),
        ("Quadcopter", "maxEpisodeLength=5", 4),
    ],
)
def test_an_episode_has_as_many_steps_as_in_isaac_gym_envs(task, length, steps):
    env = make(task, f"task.env.{length}")
    env.reset()
    time_outs = [env.step(torch.zeros(8, env.task.num_actions))[3]["time_outs"].all().item() for _ in range(steps)]
    assert time_outs == [False] * (steps - 1) + [True]


def test_a_termination_is_no_time_out_and_carries_the_reward_of_the_lost_state():
    env = make("Cartpole")
    env.reset()
    env.sim.qpos[3, 1] = 2.0
    observations, reward, done, extras = env.step(torch.zeros(8, 1))
    assert done.nonzero().flatten().tolist() == [3]
    assert not extras["time_outs"].any()
    assert reward[3] == -2.0
    assert observations["obs"][3, 2].abs() <= 0.1
    assert (reward[[0, 1, 2, 4]] > 0.9).all()


def test_actions_are_clipped_before_they_act():
    strong, weak = make("Cartpole"), make("Cartpole")
    strong.reset(), weak.reset()
    one = strong.step(torch.full((8, 1), 100.0))[0]["obs"]
    other = weak.step(torch.full((8, 1), 1.0))[0]["obs"]
    assert torch.equal(one, other)


def test_observations_are_clipped_where_the_task_says_so():
    env = make("Cartpole", "task.env.clipObservations=0.05")
    assert env.reset()["obs"].abs().max() <= 0.05


def test_a_diverged_world_ends_its_own_episode_only_and_is_counted():
    env = make("Ant")
    env.reset()
    generator = torch.Generator().manual_seed(0)
    env.step(random_actions(env, generator))
    env.sim.qvel[5] = torch.nan
    observations, reward, done, extras = env.step(random_actions(env, generator))
    assert done.nonzero().flatten().tolist() == [5]
    assert not extras["time_outs"][5]
    assert reward[5] == 0.0
    assert env.num_diverged == 1
    assert env.progress_buf.tolist() == [2, 2, 2, 2, 2, 0, 2, 2]
    assert observations["obs"].isfinite().all()
    assert env.step(random_actions(env, generator))[1].abs().max() < 20  # no jump of the potential


def test_a_world_that_diverges_in_the_first_of_several_physics_steps_ends_its_own_episode_only():
    env, undisturbed = (make("Ant", "task.env.controlFrequencyInv=4") for _ in range(2))
    env.reset(), undisturbed.reset()
    actions = random_actions(env, torch.Generator().manual_seed(0))
    env.sim.qvel[5] = torch.nan
    observations, reward, done, extras = env.step(actions)
    others = torch.arange(8) != 5
    assert done.nonzero().flatten().tolist() == [5]
    assert not extras["time_outs"][5]
    assert reward[5] == 0.0
    assert env.num_diverged == 1
    assert torch.equal(observations["obs"][others], undisturbed.step(actions)[0]["obs"][others])


@pytest.mark.parametrize("task", ["Ant", "Anymal", "AnymalTerrain", "Cartpole", "Humanoid"])
def test_the_same_seed_gives_the_same_episodes_and_another_seed_does_not(task):
    def rollout(seed):
        env, generator = make(task, seed=seed), torch.Generator().manual_seed(1)
        env.reset()
        return torch.stack([env.step(random_actions(env, generator))[0]["obs"].clone() for _ in range(60)])

    assert torch.equal(rollout(3), rollout(3))
    assert not torch.equal(rollout(3), rollout(4))


def test_control_frequency_inv_repeats_the_simulation_step():
    env = make("Cartpole", "task.env.controlFrequencyInv=3")
    reference = make("Cartpole")
    env.reset(), reference.reset()
    env.step(torch.full((8, 1), 0.1))
    for _ in range(3):
        reference.step(torch.full((8, 1), 0.1))
    assert torch.equal(env.sim.qpos, reference.sim.qpos)
    assert env.control_dt == pytest.approx(3 * reference.control_dt)


def test_a_config_says_engine_and_devices():
    config = compose("Cartpole", settings={"physics_engine": "mujoco", "sim_device": "cpu", "rl_device": "cpu"})
    cpu = torch.device("cpu")
    assert factory.resolve_backend(config) == Backend("mujoco", cpu, cpu)


def test_reset_starts_everyone_anew():
    env = make("Ant")
    env.reset()
    for _ in range(5):
        env.step(torch.ones(8, 8))
    env.reset()
    assert (env.progress_buf == 0).all()
    assert torch.allclose(env.sim.qpos[:, :3], torch.tensor([0.0, 0.0, 0.44], dtype=torch.float64))


def test_a_key_that_a_task_reads_and_the_config_lacks_is_named():
    config = compose("Cartpole", settings={"num_envs": 2})
    del config.tree["task"]["env"]["maxEffort"]
    with pytest.raises(InputError, match=r"task\.env\.maxEffort is missing"):
        factory.make(config)


def test_observations_of_another_size_than_the_task_declares_are_told(monkeypatch):
    monkeypatch.setattr(Cartpole, "num_observations", 5)
    with pytest.raises(InputError, match=r"Cartpole.*\(8, 4\).*5"):
        make("Cartpole").reset()


def test_a_mean_over_the_episodes_that_ended_is_nan_when_none_did():
    values = torch.tensor([[1.0, 10.0], [2.0, torch.nan], [3.0, 30.0]])
    assert mean_of_rows(values, torch.tensor([True, False, True])).tolist() == [2, 20]
    assert mean_of_rows(values, torch.zeros(3, dtype=torch.bool)).isnan().all()
