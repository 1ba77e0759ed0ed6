"""What is known of runs: how they stand, their learning curves, and what of them can go; imports no torch."""
