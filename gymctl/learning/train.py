"""Training: rl_games' Runner over our VecEnv, watched and stopped by an observer."""

import contextlib
import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from rl_games.common.algo_observer import AlgoObserver
from rl_games.torch_runner import Runner

from gymctl.envs import factory
from gymctl.learning import curves
from gymctl.learning.agents.ppo import EpochTimes
from gymctl.learning.guards import DivergenceWatch, naming_the_last_checkpoint
from gymctl.learning.params import rl_games_params
from gymctl.learning.vec_env import RlGamesVecEnv
from gymctl.policies.algorithms import Agent, algorithm_of
from gymctl.runs.directory import Run
from gymctl.sim.devices import Backend
from gymctl.sim.mujoco_engine import available_cores

AfterEpoch = Callable[[int, Callable[[str], None]], None]
"""Takes the epoch, and what writes a checkpoint of it to a path that lacks the ``.pth``."""


@dataclass(frozen=True)
class Progress:
    """How a training stands after an epoch."""

    epoch: int
    max_epochs: int
    """-1 without a limit."""
    epochs_done: int
    """By this training, without those of the run that it resumed."""
    frames: int
    """Env steps, all envs and resumed runs together."""
    frames_done: int
    """By this training alone."""
    wall_seconds: float
    """Since this training started."""
    simulation_steps_per_second: float
    """Env steps a second of `VecEnv.step` alone, in the last epoch."""
    steps_per_second: float
    """Env steps a second of the whole last epoch."""
    epoch_times: EpochTimes
    """Where the last epoch's wall time went."""
    reward_mean: float | None
    """Mean return of the last 100 episodes; None before one has ended."""
    length_mean: float | None
    """Mean length of the last 100 episodes [control steps]."""
    best_reward: float | None
    """Mean return of the best checkpoint so far."""
    diverged: int
    """Episodes that ended because their world went non-finite."""


def train(
    config: dict[str, Any],
    backend: Backend,
    run: Run,
    *,
    checkpoint: dict[str, Any] | None = None,
    on_progress: Callable[[Progress], None] = lambda progress: None,
    should_stop: Callable[[], bool] = lambda: False,
    on_scalar: curves.ScalarListener | None = None,
    after_epoch: AfterEpoch = lambda epoch, save: None,
) -> Progress:
    """Trains until the last epoch or until asked to stop, either way leaving a checkpoint of the last epoch.

    rl_games' own output goes to ``train.log`` in the run.

    Args:
        config: The resolved config.
        backend: Engine and devices.
        run: The run directory to write to.
        checkpoint: Loaded checkpoint to continue from.
        on_progress: Called after every epoch.
        should_stop: Asked after every epoch.
        on_scalar: Called with everything that is written to TensorBoard's event files.
        after_epoch: Called after every epoch.

    Returns:
        The progress after the last epoch.

    Raises:
        GymctlError: The learning or the physics diverges, or nothing can be written any more.
    """
    torch.set_num_threads(available_cores())
    factory.seed_everything(config["seed"])
    with (
        naming_the_last_checkpoint(run),
        run.log_path.open("a", buffering=1, encoding="utf-8") as log,
        contextlib.redirect_stdout(log),
    ):
        env = factory.make(config, backend)
        observer = _Observer(env.num_diverged, DivergenceWatch(config), on_progress, should_stop, after_epoch)
        try:
            agent = build_agent(config, backend, run, RlGamesVecEnv(env, config["task"]["name"]), observer, on_scalar)
            if checkpoint is not None:
                agent.restore_state(checkpoint)
            if agent.config["torch_compile"]:
                agent.model = torch.compile(agent.model)
            agent.train()
            observer.close()
        finally:
            env.close()
            with contextlib.suppress(OSError):  # what ended the training, then
                observer.close()
    assert observer.progress is not None  # rl_games always runs an epoch
    return observer.progress


def build_agent(
    config: dict[str, Any],
    backend: Backend,
    run: Run,
    vec_env: RlGamesVecEnv,
    observer: AlgoObserver,
    on_scalar: curves.ScalarListener | None = None,
) -> Agent:
    """Builds the agent that a config describes, untrained.

    Args:
        config: The resolved config.
        backend: Where to learn.
        run: The run directory that checkpoints and curves go to.
        vec_env: The env to learn in.
        observer: Told of every epoch.
        on_scalar: Told of every point of a curve.
    """
    params, algorithm = rl_games_params(config, backend, run), algorithm_of(config)
    params["config"].update(env_info=vec_env.get_env_info(), vec_env=vec_env)
    curves.use_for_rl_games(on_scalar)
    runner = Runner(observer)
    runner.algo_factory.register_builder(algorithm.name, algorithm.agent)
    runner.load_config(params)  # Runner.load would copy the env
    if backend.rl_device.type == "cpu":
        torch.set_float32_matmul_precision("highest")  # the Runner lowers it, for the whole process
    return runner.algo_factory.create(runner.algo_name, base_name="run", params=runner.params)


class _Observer(AlgoObserver):
    """Reports after every epoch; asked to stop, it makes the present epoch rl_games' last one."""

    def __init__(
        self,
        num_diverged: torch.Tensor,
        watch: DivergenceWatch,
        on_progress: Callable[[Progress], None],
        should_stop: Callable[[], bool],
        after_epoch: AfterEpoch,
    ) -> None:
        super().__init__()
        self.progress: Progress | None = None
        self.writer: Any = None
        self._num_diverged = num_diverged
        self._watch = watch
        self._on_progress = on_progress
        self._should_stop = should_stop
        self._after_epoch = after_epoch
        self._epochs_done = 0
        self._episode_infos: list[dict[str, torch.Tensor]] = []

    def close(self) -> None:
        if self.writer is not None:
            self.writer.close()

    def after_init(self, algo: Agent) -> None:
        assert algo.writer is not None  # only ranks above 0 have none
        self.algo, self.writer = algo, algo.writer
        self._start = time.perf_counter()

    def process_infos(self, infos: dict[str, Any], done_indices: torch.Tensor) -> None:
        if "episode" in infos:
            self._episode_infos.append(infos["episode"])

    def after_print_stats(self, frame: int, epoch_num: int, total_time: float) -> None:
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
            frames_done=self._epochs_done * algo.curr_frames,
            frames=algo.frame,
            wall_seconds=time.perf_counter() - self._start,
            simulation_steps_per_second=algo.curr_frames / times.step,
            steps_per_second=algo.curr_frames / (times.play + times.update),
            epoch_times=times,
            reward_mean=reward,
            length_mean=float(algo.game_lengths.get_mean().item()) if ended else None,
            best_reward=float(best) if best > -1e9 else None,
            diverged=int(self._num_diverged),
        )
        self.writer.add_scalar("info/diverged_episodes", self.progress.diverged, frame)
        self._write_episode_infos(epoch_num)
        self.writer.flush()
        self._on_progress(self.progress)
        self._watch.after_epoch(self.progress.diverged)
        self._after_epoch(epoch_num, algo.save)
        if self._should_stop():
            algo.max_epochs = epoch_num

    def _write_episode_infos(self, epoch_num: int) -> None:
        """One curve a name, as IsaacGymEnvs draws them: against epochs, the mean over the epoch's steps."""
        for name in self._episode_infos[0] if self._episode_infos else ():
            mean = torch.stack([info[name] for info in self._episode_infos]).nanmean().item()
            if not math.isnan(mean):  # no episode has ended
                self.writer.add_scalar(f"Episode/{name}", mean, epoch_num)
        self._episode_infos.clear()
