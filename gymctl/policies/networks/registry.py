"""The read sides that there are: which one a config or a checkpoint needs."""

from typing import Any

from gymctl.config.config import Config
from gymctl.core.errors import InputError, suggest
from gymctl.policies.networks.amp import AmpNetwork
from gymctl.policies.networks.base import NetworkSizes, PolicyNetwork
from gymctl.policies.networks.ppo import PpoNetwork
from gymctl.policies.networks.sac import SacNetwork

NETWORKS: dict[str, PolicyNetwork] = {
    network.algorithm: network for network in (AmpNetwork(), PpoNetwork(), SacNetwork())
}
"""By ``train.params.algo.name``; where two know a checkpoint's tensors, the first one is meant."""


def network_of(config: Config) -> PolicyNetwork:
    """The read side of the algorithm that a config asks for.

    Raises:
        InputError: It is none of `NETWORKS`, or doesn't go with the model.
    """
    name, model = config.algorithm, config.params["model"]["name"]
    network = NETWORKS.get(name)
    if network is None:
        raise InputError(
            f"train.params.algo.name is {name!r}, which is not available",
            suggest(name, NETWORKS) or f"use {' or '.join(NETWORKS)}",
        )
    if model != network.model:
        raise InputError(
            f"train.params.model.name is {model!r}, which doesn't go with the algorithm {name!r}",
            f"set train.params.model.name={network.model}",
        )
    return network


def sizes_of(checkpoint: dict[str, Any]) -> NetworkSizes:
    """Reads the sizes of a checkpoint's policy from its tensors.

    Args:
        checkpoint: As `gymctl.policies.checkpoints.loading.load_checkpoint` returns it.

    Raises:
        InputError: If it is no policy with continuous actions and a flat observation.
    """
    weights = checkpoint.get("model", {})
    found = next((sizes for network in NETWORKS.values() if (sizes := network.sizes(weights)) is not None), None)
    if found is None:
        discrete = any(key.startswith("a2c_network.logits") for key in weights)
        raise InputError(
            f"the checkpoint holds {'a policy with discrete actions' if discrete else 'no actor-critic policy'}",
            "only PPO, AMP and SAC with continuous actions are supported",
        )
    normaliser = weights.get("running_mean_std.running_mean")
    if normaliser is not None and normaliser.shape != (found.observations,):
        raise InputError(
            f"the checkpoint normalises {tuple(normaliser.shape)} observations, its network takes {found.observations}",
            "only policies on flat observations are supported",
        )
    return found
