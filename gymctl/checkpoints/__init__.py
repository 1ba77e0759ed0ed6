"""Checkpoints: finding one, reading it safely, and telling whether it fits a config."""
