"""AMP's read side: PPO's policy, and a discriminator beside it that nobody needs who plays."""

import re
from dataclasses import replace
from typing import Any

from rl_games.algos_torch.players import PpoPlayerContinuous
from torch import Tensor

from gymctl.policies.networks.base import NetworkSizes
from gymctl.policies.networks.ppo import PpoNetwork

NORMALISER = "amp_input_mean_std"
"""Under which a checkpoint has the mean and variance of what the discriminator sees."""

_DISCRIMINATOR = re.compile(r"a2c_network\._disc_(mlp|logits)\.")


class AmpPlayer(PpoPlayerContinuous):
    """rl_games' player of PPO, which knows neither ``continuous_amp`` nor ``amp``: its policy is the same."""

    def load_networks(self, params: dict[str, Any]) -> None:
        """Builds the network without a discriminator."""
        network = {**params["network"], "name": "actor_critic"}
        super().load_networks({**params, "model": {"name": PpoNetwork.model}, "network": network})


class AmpNetwork(PpoNetwork):
    """Adversarial motion priors: a policy as PPO's, with a critic of its own."""

    algorithm = "amp_continuous"
    model = "continuous_amp"
    player = AmpPlayer
    example = "HumanoidAMPPPO"

    def sizes(self, weights: dict[str, Tensor]) -> NetworkSizes | None:
        """See `PolicyNetwork.sizes`."""
        if not any(_DISCRIMINATOR.match(key) for key in weights):
            return None
        sizes = super().sizes(weights)
        return sizes and replace(sizes, algorithm=self.algorithm)

    def policy_weights(self, weights: dict[str, Tensor]) -> dict[str, Tensor]:
        """All but the discriminator's."""
        return {key: value for key, value in weights.items() if not _DISCRIMINATOR.match(key)}
