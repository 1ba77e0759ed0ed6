"""The classic tasks: Cartpole and BallBalance."""
