"""Everything that touches rl_games: training, the player, action modes."""
