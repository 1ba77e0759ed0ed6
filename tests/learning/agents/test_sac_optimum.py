"""Soft actor-critic finds values and actions that are known beforehand."""

import pytest
import torch
from rl_games.common.algo_observer import AlgoObserver

from gymctl.envs import factory
from gymctl.learning.bridge import RlGamesVecEnv
from gymctl.learning.prepare import prepare_training
from gymctl.learning.session import build_agent
from gymctl.runs.directory import create_run

pytestmark = pytest.mark.slow

REWARD = "upright = 1.0 - observations[:, 1] ** 2\n        return upright, observations[:, 1].abs() > 1.5"
ALWAYS = "return torch.ones_like(observations[:, 0]), observations[:, 0] > {limit}"
TRACKING = "return -((self.last[:, 0] - 5.0 * observations[:, 0]) ** 2), observations[:, 0] < 9.0"

QUICK = {
    "batch_size": 64,
    "replay_buffer_size": 20000,
    "num_warmup_steps": 4,
    "num_updates_per_step": 2,
    "critic_tau": 0.2,
    "critic_lr": 0.003,
    "actor_lr": 0.003,
    "gamma": 0.8,
    "init_alpha": 1e-4,
    "learnable_temperature": False,
}


@pytest.fixture
def learned(walker, tmp_path):
    """Trains the walker with another reward for some epochs and returns the agent, as it acts."""

    def train(reward, epochs, **settings):
        walker(REWARD, reward)
        config = {f"train.params.config.{key}": value for key, value in (QUICK | settings).items()}
        words = ["train=AntSAC", "task.env.episodeLength=4", "train.params.network.mlp.units=[32,32]"]
        training = prepare_training(
            "Walker",
            settings={"sim_device": "cpu", "rl_device": "cpu", "num_envs": 32, "max_iterations": epochs, "seed": 1},
            overrides=[*words, *(f"{key}={value}" for key, value in config.items())],
            runs_dir=tmp_path / "runs",
        )
        env = factory.make(training.config, training.backend)
        run = create_run("Walker", tmp_path / "runs")
        agent = build_agent(training, run, RlGamesVecEnv(env, "Walker"), _Silent())
        agent.train()
        env.close()
        agent.set_eval()
        return agent

    return train


@torch.no_grad()
def values(agent):
    """What the critics expect of steps that were made."""
    obs, actions, *_ = agent.replay_buffer.sample(500)
    return torch.stack(agent.model.critic(agent.preproc_obs(obs), actions))


def test_a_reward_of_1_is_worth_the_whole_horizon_though_episodes_are_cut_short(learned):
    assert values(learned(ALWAYS.format(limit=9.0), 20)).mean() == pytest.approx(1 / (1 - 0.8), rel=0.05)


def test_a_reward_of_1_is_worth_1_where_it_ends_the_episode(learned):
    assert values(learned(ALWAYS.format(limit=-9.0), 20)).mean() == pytest.approx(1.0, rel=0.05)


def test_the_actor_finds_the_best_action_of_each_observation(learned):
    agent = learned(TRACKING, 20)
    obs = agent.replay_buffer.sample(500)[0]
    best = 5.0 * obs[:, :1]
    error = (agent.act(obs, 1) - best).abs().mean()
    assert best.std() > 0.2
    assert error < 0.05


class _Silent(AlgoObserver):
    """Observes nothing."""

    def after_print_stats(self, *_):
        pass
