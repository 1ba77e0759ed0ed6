"""``isaacgym.rlgpu``: some task code imports it and uses nothing of it."""
