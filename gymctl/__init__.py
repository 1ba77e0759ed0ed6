"""gymctl: train, play and export robot policies, the IsaacGymEnvs way."""

import os

from gymctl.api import export, play, train
from gymctl.core.version import __version__
from gymctl.registration import register_with_gymnasium

__all__ = ["__version__", "export", "play", "train"]

# PyTorch's idle threads would spin for milliseconds on cores that the simulation needs. Read when torch loads.
os.environ.setdefault("GOMP_SPINCOUNT", "10000")

register_with_gymnasium()
