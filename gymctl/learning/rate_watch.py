"""Tells a user whose learning rate is overridden by the adaptive schedule."""

from collections.abc import Callable

from gymctl.config import Config
from gymctl.learning.observer import Progress

WATCHED_EPOCHS = 5
_KEY = "train.params.config.learning_rate"


class RateWatch:
    """Watches a learning rate that the user has set with ``train.params.config.learning_rate=…``.

    Args:
        config: The config of the training.
        say: Tells the user something; called at most once.
    """

    def __init__(self, config: Config, say: Callable[[str], None]) -> None:
        is_set = config.origins.get(tuple(_KEY.split("."))) == f"{_KEY}="
        is_adaptive = config.learner.get("lr_schedule") == "adaptive"
        self._rate = config.learner["learning_rate"] if is_set and is_adaptive else None
        self._say = say

    def after_epoch(self, progress: Progress) -> None:
        """Looks at the learning rate after an epoch."""
        if self._rate is None or progress.learning_rate is None or progress.epochs_done > WATCHED_EPOCHS:
            return
        if progress.learning_rate != self._rate:
            self._say(
                f"learning_rate is {progress.learning_rate:.4g} after epoch {progress.epoch}, no longer your "
                f"{self._rate:.4g}: lr_schedule=adaptive changes it; train.params.config.lr_schedule=constant keeps it"
            )
            self._rate = None
