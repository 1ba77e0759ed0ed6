"""Tells, once each, what Isaac Gym has and this simulation has not."""

import logging

from gymctl.core.terminal import one_line

_log = logging.getLogger("gymctl.isaacgym")
_told: set[str] = set()


def tell(notice: str) -> None:
    """Logs a notice, unless it was told before. Users silence it through the logger ``gymctl.isaacgym``."""
    if notice not in _told:
        _told.add(notice)
        _log.warning(one_line(notice))
