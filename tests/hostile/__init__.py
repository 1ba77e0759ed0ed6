"""Hostile inputs: ``python -m tests.hostile`` tries them all, each in a process of its own."""
