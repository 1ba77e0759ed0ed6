"""A viewer for the browser: it plays a policy in real time, draws the robots and has controls."""
