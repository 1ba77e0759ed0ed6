"""Runs the missing trials of a sweep with Ray Tune: on this machine, or on a Ray cluster."""

import contextlib
import logging
import os
import secrets
import shutil
import sys
import tempfile
import threading
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from gymctl.core.errors import BackendError, GymctlError, InputError
from gymctl.core.inside import open_to_append
from gymctl.core.terminal import PlainFile, one_line
from gymctl.learning.prepare import Training
from gymctl.sim.devices import available_cores
from gymctl.sweep.board import NUMBER, Board
from gymctl.sweep.record import COMPLETED, INTERRUPTED, RUNNING, Record, Trial
from gymctl.sweep.training import Job

LOG = "ray.log"
"""In a sweep's directory: what Ray itself had to say."""
_SECONDS_BETWEEN_LOOKS = 0.2
_OBJECT_STORE = 100_000_000
"""Bytes; all that goes through it are numbers."""
_REDUCTION = 3
"""Early stopping leaves one of so many trials at each rung."""
_RUNGS_BEGIN = 10
"""The first rung is at this part of a trial's epochs."""
_SILENCE = {
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_USAGE_STATS_PROMPT_ENABLED": "0",
    "RAY_CHDIR_TO_TRIAL_DIR": "0",
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",
    "RAY_DEDUP_LOGS": "0",
    "RAY_AIR_NEW_OUTPUT": "0",
    "TUNE_DISABLE_AUTO_CALLBACK_LOGGERS": "1",
    "TUNE_WARN_THRESHOLD_S": "3600",
    "TUNE_PRINT_ALL_TRIAL_ERRORS": "0",
}
_CLOSED = {"RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0", "RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": secrets.token_hex(32)}
"""Whoever reaches Ray can run code: without a cluster, its ports are on loopback, for those who know the token."""


@dataclass(frozen=True)
class Resources:
    """What a sweep may use."""

    parallel: int
    """Trials at a time."""
    gpus_per_trial: float = 0.0
    """A fraction shares a GPU among trials."""
    address: str | None = None
    """Of a Ray cluster, as ``ray://head:10001``; None for this machine alone."""


def share_of_gpus(training: Training, parallel: int) -> float:
    """What each trial has of a GPU, where the trials share this machine's GPUs equally; 0 if they need none.

    Raises:
        InputError: They are to use one GPU by its number.
    """
    used = [device for device in (training.backend.sim_device, training.backend.rl_device) if device.type == "cuda"]
    if any(device.index for device in used):
        raise InputError("Ray gives each trial its GPU", "use --device cuda; CUDA_VISIBLE_DEVICES says which there are")
    return min(1.0, torch.cuda.device_count() / parallel) if used else 0.0


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
    with _quiet(record.directory / LOG), _connected(resources) as (ray, cores):
        on_start(cores)
        board = ray.remote(Board).options(num_cpus=0).remote(record.missing, len(record.trials))
        tuning = _Tuning(lambda: _fit(record, resources, cores, config_dir, board))
        tuning.start()
        while tuning.is_alive():
            if (reason := should_stop()) and not ray.get(board.reason.remote()):
                ray.get(board.stop.remote(reason))
            _take(record, ray.get(board.take.remote()), on_change)
            tuning.join(_SECONDS_BETWEEN_LOOKS)
        _take(record, ray.get(board.take.remote()), on_change)
        if tuning.error is not None:
            raise GymctlError(
                f"Ray Tune failed: {one_line(str(tuning.error).strip().splitlines()[-1])}",
                f"run the rest: gymctl sweep --resume {record.directory}",
            ) from tuning.error
    record.status = INTERRUPTED if should_stop() else COMPLETED
    record.write()


def _take(record: Record, news: list[Trial], on_change: Callable[[Trial], None]) -> None:
    for trial in news:
        known = record.trials[trial.number - 1] if trial.number <= len(record.trials) else None
        if known is None:
            record.trials.append(trial)
        else:
            record.trials[trial.number - 1] = trial
        if known is None or known.status != trial.status or trial.status != RUNNING:
            record.write()
        on_change(trial)


class _Tuning(threading.Thread):
    """Runs Tune beside the thread that shows the sweep and hears signals."""

    def __init__(self, fit: Callable[[], None]) -> None:
        super().__init__(daemon=True)
        self._fit = fit
        self.error: Exception | None = None

    def run(self) -> None:
        try:
            self._fit()
        except Exception as error:
            self.error = error


