"""Checkpoints: finding one, reading it safely, and telling whether it fits a config."""

import importlib
from typing import TYPE_CHECKING, Any

from gymctl.checkpoints.locating import KEYWORDS, Located, Which, checkpoint_files, locate, pick, run_of

if TYPE_CHECKING:
    from gymctl.checkpoints.continuing import check_continues
    from gymctl.checkpoints.fitting import check_fits, trained_on
    from gymctl.checkpoints.loading import load, sha256
    from gymctl.checkpoints.networks import NetworkSizes, sizes

__all__ = [
    "KEYWORDS",
    "Located",
    "NetworkSizes",
    "Which",
    "check_continues",
    "check_fits",
    "checkpoint_files",
    "load",
    "locate",
    "pick",
    "run_of",
    "sha256",
    "sizes",
    "trained_on",
]

_NEED_TORCH = {
    "NetworkSizes": "networks",
    "check_continues": "continuing",
    "check_fits": "fitting",
    "sizes": "networks",
    "trained_on": "fitting",
    "load": "loading",
    "sha256": "loading",
}


def __getattr__(name: str) -> Any:
    """Imports what needs torch when it is first used: finding files doesn't, and shell completion does only that."""
    if name not in _NEED_TORCH:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_NEED_TORCH[name]}"), name)
