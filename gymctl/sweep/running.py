"""Runs the missing trials of a sweep, and keeps its record up to date."""

import tempfile
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import torch

from gymctl.core.errors import GymctlError, InputError
from gymctl.core.terminal import one_line
from gymctl.learning.prepare import Training
from gymctl.sweep.board import Board
from gymctl.sweep.cluster import LOG, Resources, check_gpus, connected, on_this_node, quiet
from gymctl.sweep.record import COMPLETED, INTERRUPTED, KILLED, RUNNING, WAITING, Record, Trial

_SECONDS_BETWEEN_LOOKS = 0.2


def resources_for(
    record: Record, training: Training, *, parallel: int, gpus_per_trial: float | None, address: str | None
) -> Resources:
    """What a sweep may use: no more trials at a time than there are.

    Args:
        record: The sweep.
        training: One of its trainings, prepared.
        parallel: Trials at a time, at most.
        gpus_per_trial: None for equal shares of this machine's GPUs, if the trials use one.
        address: Of a Ray cluster.

    Raises:
        InputError: They are to use one GPU by its number, or an odd part of several.
    """
    parallel = max(1, min(parallel, record.num_missing))
    used = [device for device in (training.backend.sim_device, training.backend.rl_device) if device.type == "cuda"]
    if any(device.index for device in used):
        raise InputError("Ray gives each trial its GPU", "use --device cuda; CUDA_VISIBLE_DEVICES says which there are")
    if gpus_per_trial is None:
        gpus_per_trial = min(1.0, torch.cuda.device_count() / parallel) if used else 0.0
    check_gpus(gpus_per_trial)
    return Resources(parallel, gpus_per_trial, address)


def run_sweep(
    record: Record,
    resources: Resources,
    *,
    config_dir: Path | None = None,
    on_start: Callable[[int], None] = lambda cores: None,
    on_change: Callable[[Trial], None] = lambda trial: None,
    should_stop: Callable[[], str | None] = lambda: None,
) -> None:
    """Runs what is missing; ``sweep.json`` is written whenever a trial begins or ends.

    Args:
        record: The sweep; kept up to date.
        resources: What it may use.
        config_dir: The user's own YAMLs.
        on_start: Called before the first trial, with the cores of each.
        on_change: Called when a trial begins, ends, or has trained.
        should_stop: Asked several times a second; gives the reason to stop, as ``SIGINT``, or None. Then each running
            training ends after its epoch, with a checkpoint.

    Raises:
        BackendError: Ray can't be started or reached.
        GymctlError: Ray failed.
    """
    record.status = INTERRUPTED
    try:
        if record.num_missing:
            with (
                quiet(record.directory / LOG),
                tempfile.TemporaryDirectory(prefix=".ray-", dir=record.directory.absolute()) as storage,
                connected(resources) as (ray, cores),
            ):
                on_start(cores)
                board = on_this_node(ray, Board).remote(record.missing, len(record.trials))
                tuning = _Tuning(record, resources, cores, config_dir, storage, board)
                tuning.start()
                while tuning.is_alive():
                    if (reason := should_stop()) and not ray.get(board.reason.remote()):
                        ray.get(board.stop.remote(reason))
                    _take(record, ray.get(board.take.remote()), on_change)
                    tuning.join(_SECONDS_BETWEEN_LOOKS)
                _take(record, ray.get(board.take.remote()), on_change)
                tuning.check()
        record.status = INTERRUPTED if should_stop() else COMPLETED
    finally:
        for trial in record.trials:
            trial.status = {RUNNING: KILLED, WAITING: INTERRUPTED}.get(trial.status, trial.status)
        record.write()


def _take(record: Record, news: list[Trial], on_change: Callable[[Trial], None]) -> None:
    is_to_be_written = False
    for trial in news:
        known = record.trials[trial.number - 1] if trial.number <= len(record.trials) else None
        if known is None:
            record.trials.append(trial)
        else:
            record.trials[trial.number - 1] = trial
        is_to_be_written |= known is None or known.status != trial.status or trial.status != RUNNING
    if is_to_be_written:
        record.write()
    for trial in news:
        on_change(trial)


class _Tuning(threading.Thread):
    """Runs Tune beside the thread that shows the sweep and hears signals."""

    def __init__(
        self, record: Record, resources: Resources, cores: int, config_dir: Path | None, storage: str, board: Any
    ) -> None:
        super().__init__(daemon=True)
        self._record = record
        self._fit = partial(_fit, record, resources, cores, config_dir=config_dir, storage=storage, board=board)
        self._error: Exception | None = None

    def run(self) -> None:
        """Called by `start`."""
        try:
            self._fit()
        except Exception as error:
            self._error = error

    def check(self) -> None:
        """Raises what Tune has failed with.

        Raises:
            GymctlError: It has.
        """
        if self._error is not None:
            lines = str(self._error).strip().splitlines() or [type(self._error).__name__]
            raise GymctlError(
                f"Ray Tune failed: {one_line(lines[-1])}", f"go on with: {self._record.how_to_go_on}"
            ) from self._error


def _fit(*arguments: Any, **named: Any) -> None:
    from gymctl.sweep.tuning import fit  # Ray reads its environment when it is imported

    fit(*arguments, **named)
