"""The parts of ``benchmarks/fidelity.py``."""
