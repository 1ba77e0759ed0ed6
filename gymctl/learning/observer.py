"""Follows a training from epoch to epoch: reports its progress, writes our curves, and ends it when asked to."""

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from rl_games.common.algo_observer import AlgoObserver
from torch import Tensor

from gymctl.learning.agents.base import EpochTimes, Style
from gymctl.learning.guards import DivergenceWatch
from gymctl.learning.ranks.group import Group

AfterEpoch = Callable[[int, Callable[[str], None]], None]
"""Takes the epoch, and a function that writes a checkpoint of it to a path that lacks the ``.pth``."""


@dataclass(frozen=True)
class Progress:
    """The progress of a training after an epoch."""

    epoch: int
    max_epochs: int
    """-1 without a limit."""
    epochs_done: int
    """By this training, without those of the run that it resumed."""
    env_steps: int
    """All envs and resumed runs together."""
    env_steps_done: int
    """By this training alone."""
    wall_seconds: float
    """Since this training started."""
    simulation_steps_per_second: float
    """Env steps a second of `VecEnv.step` alone, in the last epoch."""
    steps_per_second: float
    """Env steps a second of the whole last epoch."""
    epoch_times: EpochTimes
    """Wall times of the last epoch."""
    reward_mean: float | None
    """Mean return of the last 100 episodes; None before one has ended."""
    length_mean: float | None
    """Mean length of the last 100 episodes [control steps]."""
    best_reward: float | None
    """Mean return of the best checkpoint so far."""
    diverged: int
    """Episodes that ended because their world went non-finite."""
    learning_rate: float | None = None
    """That PPO's schedule has come to; None for an algorithm without a schedule."""
    style: Style | None = None
    """How the motions of the last epoch look; None for an algorithm without a discriminator."""


class TrainingObserver(AlgoObserver):
    """rl_games' observer, told of every epoch. Asked to stop, it makes the present epoch the last one.

    Args:
        num_diverged: The env's counter of diverged episodes, live ``[]``; read once an epoch, as all that is on the
            device.
        watch: Ends a training whose physics keeps diverging.
        on_progress: Called after every epoch.
        should_stop: Asked after every epoch.
        after_epoch: Called after every epoch.
        group: The training's ranks; all their envs count.
    """

    def __init__(
        self,
        num_diverged: Tensor,
        watch: DivergenceWatch,
        on_progress: Callable[[Progress], None],
        should_stop: Callable[[], bool],
        after_epoch: AfterEpoch,
        group: Group | None = None,
    ) -> None:
        super().__init__()
        self.progress: Progress | None = None
        self.writer: Any = None
        self._num_diverged = num_diverged
        self._watch = watch
        self._on_progress = on_progress
        self._should_stop = should_stop
        self._after_epoch = after_epoch
        self._group = group or Group()
        self._epochs_done = 0
        self._diverged = 0
        self._infos: list[dict[str, Tensor]] = []
        self._episode_infos: dict[str, Tensor] = {}

    def close(self) -> None:
        """Writes the rest of the curves."""
        if self.writer is not None:
            self.writer.close()

    def after_init(self, algo: Any) -> None:
        """Called by the agent when its training begins."""
        assert algo.writer is not None  # only ranks above 0 have none
        self.algo, self.writer = algo, algo.writer
        algo.readback.add(self._give, self._take)
        self._start = time.perf_counter()

    def process_infos(self, infos: dict[str, Any], done_indices: Tensor) -> None:
        """Called by the agent after every control step, with the env's extras."""
        if "episode" in infos:
            self._infos.append(infos["episode"])

    def after_print_stats(self, frame: int, epoch_num: int, total_time: float) -> None:
        """Called by the agent after every epoch."""
        algo, times = self.algo, self.algo.epoch_times
        self._epochs_done += 1
        ended = algo.game_rewards.current_size > 0
        reward = float(algo.game_rewards.get_mean().flat[0]) if ended else None
        best = algo.last_mean_rewards
        if reward is not None and epoch_num >= algo.save_best_after:
            best = max(best, reward)  # rl_games takes note of it right after this call
        self.progress = Progress(
            epoch=epoch_num,
            max_epochs=algo.max_epochs,
            epochs_done=self._epochs_done,
            env_steps_done=self._epochs_done * algo.curr_frames,
            env_steps=algo.frame,
            wall_seconds=time.perf_counter() - self._start,
            simulation_steps_per_second=algo.curr_frames / times.step,
            steps_per_second=algo.curr_frames / (times.play + times.update),
            epoch_times=times,
            reward_mean=reward,
            length_mean=float(algo.game_lengths.get_mean().item()) if ended else None,
            best_reward=float(best) if best > -1e9 else None,
            diverged=self._diverged,
            learning_rate=getattr(algo, "last_lr", None),
            style=getattr(algo, "style", None),
        )
        self.writer.add_scalar("info/diverged_episodes", self.progress.diverged, frame)
        self._write_episode_infos(epoch_num)
        self.writer.flush()
        self._on_progress(self.progress)
        self._watch.after_epoch(self.progress.diverged)
        self._after_epoch(epoch_num, algo.save)
        if self._should_stop():
            algo.max_epochs = epoch_num

    def _give(self) -> list[Tensor]:
        diverged = self._group.sum(self._num_diverged.clone())
        if not self._infos:
            return [diverged]
        means = torch.stack([torch.stack([*infos.values()]) for infos in self._infos])
        known = self._group.sum((~means.isnan()).to(means))
        return [diverged, self._group.sum(means.nan_to_num()) / known]

    def _take(self, values: Sequence[Tensor]) -> None:
        diverged, *steps = values
        self._diverged = int(diverged)
        self._episode_infos = dict(zip(self._infos[0], steps[0].unbind(1), strict=True)) if steps else {}
        self._infos.clear()

    def _write_episode_infos(self, epoch_num: int) -> None:
        """One curve a name, as IsaacGymEnvs draws them: against epochs, the mean over the epoch's steps."""
        for name, steps in self._episode_infos.items():
            mean = steps.nanmean().item()
            if not math.isnan(mean):  # no episode has ended
                self.writer.add_scalar(f"Episode/{name}", mean, epoch_num)
