"""The read side of each algorithm: what its network looks like, and which mean and noise it gives."""
