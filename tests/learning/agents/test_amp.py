"""Adversarial motion priors: learning from demonstrations, and what a checkpoint carries over."""

import numpy as np
import pytest
import torch
from rl_games.common.algo_observer import AlgoObserver

from gymctl.api import export, play
from gymctl.core.errors import InputError
from gymctl.envs import factory
from gymctl.learning.agents.amp_agent import REPLAY, compute_advantages
from gymctl.learning.bridge import RlGamesVecEnv
from gymctl.learning.prepare import prepare_training
from gymctl.learning.session import build_agent, run_training
from gymctl.policies.checkpoints.loading import load_checkpoint
from gymctl.policies.networks.amp import NORMALISER
from gymctl.runs.directory import create_run
from gymctl.runs.history import read_history
from tests.helpers.swinger import SETTINGS, offer_swinger

pytestmark = pytest.mark.slow

_CONFIG = "train.params.config"


@pytest.fixture
def swinger(walker):
    """Offers the task."""
    offer_swinger(walker)


def prepare(folder, *overrides, epochs=3, task="Walker", **keywords):
    settings = SETTINGS | {"max_iterations": epochs}
    overrides = ["train=WalkerAMP", f"{_CONFIG}.save_frequency=1", *overrides]
    return prepare_training(task, settings=settings, overrides=overrides, runs_dir=folder, **keywords)


def train(folder, *overrides, **keywords):
    return run_training(prepare(folder, *overrides, **keywords))


def saved(folder, change, name="changed.pth", **keywords):
    """A file with a checkpoint of a training in which something is changed."""
    checkpoint = torch.load(train(folder, **keywords).last_checkpoint, weights_only=True)
    change(checkpoint)
    torch.save(checkpoint, folder / name)
    return folder / name


def same(a, b):
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(same(a[key], b[key]) for key in a)
    return torch.equal(a, b) if isinstance(a, torch.Tensor) else a == b


def test_it_learns_to_look_like_the_demonstrations(swinger, tmp_path):
    """At first the cart hangs about where it starts, and the discriminator knows it; later it swings as it is shown."""
    run = train(tmp_path, epochs=120).run
    history = read_history(run, ("info/disc_reward_mean", "info/disc_agent_acc"))
    rewards = np.array(history.curve("info/disc_reward_mean").values)
    assert rewards[50:60].mean() > rewards[5:35].mean() + 0.1
    known = np.array(history.curve("info/disc_agent_acc").values)
    assert known[50:60].mean() < known[5:35].mean() - 0.04
    begun, trained = (
        play("Walker", file.path, episodes=32, num_envs=32, device="cpu").measures[0].mean
        for file in (train(tmp_path, epochs=1).run, run)
    )
    assert trained < begun - 0.06


def test_a_resumed_training_goes_on_exactly(swinger, tmp_path):
    small = f"{_CONFIG}.amp_replay_buffer_size=1200"  # full after the third epoch
    whole, half = (train(tmp_path / name, small, epochs=epochs) for name, epochs in (("whole", 5), ("half", 3)))
    rest = train(tmp_path / "half", small, epochs=5, resume=str(half.run.path))
    a, b = (load_checkpoint(result.last_checkpoint) for result in (whole, rest))
    assert a["epoch"] == b["epoch"] == 5
    assert a[REPLAY]["rows"].shape == (1200, 4)
    for key in ("model", "optimizer", NORMALISER, REPLAY, "resume_state"):
        assert same(a[key], b[key]), key


def test_without_its_replay_buffer_a_training_goes_on_and_says_so(swinger, tmp_path):
    file = saved(tmp_path, lambda checkpoint: checkpoint.pop(REPLAY))
    training = prepare(tmp_path, epochs=4, resume=str(file))
    assert any("has no replay buffer" in note for note in training.notes)
    assert run_training(training).progress.epoch == 4


def test_the_best_checkpoint_is_for_playing_and_has_no_replay_buffer(swinger, tmp_path):
    result = train(tmp_path, f"{_CONFIG}.save_best_after=1", "task.env.episodeLength=10")
    assert result.best_checkpoint is not None
    assert REPLAY not in torch.load(result.best_checkpoint, weights_only=True)


def test_a_checkpoint_has_the_keys_of_isaacgymenvs(swinger, tmp_path):
    checkpoint = torch.load(train(tmp_path).last_checkpoint, weights_only=True)
    assert {"model", "optimizer", "epoch", "frame", "last_mean_rewards", NORMALISER} <= checkpoint.keys()
    assert {*checkpoint[NORMALISER]} == {"running_mean", "running_var", "count"}
    assert checkpoint[NORMALISER]["count"] > 3 * 2 * 3 * 3 * 100
    names = {f"a2c_network._disc_{part}" for part in ("mlp.0.weight", "mlp.2.weight", "logits.weight", "logits.bias")}
    assert names <= checkpoint["model"].keys()
    assert torch.equal(checkpoint["model"]["a2c_network.sigma"], torch.tensor([-1.5]))


