"""One training in several processes, which torchrun starts: a rank for each device."""
