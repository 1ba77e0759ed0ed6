"""gymctl beside other ways to simulate and train the same robots on the same CPU; run by ``benchmarks/compare.py``."""

import gymnasium

gymnasium.logger.min_level = gymnasium.logger.ERROR  # the v4 robots are meant: they are EnvPool's and Gymnasium's alike
