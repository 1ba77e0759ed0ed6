"""Writes packages with a task for a robot of the user's: what `gymctl new` does."""
