"""Ingenuity and Quadcopter."""
