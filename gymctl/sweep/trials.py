"""A sweep's trial as Ray Tune runs it: a process of its own, in which the training has a thread."""

import contextlib
import queue
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import ray
from ray import cloudpickle, tune
from ray.exceptions import RayActorError
from ray.tune.stopper import Stopper

from gymctl.core.terminal import one_line
from gymctl.sweep.board import NUMBER
from gymctl.sweep.record import FAILED, WAITING, Trial
from gymctl.sweep.scheduler import ROUND
from gymctl.sweep.space import Space, decoded
from gymctl.sweep.training import EARLY, Job, Slice, TrialTraining

SCORE, EPOCHS = "score", "epochs"
"""The metrics that Tune gets: higher is better; epochs of all seeds together."""
_KILLED = "its process is gone: somebody killed it, or the system did for want of memory"


class SweepTrial(tune.Trainable):
    """Tells Tune of every epoch. Stopped by Tune, it lets the epoch end and keeps a checkpoint."""

    def setup(
        self, config: dict[str, Any], job: Job | None = None, space: Space | None = None, board: Any = None
    ) -> None:
        """Begins the training, unless the sweep is stopping; `tune.with_parameters` gives what Tune doesn't."""
        assert job is not None
        assert space is not None
        self._job, self._space, self._board = job, space, board
        self._begin(config)

    def reset_config(self, new_config: dict[str, Any]) -> bool:
        """Begins another trial in the same process, once the last one has ended."""
        self.cleanup()
        self._begin(new_config)
        return True

    def step(self) -> dict[str, Any]:
        """Waits for the next epoch.

        Raises:
            RuntimeError: The trial has failed.
        """
        result = self._results.get()
        if result.get("status") == FAILED:
            raise RuntimeError(self._trial.error if self._trial else "")
        return result

    def cleanup(self) -> None:
        """Ends the training after its epoch, if Tune has stopped it, and waits for that."""
        self._reason = ray.get(self._board.reason.remote()) or EARLY
        self._thread.join()

    def _begin(self, config: dict[str, Any]) -> None:
        self._results: queue.Queue[dict[str, Any]] = queue.Queue(maxsize=1)
        self._reason: str | None = None
        self._trial: Trial | None = ray.get(self._board.begin.remote(self.trial_id, point_of(config, self._space)))
        self._thread = threading.Thread(target=self._train, daemon=True)
        self._thread.start()

    def _train(self) -> None:
        trial, last = self._trial, {}
        if trial is None:
            return self._put({"done": True})

        def tell(score: float, epochs: int) -> str | None:
            reason: Any = ray.get(self._board.tell.remote(self.trial_id, trial))
            last.update({SCORE: score, EPOCHS: epochs})
            self._put(dict(last))
            return reason or self._reason

        training = TrialTraining(self._job, trial, tell)
        training.run()
        ray.get(self._board.tell.remote(self.trial_id, trial))
        if last:
            last[SCORE] = training.score
        return self._put({**last, "done": True, "status": trial.status})

    def _put(self, result: dict[str, Any]) -> None:
        """Gives a result to `step`; not if Tune has stopped the trial, and asks for no more."""
        while self._reason is None:
            with contextlib.suppress(queue.Full):
                return self._results.put(result, timeout=0.2)
        return None


class PopulationTrial(tune.Trainable):
    """Trains until the next perturbation of its population, which is one step for Tune."""

    def setup(
        self, config: dict[str, Any], job: Job | None = None, space: Space | None = None, board: Any = None
    ) -> None:
        """Takes what `tune.with_parameters` gives."""
        assert job is not None
        self._job, self._board = job, board

    def reset_config(self, new_config: dict[str, Any]) -> bool:
        """Lets the process go on with another trial."""
        return True

    def step(self) -> dict[str, Any]:
        """Trains.

        Raises:
            RuntimeError: The trial has failed.
        """
        job, board = self._job, self._board
        begun = ray.get(board.begin_slice.remote(self.trial_id, self.config[NUMBER]))
        if begun is None:
            return {"done": True}
        trial, before, source = begun

        def tell(score: float, epochs: int) -> str | None:
            return ray.get(board.tell.remote(self.trial_id, trial))

        part = Slice(job.first_perturbation + before * job.perturb_every, source)
        training = TrialTraining(job, trial, tell, part)
        training.run()
        ray.get(board.end_slice.remote(self.trial_id, trial, training.checkpoint))
        if trial.status == FAILED:
            raise RuntimeError(trial.error)
        return {SCORE: training.score, ROUND: before + 1, "done": trial.status != WAITING}

    def save_checkpoint(self, checkpoint_dir: str) -> dict[str, Any]:
        """Called by Tune before the process goes on with another trial: what is to be saved is in the run."""
        return {NUMBER: self.config[NUMBER]}

    def load_checkpoint(self, checkpoint: dict[str, Any] | None) -> None:
        """Called by Tune when the trial goes on."""


class TellsOfLost(tune.Callback):
    """Tells the board of trials whose process ended without a word.

    Args:
        board: The board's actor.
        space: What the sweep varies.
    """

    def __init__(self, board: Any, space: Space) -> None:
        self._board = board
        self._space = space

    def on_trial_error(self, iteration: int, trials: list[Any], trial: Any, **info: Any) -> None:
        """Called by Tune."""
        error = _error_of(trial)
        killed = isinstance(error, RayActorError)
        line = _KILLED if killed else _last_line(error)
        ray.get(self._board.lose.remote(trial.trial_id, point_of(trial.config, self._space), line, killed=killed))


class StopsWithBoard(Stopper):
    """Stops all trials once the board has a reason.

    Args:
        board: The board's actor.
    """

    def __init__(self, board: Any) -> None:
        self._board = board

    def __call__(self, trial_id: str, result: dict[str, Any]) -> bool:
        """Whether to stop one trial."""
        return False

    def stop_all(self) -> bool:
        """Whether to stop all."""
        return ray.get(self._board.reason.remote()) is not None


def point_of(config: Mapping[str, Any], space: Space) -> dict[str, Any]:
    """What Tune gave to a trial, as the board understands it."""
    return {NUMBER: config[NUMBER]} if NUMBER in config else decoded(config, space)


def _error_of(trial: Any) -> Exception | None:
    """What Tune has just written of a trial's failure."""
    try:
        return cloudpickle.loads(Path(trial.pickled_error_file).read_bytes())
    except (OSError, TypeError):
        return None


def _last_line(error: Exception | None) -> str:
    lines = [line for line in str(error or "").splitlines() if line.strip()]
    return one_line(lines[-1].strip()) if lines else "it failed without a word"
