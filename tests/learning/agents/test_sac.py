"""Soft actor-critic: learning, its replay buffer, stopping, and what a checkpoint carries over."""

from types import SimpleNamespace

import pytest
import torch
from rl_games.common.algo_observer import AlgoObserver

from gymctl.config import Config
from gymctl.core.errors import InputError
from gymctl.envs import factory
from gymctl.envs.factory import resolve_backend
from gymctl.learning.bridge import RlGamesVecEnv
from gymctl.learning.prepare import prepare_training
from gymctl.learning.session import build_agent, run_training
from gymctl.policies.checkpoints.loading import load_checkpoint
from gymctl.policies.export.exporter import export
from gymctl.policies.find import find_policy, find_policy_to_play
from gymctl.policies.modes import ActionMode
from gymctl.policies.play import play
from gymctl.runs.directory import create_run
from tests.helpers.layouts import sac_of_2022

pytestmark = pytest.mark.slow

SMALL = (
    "train=AntSAC",
    "train.params.network.mlp.units=[32,32]",
    "train.params.config.batch_size=64",
    "train.params.config.num_updates_per_step=1",
    "train.params.config.replay_buffer_size=2000",
    "train.params.config.num_warmup_steps=3",
    "train.params.config.save_best_after=4",
)


@pytest.fixture
def start(tmp_path):
    """Trains Cartpole; arguments as of `prepare_training`, the limit as ``epochs``."""

    def run(epochs, *overrides, resume=None, should_stop=lambda: None, seed=None):
        settings = {"num_envs": 16, "max_iterations": epochs, "seed": seed}
        training = prepare_training(
            "Cartpole", settings=settings, overrides=(*SMALL, *overrides), resume=resume, runs_dir=tmp_path
        )
        history = []
        result = run_training(training, on_progress=history.append, should_stop=should_stop)
        return SimpleNamespace(
            run=result.run, last=result.last_checkpoint, progress=result.progress, history=history, notes=training.notes
        )

    return run


def test_it_learns(start):
    """Pushed at random, the pole brings a return of some 5; after 1,000 updates and 15,000 steps, ten times that."""
    settings = {"batch_size": 256, "init_alpha": 0.1, "actor_lr": 0.002, "critic_lr": 0.002, "critic_tau": 0.02}
    trained = start(120, *(f"train.params.config.{key}={value}" for key, value in settings.items()), seed=1)
    assert trained.history[9].reward_mean < 15
    assert trained.progress.best_reward > 50


def test_it_stops_at_its_last_epoch_though_no_episode_has_ended(start):
    trained = start(2, "task.env.resetDist=1e9", "task.env.episodeLength=1000")
    assert (trained.progress.epoch, trained.progress.env_steps) == (2, 2 * 8 * 16)
    assert trained.progress.reward_mean is None or trained.progress.length_mean < 17
    assert load_checkpoint(trained.last)["epoch"] == 2


def test_it_stops_when_it_is_asked_to_and_leaves_a_checkpoint(start):
    trained = start(1000, should_stop=lambda: "asked")
    assert trained.progress.epoch == 1
    assert load_checkpoint(trained.last)["epoch"] == 1


def test_the_same_seed_gives_the_same_networks(start):
    first, second, other = (load_checkpoint(start(5, seed=seed).last)["model"] for seed in (1, 1, 2))
    key = "sac_network.actor.trunk.0.weight"
    assert torch.equal(first[key], second[key])
    assert not torch.equal(first[key], other[key])


def test_a_checkpoint_has_rl_games_keys_and_loads_with_weights_only(start):
    trained = start(6, "task.env.episodeLength=12")
    assert (trained.run.nn_dir / "AntSAC.pth").is_file()
    state = torch.load(trained.last, weights_only=True)
    assert {"actor", "critic", "critic_target", "running_mean_std", "epoch", "frame"} <= state.keys()
    assert {"actor_optimizer", "critic_optimizer", "log_alpha_optimizer"} <= state.keys()
    assert state["env_state"]["task"] == "Cartpole"


def test_resume_carries_on_with_temperature_counters_optimizers_and_best(start):
    first = start(8, "task.env.episodeLength=12")
    before = load_checkpoint(first.last)
    best = first.run.nn_dir / "AntSAC.pth"
    for file in (best, first.last):  # a best that can't be beaten
        torch.save({**torch.load(file, weights_only=True), "last_mean_rewards": 1e6}, file)
    unbeaten = best.read_bytes()
    second = start(12, resume=str(first.run.path))
    after = load_checkpoint(second.last)
    assert second.run == first.run
    assert (after["epoch"], after["frame"]) == (12, 12 * 8 * 16)
    assert best.read_bytes() == unbeaten
    assert before["log_alpha"] != 0.0
    assert after["log_alpha"] == pytest.approx(before["log_alpha"], abs=0.1)
    step = [state["critic_optimizer"]["state"][0]["step"].item() for state in (before, after)]
    assert step == [6 * 8, 6 * 8 + 2 * 8]  # as in the first training, nothing is learned in the epochs of the warm-up


def test_a_resumed_training_learns_nothing_until_its_buffer_is_filled_again(start):
    first = start(4)
    second = start(6, resume=str(first.run.path))
    before, after = load_checkpoint(first.last)["model"], load_checkpoint(second.last)["model"]
    assert all(torch.equal(value, after[key]) for key, value in before.items() if key.startswith("sac_network"))
    assert after["running_mean_std.count"] - before["running_mean_std.count"] == 2 * 8 * 16