def test_a_file_of_isaacgymenvs_plays(swinger, tmp_path):
    """It has nothing of ours, and its normalisers may be beside the network."""

    def age(checkpoint):
        for key in ("resume_state", REPLAY, "gymctl_physics", "gymctl_task_version"):
            checkpoint.pop(key)
        checkpoint["env_state"] = None

    file = saved(tmp_path, age)
    assert play("Walker", file, episodes=2, device="cpu", overrides=["train=WalkerAMP"]).episodes == 2


def test_it_plays_and_an_exported_file_plays_like_its_checkpoint(swinger, tmp_path):
    run = train(tmp_path).run
    played = play("Walker", run.path, episodes=8, device="cpu")
    report = export("Walker", run.path, output=tmp_path / "walker.onnx", format="onnx")
    assert play("Walker", report.path, episodes=8, device="cpu").reward.mean == pytest.approx(
        played.reward.mean, rel=0.1
    )


def test_its_numbers_are_curves_and_part_of_the_result(swinger, tmp_path):
    result = train(tmp_path)
    tags = ["losses/disc_loss", "info/disc_reward_mean", "info/disc_reward_std", "info/disc_agent_acc"]
    tags += [f"info/disc_{name}" for name in ("demo_acc", "agent_logit", "demo_logit", "grad_penalty", "logit_loss")]
    history = read_history(result.run, tags)
    assert all(np.isfinite(history.curve(tag).values).all() for tag in tags)
    assert all(len(history.curve(tag).values) == 3 for tag in tags)
    told = {"style_reward": "reward_mean", "style_agent_accuracy": "agent_acc", "style_demo_accuracy": "demo_acc"}
    for key, tag in told.items():
        assert result.as_dict()[key] == pytest.approx(history.curve(f"info/disc_{tag}").values[-1])


def test_a_policy_begins_with_the_weights_of_another(swinger, tmp_path):
    file = train(tmp_path).last_checkpoint
    assert train(tmp_path, from_policy=str(file), epochs=1).progress.epoch == 1


def test_ppo_trains_a_task_with_demonstrations_and_looks_at_none(swinger, tmp_path):
    result = train(tmp_path, "train=CartpolePPO", f"{_CONFIG}.minibatch_size=256", epochs=2)
    assert result.progress.style is None
    assert "style_reward" not in result.as_dict()


def test_half_precision_is_for_the_policy_alone(swinger, tmp_path):
    assert train(tmp_path, f"{_CONFIG}.mixed_precision=True", epochs=2).progress.epoch == 2


def test_the_discriminator_never_sees_more_than_a_minibatch(swinger, tmp_path):
    training = prepare(tmp_path, f"{_CONFIG}.amp_minibatch_size=4096")
    assert training.config.learner["amp_minibatch_size"] == 256
    assert any("amp_minibatch_size 4096 -> 256" in note for note in training.notes)


BROKEN = {
    "no normaliser": lambda checkpoint: checkpoint.pop(NORMALISER),
    "a normaliser that is none": lambda checkpoint: checkpoint.update({NORMALISER: [1]}),
    "a normaliser of another size": lambda checkpoint: checkpoint[NORMALISER].update(running_mean=torch.zeros(3)),
    "a normaliser without a part": lambda checkpoint: checkpoint[NORMALISER].pop("count"),
    "a normaliser of NaN": lambda checkpoint: checkpoint[NORMALISER]["running_var"].fill_(torch.nan),
    "no discriminator": lambda checkpoint: [
        checkpoint["model"].pop(key) for key in list(checkpoint["model"]) if "_disc_" in key
    ],
    "half a discriminator": lambda checkpoint: checkpoint["model"].pop("a2c_network._disc_mlp.0.weight"),
    "another discriminator": lambda checkpoint: checkpoint["model"].update(
        {"a2c_network._disc_logits.weight": torch.zeros(1, 7)}
    ),
}


@pytest.mark.parametrize("start", ["resume", "from_policy"])
@pytest.mark.parametrize("change", BROKEN.values(), ids=BROKEN)
def test_a_checkpoint_that_lacks_something_is_refused(swinger, tmp_path, change, start):
    file = saved(tmp_path, change, epochs=1)
    with pytest.raises(InputError):
        train(tmp_path, epochs=2, **{start: str(file)})


def test_a_replay_buffer_of_another_training_is_left_out(swinger, tmp_path):
    file = saved(tmp_path, lambda checkpoint: checkpoint[REPLAY].update(rows=torch.zeros(3, 9)))
    assert train(tmp_path, epochs=4, resume=str(file)).progress.epoch == 4


