"""gymctl: train, play and export robot policies, the IsaacGymEnvs way."""

__version__ = "0.1.0"
