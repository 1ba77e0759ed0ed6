"""How long a training will still take."""

from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gymctl.learning.observer import Progress

_LONGEST_MEMORY = 100
_FEWEST_EPOCHS = 3
_FEWEST_SECONDS = 2.0
"""Of shorter times, a busy machine makes anything."""


class RemainingTime:
    """Estimates the time to the last epoch from the mean of the last 100 epochs.

    The first epoch doesn't count, as it takes longer: things are loaded, compiled and allocated in it.
    """

    def __init__(self) -> None:
        self._marks: deque[tuple[int, float]] = deque(maxlen=_LONGEST_MEMORY + 1)

    def after(self, progress: "Progress") -> float | None:
        """The time that is left [s]; None if there is no last epoch, or too little is known yet.

        Args:
            progress: Of the last epoch; it is called with each.
        """
        self._marks.append((progress.epochs_done, progress.wall_seconds))
        (first, start), (last, now) = self._marks[0], self._marks[-1]
        epochs, seconds = last - first, now - start
        left = progress.max_epochs - progress.epoch
        if progress.max_epochs <= 0 or (left and (epochs < _FEWEST_EPOCHS or seconds < _FEWEST_SECONDS)):
            return None
        return left * seconds / epochs if left else 0.0
