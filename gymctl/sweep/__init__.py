"""Sweeps: many trainings of one task with different settings, run side by side with Ray Tune."""

MOST_TRIALS, MOST_SEEDS, MOST_MEMBERS = 100_000, 1_000, 100
"""That a sweep can have; the last of a population."""