def _fit(record: Record, resources: Resources, cores: int, config_dir: Path | None, board: Any) -> None:
    from ray import tune
    from ray.tune.schedulers import ASHAScheduler

    from gymctl.sweep.trials import EPOCHS, SCORE, StopsWithBoard, SweepTrial, TellsOfLost

    plan = record.plan
    job = Job(
        task=plan.task,
        settings=plan.settings,
        overrides=plan.overrides,
        config_dir=config_dir,
        directory=record.directory.absolute(),
        seeds=tuple(range(plan.seed, plan.seed + plan.seeds)),
        objective=plan.objective.name,
        threads=cores,
        command=tuple(sys.argv),
    )
    trainable = tune.with_parameters(SweepTrial, job=job, space=plan.space, board=board)
    trainable = tune.with_resources(trainable, {"cpu": cores, "gpu": resources.gpus_per_trial})
    scheduler = None
    if plan.stop_early == "asha":
        epochs = plan.max_epochs * plan.seeds
        scheduler = ASHAScheduler(
            time_attr=EPOCHS,
            max_t=epochs,
            grace_period=max(1, epochs // _RUNGS_BEGIN),
            reduction_factor=_REDUCTION,
        )
    by_search = plan.search == "optuna"
    with tempfile.TemporaryDirectory(prefix=".ray-", dir=job.directory) as storage:
        tune.Tuner(
            trainable,
            param_space={} if by_search else {NUMBER: tune.grid_search([trial.number for trial in record.missing])},
            tune_config=tune.TuneConfig(
                metric=SCORE,
                mode="max",
                scheduler=scheduler,
                search_alg=_optuna(record) if by_search else None,
                num_samples=record.num_missing if by_search else 1,
                max_concurrent_trials=resources.parallel,
                trial_dirname_creator=lambda trial: trial.trial_id,
            ),
            run_config=tune.RunConfig(
                name="tune",
                storage_path=storage,
                verbose=0,
                stop=StopsWithBoard(board),
                callbacks=[TellsOfLost(board, plan.space)],
                checkpoint_config=tune.CheckpointConfig(checkpoint_at_end=False),
            ),
        ).fit()


def _optuna(record: Record) -> Any:
    """Optuna's search: it knows the trials that are done, and begins with those that are planned."""
    import optuna
    from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution
    from ray.tune.search.optuna import OptunaSearch

    from gymctl.sweep.space import Choice, Range, encoded
    from gymctl.sweep.trials import SCORE

    optuna.logging.set_verbosity(optuna.logging.ERROR)

    def distribution(parameter: Choice | Range) -> Any:
        if isinstance(parameter, Choice):
            return CategoricalDistribution(parameter.texts)
        low, high = parameter.extremes
        kind = IntDistribution if parameter.integer else FloatDistribution
        return kind(low, high, log=parameter.log)

    plan = record.plan
    search = OptunaSearch(
        space={key: distribution(parameter) for key, parameter in plan.space.items()},
        metric=SCORE,
        mode="max",
        points_to_evaluate=[encoded(trial.values, plan.space) for trial in record.missing],
        seed=plan.seed + len(record.trials),
    )
    for trial in record.trials:
        if trial.is_done and trial.objective is not None:
            search.add_evaluated_point(encoded(trial.values, plan.space), plan.objective.score_of(trial.objective))
    return search


@contextlib.contextmanager
def _connected(resources: Resources) -> Iterator[tuple[Any, int]]:
    """Starts Ray here, for this machine only, or joins a cluster.

    Yields:
        The package ray, and the cores of each trial.
    """
    os.environ.update(_SILENCE if resources.address else {**_SILENCE, **_CLOSED})
    if resources.address and _has_token():
        os.environ.setdefault("RAY_AUTH_MODE", "token")
    import ray

    quietly: dict[str, Any] = {"logging_level": logging.CRITICAL, "log_to_driver": False}
    scratch = None
    try:
        if resources.address:
            ray.init(resources.address, runtime_env={"env_vars": _SILENCE}, **quietly)
            largest = max((node["Resources"].get("CPU", 0) for node in ray.nodes() if node["Alive"]), default=0)
            cores = min(int(ray.cluster_resources().get("CPU", 0)) // resources.parallel, int(largest))
        else:
            cores = available_cores() // resources.parallel
            scratch = tempfile.mkdtemp(prefix="gymctl-", dir="/tmp")  # its sockets' names must be short
            ray.init(
                num_cpus=max(available_cores(), resources.parallel),
                include_dashboard=False,
                object_store_memory=_OBJECT_STORE,
                _node_ip_address="127.0.0.1",
                _temp_dir=scratch,
                **quietly,
            )
    except Exception as error:
        raise BackendError(
            f"Ray can't be {'reached at ' + resources.address if resources.address else 'started'}: "
            f"{one_line(str(error).strip().partition(chr(10))[0])}",
            "check the address, and that the cluster has the same versions of Python and Ray"
            if resources.address
            else "see whether 'ray start --head' works",
        ) from error
    try:
        yield ray, max(1, cores)
    finally:
        ray.shutdown()
        if scratch is not None:
            shutil.rmtree(scratch, ignore_errors=True)


def _has_token() -> bool:
    """Whether the user has a cluster's token, where Ray looks for it."""
    said = os.environ.get("RAY_AUTH_TOKEN") or os.environ.get("RAY_AUTH_TOKEN_PATH")
    return bool(said) or Path("~/.ray/auth_token").expanduser().is_file()


@contextlib.contextmanager
def _quiet(log_path: Path) -> Iterator[None]:
    """Keeps what Ray and Optuna print and warn of away from the user: it goes into a log."""
    with (
        PlainFile(os.fdopen(open_to_append(log_path, log_path.parent), "ab")) as log,
        contextlib.redirect_stdout(log),
        warnings.catch_warnings(),
    ):
        warnings.simplefilter("ignore")
        for name in ("ray", "optuna"):
            logging.getLogger(name).setLevel(logging.CRITICAL)
        yield
