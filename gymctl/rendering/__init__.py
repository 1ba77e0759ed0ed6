"""Pictures and videos of simulated worlds, drawn by MuJoCo without a screen."""
