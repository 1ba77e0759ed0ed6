"""Where the trials of a sweep tell how they stand, and hear that they should stop: one for all processes."""

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gymctl.sweep.record import FAILED, KILLED, RUNNING, WAITING, Exploit, Trial, Values

NUMBER = "number"
"""The only key of a point that names a planned trial."""
_ALIVE = (RUNNING, WAITING)


@dataclass
class _Member:
    """A trial of a population."""

    slices: int = 0
    """That it has begun."""
    checkpoint: Path | None = None
    """Of its last slice."""
    source: Path | None = None
    """Another member's checkpoint, with which its next slice begins."""


class Board:
    """Hands out the planned trials, and keeps the latest state of each until it is taken.

    Args:
        planned: The trials to run.
        known: How many trials the sweep has, with those that are done.
    """

    def __init__(self, planned: Sequence[Trial], known: int) -> None:
        self._planned = {trial.number: trial for trial in planned}
        self._known = known
        self._begun: dict[str, Trial] = {}
        self._untaken: dict[int, Trial] = {}
        self._reason: str | None = None
        self._members: dict[str, _Member] = {}

    def begin(self, trial_id: str, point: Mapping[str, Any]) -> Trial | None:
        """Begins a trial.

        Args:
            trial_id: Ray's name for it.
            point: ``number``: that of a planned trial; or else the values of a trial, planned or new.

        Returns:
            The trial, with the trainings that it has already; None if the sweep is stopping.
        """
        if self._reason is not None:
            return None
        trial = self._planned.pop(point[NUMBER]) if NUMBER in point else self._with_values(dict(point))
        trial.status, trial.error = RUNNING, None
        self._begun[trial_id] = trial
        self._untaken[trial.number] = trial
        return copy.deepcopy(trial)

    def tell(self, trial_id: str, trial: Trial) -> str | None:
        """Takes how a trial stands; gives the reason to stop, as ``SIGINT``, or None."""
        self._begun[trial_id] = trial
        self._untaken[trial.number] = trial
        return self._reason

    def begin_slice(self, trial_id: str, number: int) -> tuple[Trial, int, Path | None] | None:
        """Begins a part of a trial's training that goes on until a perturbation.

        Args:
            trial_id: Ray's name for the trial.
            number: That of a planned trial.

        Returns:
            The trial, how many of its parts were begun before, and another trial's checkpoint if it is to go on with
            that; None if the sweep is stopping.
        """
        if self._reason is not None:
            return None
        trial = self._begun.get(trial_id) or self.begin(trial_id, {NUMBER: number})
        assert trial is not None
        member = self._members.setdefault(trial_id, _Member())
        begun, source = member.slices, member.source
        member.slices, member.source = begun + 1, None
        trial.status = RUNNING
        self.tell(trial_id, trial)
        return copy.deepcopy(trial), begun, source

    def end_slice(self, trial_id: str, trial: Trial, checkpoint: Path | None) -> None:
        """Takes how a trial stands after a part of its training, and the checkpoint that it left."""
        self.tell(trial_id, trial)
        self._members[trial_id].checkpoint = checkpoint

    def values(self, trial_id: str) -> Values:
        """The present values of a trial."""
        return self._begun[trial_id].values

    def exploit(self, trial_id: str, source_id: str, values: Values) -> None:
        """Has a trial go on with another one's checkpoint and with new values, once it begins its next part."""
        trial, source = self._begun[trial_id], self._begun[source_id]
        trial.exploits.append(Exploit(source.runs[-1].epoch, source.number, trial.values, values))
        trial.values = values
        self._members[trial_id].source = self._members[source_id].checkpoint
        self.tell(trial_id, trial)

    def lose(self, trial_id: str, point: Mapping[str, Any], error: str, *, killed: bool) -> None:
        """Takes note of a trial whose process ended without a word; of one that told its end, nothing changes."""
        trial = self._begun.get(trial_id) or self.begin(trial_id, point)
        if trial is None or trial.status not in _ALIVE:
            return
        trial.status, trial.error = KILLED if killed else FAILED, error
        for run in trial.runs:
            run.status = trial.status if run.status in _ALIVE else run.status
        self.tell(trial_id, trial)

    def take(self) -> list[Trial]:
        """The trials of which there is something new since the last call, in the order of their numbers."""
        taken = [self._untaken[number] for number in sorted(self._untaken)]
        self._untaken = {}
        return taken

    def stop(self, reason: str) -> None:
        """Asks all trials to stop after their epoch."""
        self._reason = reason

    def reason(self) -> str | None:
        """Why all trials should stop; None if they shouldn't."""
        return self._reason

    def _with_values(self, values: dict[str, Any]) -> Trial:
        for number, trial in self._planned.items():
            if trial.values == values:
                return self._planned.pop(number)
        self._known += 1
        return Trial(self._known, values)
