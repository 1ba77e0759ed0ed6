"""Checkpoint files: reading them safely, old layouts, whether one fits a config."""
