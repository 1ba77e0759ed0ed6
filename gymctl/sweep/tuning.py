"""A sweep's trials by Ray Tune: which run, which are stopped early, and what a search learns from them."""

from pathlib import Path
from typing import Any

from ray import tune
from ray.tune.schedulers import ASHAScheduler

from gymctl.sweep.board import NUMBER
from gymctl.sweep.cluster import Resources
from gymctl.sweep.record import Record
from gymctl.sweep.space import Choice, Range, encoded
from gymctl.sweep.training import job_of
from gymctl.sweep.trials import EPOCHS, SCORE, StopsWithBoard, SweepTrial, TellsOfLost

_REDUCTION = 3
"""Early stopping leaves one of so many trials at each rung."""
_RUNGS_BEGIN = 10
"""The first rung is at this part of a trial's epochs."""


def fit(record: Record, resources: Resources, cores: int, *, config_dir: Path | None, storage: str, board: Any) -> None:
    """Runs what is missing of a sweep, to its end or until the board has a reason to stop.

    Args:
        record: The sweep.
        resources: What it may use.
        cores: Of each trial.
        config_dir: The user's own YAMLs.
        storage: A directory for what Tune writes.
        board: The board's actor.
    """
    plan = record.plan
    job = job_of(record, cores, config_dir)
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
