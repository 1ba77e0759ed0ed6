"""Diagnostics of this machine: the devices and engines that work, and how fast they are."""
