"""Which trials of a population take over which: Ray's population-based training, all trials in step."""

from collections.abc import Callable
from random import Random
from typing import Any

from ray.tune.experiment import Trial
from ray.tune.schedulers import PopulationBasedTraining, TrialScheduler

from gymctl.sweep.population import QUANTILE
from gymctl.sweep.space import Values

ROUND = "round"
"""The metric that counts the parts of a training between two perturbations."""


class Population(PopulationBasedTraining):
    """Compares all trials at the same epoch, whose processes stay.

    Ray's own synchronous mode ends the process of every trial that waits, even with nobody to use its cores, and waits
    for ever for a trial that has failed.

    Args:
        values: Tells the present values of a trial, by its id.
        explore: Makes new values from those of the trial that is taken over.
        exploit: Takes the id of a trial, of the one that it takes over, and its new values.
        generator: Makes the generator of a perturbation, from 1, that draws which of the best is taken over, and what
            `explore` draws.
    """

    def __init__(
        self,
        values: Callable[[str], Values],
        explore: Callable[[Values, Random], Values],
        exploit: Callable[[str, str, Values], None],
        generator: Callable[[int], Random],
    ) -> None:
        super().__init__(
            time_attr=ROUND,
            perturbation_interval=1,
            quantile_fraction=QUANTILE,
            custom_explore_fn=explore,
            synch=True,
        )
        self._values_of = values
        self._explore_near = explore
        self._take_over = exploit
        self._generator_of = generator
        self._held: list[Trial] = []
        self._gone: set[Trial] = set()

    def on_trial_result(self, tune_controller: Any, trial: Trial, result: dict[str, Any]) -> str:
        """Called by Tune when a trial has come to a perturbation: it waits for the others, or is the last."""
        self._save_trial_state(self._trial_state[trial], result[ROUND], result, trial)
        awaited = self._awaited(tune_controller)
        if not awaited:
            self._perturb(tune_controller)
            return TrialScheduler.CONTINUE
        if any(other.status in (Trial.PENDING, Trial.PAUSED) for other in awaited):
            return TrialScheduler.PAUSE  # which needs its cores
        self._held.append(trial)
        return TrialScheduler.NOOP

    def on_trial_error(self, tune_controller: Any, trial: Trial) -> None:
        """Called by Tune for a trial that has failed: nobody waits for it any more."""
        self._leave(tune_controller, trial)

    def on_trial_complete(self, tune_controller: Any, trial: Trial, result: dict[str, Any]) -> None:
        """Called by Tune for a trial that has come to its end."""
        self._leave(tune_controller, trial)

    def on_trial_remove(self, tune_controller: Any, trial: Trial) -> None:
        """Called by Tune for a trial that is stopped while it waits."""
        self._leave(tune_controller, trial)

    def _leave(self, controller: Any, trial: Trial) -> None:
        self._gone.add(trial)
        self._trial_state[trial].last_score = None  # it is neither the best nor the worst
        if self._left(controller) and not self._awaited(controller):
            self._perturb(controller)

    def _left(self, controller: Any) -> list[Trial]:
        return [trial for trial in controller.get_trials() if trial not in self._gone and not trial.is_finished()]

    def _awaited(self, controller: Any) -> list[Trial]:
        """Those that have yet to come to the perturbation."""
        return [
            trial
            for trial in self._left(controller)
            if self._trial_state[trial].last_train_time < self._next_perturbation_sync
        ]

    def _perturb(self, controller: Any) -> None:
        worst, best = self._quantiles()
        generator = self._generator_of(int(self._next_perturbation_sync))
        for trial in worst:
            source = generator.choice(best)
            values = self._explore_near(self._values_of(source.trial_id), generator)
            self._take_over(trial.trial_id, source.trial_id, values)
        self._next_perturbation_sync += 1
        held, self._held = self._held, []
        for trial in (trial for trial in held if trial not in self._gone):
            controller._schedule_trial_train(trial)
