"""Pages to send around: one HTML file each, which asks for nothing else."""
