"""What a step tells of motions, for tasks that have demonstrations of them."""

import pytest
import torch

from gymctl.config import compose
from gymctl.envs.vec_env import VecEnv
from gymctl.sim.mujoco_engine import MujocoSimulation
from tests.helpers.swinger import FAR, Swinger
from tests.helpers.tape import Tape


def make(*overrides, masks=False, recorder=None):
    config = compose("Cartpole", settings={"num_envs": 3, "sim_device": "cpu"}, overrides=overrides).task
    sim = MujocoSimulation(Swinger.build_model(config), 3, substeps=config.substeps)
    sim.prefers_masks, sim.recorder = masks, recorder
    env = VecEnv(Swinger(config, sim, torch.Generator().manual_seed(1)), sim, config, sim.device)
    env.reset()
    return env


@pytest.mark.parametrize("masks", [False, True])
def test_motions_are_those_of_the_episodes_that_ended_and_not_of_the_next_ones(masks):
    env = make(masks=masks)
    env.sim.qpos[1, 0] = FAR + 1.0
    _, _, done, extras = env.step(torch.zeros(3, 1))
    assert done.tolist() == extras["terminate"].tolist() == [False, True, False]
    assert extras["amp_obs"].shape == (3, env.task.num_amp_observations)
    assert extras["amp_obs"][1, 0] > FAR
    assert env.task.history[1].abs().max() < FAR
    assert torch.equal(extras["amp_obs"][0], env.task.history[0])


def test_a_time_limit_is_no_failure():
    env = make("task.env.episodeLength=3")
    steps = [env.step(torch.zeros(3, 1)) for _ in range(2)]
    assert [done.all().item() for _, _, done, _ in steps] == [False, True]
    assert not steps[1][3]["terminate"].any()


def test_a_recorded_step_tells_the_same():
    recorder = Tape()
    plain, recorded = make(masks=True), make(masks=True, recorder=recorder)
    for step in range(8):
        actions = torch.full((3, 1), 0.2 * step - 0.5)
        expected, found = plain.step(actions)[3], recorded.step(actions)[3]
        assert torch.equal(found["amp_obs"], expected["amp_obs"])
        assert torch.equal(found["terminate"], expected["terminate"])
    assert recorded.recorded


def test_demonstrations_go_on_where_a_state_was_taken():
    env = make()
    state = env.state_dict()
    expected = env.task.demonstrate(5)
    env.task.demonstrate(5)
    env.load_state_dict(state)
    assert torch.equal(env.task.demonstrate(5), expected)


def test_other_tasks_tell_no_motions():
    from gymctl.envs import factory

    env = factory.make(compose("Cartpole", settings={"num_envs": 2, "sim_device": "cpu"}))
    env.reset()
    assert not {"amp_obs", "terminate"} & env.step(torch.zeros(2, 1))[3].keys()
    env.close()
