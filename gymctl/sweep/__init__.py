"""Sweeps: many trainings of one task with different settings, run side by side with Ray Tune."""
