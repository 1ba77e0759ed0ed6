"""Cartpole and BallBalance."""
