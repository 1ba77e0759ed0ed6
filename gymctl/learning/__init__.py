"""Everything that touches rl_games: training, the player, action modes."""

from unittest.mock import patch

with patch("torch.compile", lambda function: function):
    import rl_games.envs  # noqa: F401  compiles a network of its tests on import, for which torch loads its compiler: 1.4 s
