"""Trained policies: loading, playing, measuring and exporting them; trains nothing."""

from gymctl.policies.rl_games_patches import skip_test_networks

skip_test_networks()
