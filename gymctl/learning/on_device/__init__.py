"""What a training keeps on its device, so that the host waits for it once an epoch only."""
