"""The agents of rl_games that train, one file an algorithm."""