REFUSED = {
    "memory": ("+train.params.network.rnn={name: lstm, units: 8, layers: 1, before_mlp: True}", "memory"),
    "one network for actor and critic": ("train.params.network.separate=False", "separate=True"),
    "noise of the network": ("train.params.network.space.continuous.fixed_sigma=False", "fixed_sigma=True"),
    "a coefficient below 0": (f"{_CONFIG}.disc_coef=-1", "disc_coef"),
    "a share above 1": (f"{_CONFIG}.amp_replay_keep_prob=1.5", "amp_replay_keep_prob"),
    "no discriminator": ("train.params.network.disc=null", "disc"),
    "several ranks": ("multi_gpu=True", "several ranks"),
}


@pytest.mark.parametrize(("override", "word"), REFUSED.values(), ids=REFUSED)
def test_what_it_cannot_have_is_told(swinger, tmp_path, override, word):
    with pytest.raises(InputError) as refused:
        prepare(tmp_path, override)
    assert word in refused.value.what + refused.value.fix


def test_a_task_without_demonstrations_is_refused(swinger, tmp_path):
    with pytest.raises(InputError, match="Cartpole has no demonstrations"):
        prepare(tmp_path, task="Cartpole")


class _Silent(AlgoObserver):
    """Observes nothing."""

    def after_print_stats(self, *_):
        pass


@pytest.fixture
def played_agent(swinger, tmp_path):
    """An agent after it has played an epoch, in which episodes failed and others reached their time limit."""
    training = prepare(tmp_path, "task.env.episodeLength=9", epochs=1)
    env = factory.make(training.config, training.backend)
    agent = build_agent(training, create_run("Walker", tmp_path), RlGamesVecEnv(env, "Walker"), _Silent())
    agent.init_tensors()
    agent.obs = agent.env_reset()
    steps, step = [], agent.vec_env.step

    def recorded(actions):
        env.sim.qpos[3, 0] += 0.3
        seen, reward, done, infos = step(actions)
        steps.append((seen["obs"].clone(), done.clone(), dict(infos)))
        return seen, reward, done, infos

    agent.vec_env.step = recorded
    agent.set_eval()
    with torch.no_grad():
        agent.play_steps()
    env.close()
    return agent, steps


@torch.no_grad()
def test_what_follows_a_step_is_worth_what_the_critic_says_of_its_real_end(played_agent):
    agent, steps = played_agent
    found = agent.experience_buffer.tensor_dict["next_values"][..., 0]
    failures = time_outs = 0
    for row, (obs, done, infos) in zip(found, steps, strict=True):
        failures += infos["terminate"].sum()
        time_outs += (done & ~infos["terminate"]).sum()
        last = torch.where(done[:, None], infos["final_obs"], obs)
        expected = agent.get_values({"obs": last})[:, 0] * ~infos["terminate"]
        assert torch.allclose(row, expected)
    assert failures
    assert time_outs


@torch.no_grad()
def test_rewards_are_of_style_and_task_by_their_weights(played_agent):
    agent, steps = played_agent
    kept = agent.experience_buffer.tensor_dict
    assert torch.equal(kept["amp_obs"], torch.stack([infos["amp_obs"] for *_, infos in steps]))
    logits = agent.model.a2c_network.discriminate(kept["amp_obs"] / np.sqrt(1 + 1e-5))
    style = -2.0 * torch.log(1.0 - torch.sigmoid(logits))
    ended = torch.stack([done for _, done, _ in steps])
    for task_weight, style_weight in ((0.0, 1.0), (0.5, 0.25)):
        agent._task_weight, agent._style_weight = task_weight, style_weight
        rewards = task_weight * kept["rewards"] + style_weight * style
        expected = compute_advantages(rewards, kept["values"], kept["next_values"], ended, 0.95, 0.95)
        assert torch.allclose(agent.advantages(), expected, atol=1e-4)


def test_advantages_are_the_discounted_sum_of_errors_until_an_episode_ends():
    generator = torch.Generator().manual_seed(0)
    rewards, values, next_values = torch.randn(3, 6, 4, 1, generator=generator, dtype=torch.float64)
    ended = torch.rand(6, 4, generator=generator) < 0.3
    found = compute_advantages(rewards, values, next_values, ended, gamma=0.9, tau=0.8)
    for env in range(4):
        for step in range(6):
            expected, weight = 0.0, 1.0
            for later in range(step, 6):
                error = rewards[later, env] + 0.9 * next_values[later, env] - values[later, env]
                expected += weight * error.item()
                weight *= 0.9 * 0.8
                if ended[later, env]:
                    break
            assert found[step, env].item() == pytest.approx(expected)
