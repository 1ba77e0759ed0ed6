"""Pictures and videos of envs, drawn by MuJoCo without a screen."""
