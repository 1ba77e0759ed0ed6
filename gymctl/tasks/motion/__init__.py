"""Tasks that are rewarded for looking like a recorded motion."""