def test_it_plays_and_an_exported_file_plays_like_its_checkpoint(start, tmp_path):
    def played(what, sigma=None):
        source = find_policy_to_play("Cartpole", str(what), settings={"num_envs": 32}, runs_dir=tmp_path)
        return play(source, ActionMode.choose(sigma, False), resolve_backend(source.config), 1).reward.mean

    trained = start(6)
    config = Config(trained.run.read_config())
    mean = played(trained.last)
    assert played(trained.last, sigma=0.0) == mean
    assert played(trained.last, sigma=0.5) != mean
    assert played(export(config, trained.last, "onnx").path) == pytest.approx(mean, rel=0.02)


@pytest.fixture
def train_agent(tmp_path):
    """Trains 16 Cartpoles and returns the agent itself."""

    def train(epochs, *overrides):
        training = prepare_training(
            "Cartpole",
            settings={"num_envs": 16, "max_iterations": epochs, "seed": 0},
            overrides=(*SMALL, *overrides),
            runs_dir=tmp_path,
        )
        env = factory.make(training.config, training.backend)
        agent = build_agent(training, create_run("Cartpole", tmp_path), RlGamesVecEnv(env, "Cartpole"), _Silent())
        agent.train()
        env.close()
        return agent

    return train


def test_the_normaliser_counts_each_observation_once_however_often_it_is_replayed(train_agent):
    agent = train_agent(6, "train.params.config.num_updates_per_step=3")
    rows = 6 * 8 * 16
    obs = agent.replay_buffer.obses[:rows].double()
    normaliser = agent.model.running_mean_std
    assert normaliser.count == 1 + rows
    assert torch.allclose(normaliser.running_mean, obs.sum(0) / (1 + rows), atol=1e-6)
    assert torch.allclose(normaliser.running_var, obs.var(0), rtol=0.05, atol=0.01)


def test_the_buffer_holds_each_observation_with_its_own_next_one(train_agent):
    """The env returns the same tensors at every step; time limits are no ends, and other ends have no next."""
    num_envs = 16
    buffer = train_agent(3, "task.env.episodeLength=12", "task.env.resetDist=0.5").replay_buffer
    rows = 3 * 8 * num_envs
    obs, next_obs, dones = buffer.obses[:rows], buffer.next_obses[:rows], buffer.dones[:rows, 0]
    timed_out = (obs == next_obs).all(1)
    going_on = ~dones & ~timed_out
    assert dones.any()
    assert timed_out.any()
    assert not (dones & timed_out).any()
    follower = torch.arange(rows)[going_on] + num_envs
    follower = follower[follower < rows]
    assert torch.equal(next_obs[going_on][: len(follower)], obs[follower])


class _Silent(AlgoObserver):
    """Observes nothing."""

    def after_print_stats(self, *_):
        pass


def test_a_file_of_2022_goes_on_with_its_counters_and_optimizers(start, tmp_path):
    raw = "train.params.config.normalize_input=False"
    ours = torch.load(start(5, raw).last, weights_only=True)
    named, nameless = tmp_path / "last_AntSAC_ep_5_rew_1.5.pth", tmp_path / "AntSAC.pth"
    for path in (named, nameless):
        torch.save(sac_of_2022(ours), path)
    for path in (named, nameless):
        after = load_checkpoint(start(9, raw, resume=str(path)).last)
        assert (after["epoch"], after["frame"]) == (9, 9 * 8 * 16)
        steps = [state["critic_optimizer"]["state"][0]["step"].item() for state in (ours, after)]
        assert steps[1] > steps[0] > 0


def test_a_file_without_a_temperature_says_where_it_starts(start, tmp_path):
    raw = "train.params.config.normalize_input=False"
    trained = start(5, raw)
    assert not any("temperature" in note for note in start(6, raw, resume=str(trained.last)).notes)
    path = tmp_path / "last_AntSAC_ep_5_rew_1.5.pth"
    torch.save(sac_of_2022(torch.load(trained.last, weights_only=True)), path)
    notes = start(6, raw, resume=str(path)).notes
    assert any("has no temperature: it starts at init_alpha again, 1" in note for note in notes)


def test_a_file_of_2022_tells_when_its_epoch_is_guessed_and_that_its_normaliser_may_be_lost(start, tmp_path):
    raw = "train.params.config.normalize_input=False"
    path = tmp_path / "AntSAC.pth"
    torch.save(sac_of_2022(torch.load(start(5, raw).last, weights_only=True)), path)

    def prepare(*overrides):
        settings = {"num_envs": 16, "max_iterations": 9}
        words = (*SMALL, *overrides)
        return prepare_training("Cartpole", settings=settings, overrides=words, resume=str(path), runs_dir=tmp_path)

    notes = "\n".join(prepare(raw).notes)
    assert "doesn't tell its epoch" in notes
    assert "saved no mean and standard deviation" in notes
    with pytest.raises(InputError, match="lacks the mean and standard deviation") as caught:
        prepare()
    assert "newer file" in caught.value.fix
    played = find_policy_to_play("Cartpole", str(path), settings={}, overrides=(*SMALL, raw), runs_dir=tmp_path)
    exported = find_policy("Cartpole", str(path), overrides=(*SMALL, raw), runs_dir=tmp_path)
    assert all(any("saved no mean" in note for note in source.notes) for source in (played, exported))
