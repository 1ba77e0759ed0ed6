"""Training by rl_games: its agents, preparing and running a training, watching over it."""

from gymctl.policies.rl_games_patches import skip_test_networks

skip_test_networks()
