"""The best checkpoint is written now and then, and at the end whatever happens; what is written is the best."""

import pytest
import torch

from gymctl import api
from gymctl.learning.best import INTERVAL, BestCheckpoint, writing_at_the_end
from gymctl.learning.prepare import prepare_training
from gymctl.learning.session import run_training
from gymctl.policies.checkpoints.loading import load_checkpoint


class Clock:
    seconds = 1000.0

    def __call__(self):
        return self.seconds


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def best(tmp_path, clock):
    (tmp_path / "nn").mkdir()
    return BestCheckpoint(tmp_path / "nn" / "Ant.pth", clock)


def state(number):
    return {"model": {"weight": torch.full((2,), float(number))}, "epoch": number, "groups": [{"params": [0]}]}


def on_disk(best):
    return torch.load(best.path, weights_only=True)["epoch"] if best.path.exists() else None


def test_the_first_one_is_written_at_once_and_later_ones_when_it_is_time(best, clock):
    seen = []
    for number in range(1, 7):
        best.keep(state(number))
        seen.append(on_disk(best))
        clock.seconds += 0.4 * INTERVAL
    assert seen == [1, 1, 1, 4, 4, 4]


def test_one_that_waits_is_written_later_though_no_better_one_comes(best, clock):
    best.keep(state(1))
    best.keep(state(2))
    best.write_if_due()
    assert on_disk(best) == 1
    clock.seconds += 1.1 * INTERVAL
    best.write_if_due()
    assert on_disk(best) == 2


def test_what_waits_is_a_copy(best):
    best.keep(state(1))
    later = state(2)
    best.keep(later)
    later["model"]["weight"].fill_(9.0)
    later["groups"][0]["params"].append(1)
    best.write()
    written = torch.load(best.path, weights_only=True)
    assert written["model"]["weight"].tolist() == [2.0, 2.0]
    assert written["groups"] == [{"params": [0]}]


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit, ValueError])
def test_what_waits_is_written_however_a_training_ends(best, error):
    best.keep(state(1))
    best.keep(state(2))
    with pytest.raises(error), writing_at_the_end(best):
        raise error
    assert on_disk(best) == 2


def test_a_disk_that_can_no_longer_be_written_hides_no_error(best):
    best.keep(state(1))
    best.path.unlink()
    best.path.parent.rmdir()
    best.keep(state(2))
    with pytest.raises(ValueError, match="first"), writing_at_the_end(best):
        raise ValueError("first")
    with pytest.raises(OSError), writing_at_the_end(best):
        pass


CARTPOLE = {"num_envs": 16, "overrides": ["train.params.config.save_best_after=1"]}


@pytest.mark.slow
def test_the_best_on_disk_has_the_weights_of_the_epoch_that_was_best(tmp_path):
    every = api.train(
        "Cartpole",
        **CARTPOLE | {"overrides": [*CARTPOLE["overrides"], "train.params.config.save_frequency=1"]},
        max_iterations=12,
        runs_dir=tmp_path,
    )
    best = load_checkpoint(every.best_checkpoint)
    then = load_checkpoint(next(every.run.nn_dir.glob(f"last_Cartpole_ep_{best['epoch']}_*.pth")))
    assert best["last_mean_rewards"] == every.progress.best_reward
    assert all(torch.equal(value, then["model"][key]) for key, value in best["model"].items())


@pytest.mark.slow
@pytest.mark.parametrize("algorithm", [[], ["train=AntSAC", "train.params.config.num_warmup_steps=1"]])
def test_so_it_is_after_an_interruption(tmp_path, algorithm):
    overrides = [*algorithm, "train.params.config.save_best_after=1", "train.params.config.batch_size=64"]
    overrides += ["train.params.config.replay_buffer_size=2000"]
    training = prepare_training(
        "Cartpole",
        settings={"num_envs": 16, "max_iterations": 100},
        overrides=overrides if algorithm else overrides[:1],
        runs_dir=tmp_path,
    )
    rewards = []

    def stop(progress):
        rewards.append(progress.reward_mean or -float("inf"))
        if progress.epoch == 12:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_training(training, on_progress=stop)
    (path,) = tmp_path.glob("*/nn/*.pth")
    assert load_checkpoint(path)["last_mean_rewards"] == max(rewards[:-1])
