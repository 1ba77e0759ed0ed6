"""Trained policies: loading, playing, measuring and exporting them; trains nothing."""
