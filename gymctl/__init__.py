"""gymctl: train, play and export robot policies, the IsaacGymEnvs way."""

import os

from gymctl.registration import register_with_gymnasium

# PyTorch's idle threads would spin for milliseconds on cores that the simulation needs. Read when torch loads.
os.environ.setdefault("GOMP_SPINCOUNT", "10000")

__version__ = "0.1.0"

register_with_gymnasium()
