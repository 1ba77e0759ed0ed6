"""A sweep's trials by Ray Tune: which run, which are stopped early, and what a search learns from them."""

from pathlib import Path
from random import Random
from typing import Any

import ray
from ray import tune
from ray.tune.schedulers import ASHAScheduler, TrialScheduler

from gymctl.sweep.board import NUMBER
from gymctl.sweep.cluster import Resources
from gymctl.sweep.population import next_perturbation, perturbed
from gymctl.sweep.record import POPULATION, Record
from gymctl.sweep.scheduler import Population
from gymctl.sweep.space import Choice, Range, encoded
from gymctl.sweep.training import job_of
from gymctl.sweep.trials import EPOCHS, SCORE, PopulationTrial, StopsWithBoard, SweepTrial, TellsOfLost

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
    is_population = plan.search == POPULATION
    job = job_of(record, cores, config_dir)
    kind = PopulationTrial if is_population else SweepTrial
    trainable = tune.with_parameters(kind, job=job, space=plan.space, board=board)
    trainable = tune.with_resources(trainable, {"cpu": cores, "gpu": resources.gpus_per_trial})
    by_search = plan.search == "optuna"
    tune.Tuner(
        trainable,
        param_space={} if by_search else {NUMBER: tune.grid_search([trial.number for trial in record.missing])},
        tune_config=tune.TuneConfig(
            metric=SCORE,
            mode="max",
            scheduler=_scheduler(record, board),
            search_alg=_optuna(record) if by_search else None,
            num_samples=record.num_missing if by_search else 1,
            max_concurrent_trials=None if is_population else resources.parallel,  # those that wait would count
            reuse_actors=True,
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


def _scheduler(record: Record, board: Any) -> TrialScheduler | None:
    """What stops trials, or has them take over each other."""
    plan = record.plan
    if plan.search == POPULATION:
        first, every = next_perturbation(record), plan.perturb_every
        return Population(
            values=lambda trial_id: ray.get(board.values.remote(trial_id)),
            explore=lambda values, generator: perturbed(values, plan.space, generator),
            exploit=lambda trial_id, source_id, values: ray.get(board.exploit.remote(trial_id, source_id, values)),
            generator=lambda number: Random(
                f"{plan.seed} {first + (number - 1) * every}"
            ),  # resumed, it draws the same
        )
    if plan.stop_early == "asha":
        epochs = plan.max_epochs * plan.seeds
        return ASHAScheduler(
            time_attr=EPOCHS,
            max_t=epochs,
            grace_period=max(1, epochs // _RUNGS_BEGIN),
            reduction_factor=_REDUCTION,
        )
    return None


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
