"""The algorithms that can be trained."""

from gymctl.config import Config
from gymctl.learning.agents.amp import Amp
from gymctl.learning.agents.base import Algorithm
from gymctl.learning.agents.ppo import Ppo
from gymctl.learning.agents.sac import Sac
from gymctl.policies.networks.registry import network_of

ALGORITHMS: dict[str, Algorithm] = {algorithm.name: algorithm for algorithm in (Ppo(), Sac(), Amp())}
"""By ``train.params.algo.name``."""


def algorithm_of(config: Config) -> Algorithm:
    """The algorithm that a config asks for.

    Raises:
        InputError: There is no such algorithm, or it doesn't go with the model.
    """
    return ALGORITHMS[network_of(config).algorithm]
