"""Run directories: manifests, checkpoints and their names, learning curves; imports no torch."""
