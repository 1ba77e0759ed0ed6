"""SAC's read side: the hyperbolic tangent of a Gaussian, without memory."""

import re
from dataclasses import replace
from typing import Any

import torch
from rl_games.algos_torch.players import SACPlayer
from torch import Tensor, nn

from gymctl.policies.networks.base import NetworkSizes, PolicyNetwork, RnnStates, layers_in_order, normalizes

_LAYER = re.compile(r"sac_network\.actor\.trunk\.(\d{1,4})\.weight")


class SacNetwork(PolicyNetwork):
    """Soft actor-critic: the hyperbolic tangent of a Gaussian, without memory."""

    algorithm = "sac"
    model = "soft_actor_critic"
    player = SACPlayer
    example = "AntSAC"

    def sizes(self, weights: dict[str, Tensor]) -> NetworkSizes | None:
        """See `PolicyNetwork.sizes`."""
        mlp = layers_in_order(_LAYER, weights)
        if not mlp:
            return None
        return NetworkSizes(
            algorithm=self.algorithm,
            observations=mlp[0].shape[1],
            actions=mlp[-1].shape[0] // 2,  # a mean and the logarithm of a standard deviation each
            layers=tuple(weight.shape[0] for weight in mlp[:-1]),
            recurrence=None,
            separate=True,
            fixed_sigma=False,
            normalize_input=normalizes(weights, "running_mean_std"),
            normalize_value=False,
        )

    def configured_sizes(self, params: dict[str, Any], found: NetworkSizes) -> NetworkSizes:
        """See `PolicyNetwork.configured_sizes`."""
        layers = tuple(params["network"]["mlp"]["units"])
        return replace(found, layers=layers, normalize_input=params["config"].get("normalize_input", False))

    def actor(self, model: Any) -> nn.Module:
        """The actor's layers, whose outputs are means and logarithms of standard deviations."""
        return model.sac_network.actor.trunk

    def mean(self, actor: Any, obs: Tensor, states: RnnStates) -> tuple[Tensor, RnnStates]:
        """See `PolicyNetwork.mean`."""
        return actor(obs).chunk(2, dim=-1)[0], states

    def distribution(self, model: Any, obs: Tensor, states: RnnStates) -> tuple[Tensor, Tensor, RnnStates]:
        """See `PolicyNetwork.distribution`."""
        gaussian = model.actor(model.norm_obs(obs)).base_dist
        return gaussian.loc, gaussian.scale, states

    def squash(self, actions: Tensor) -> Tensor:
        """The hyperbolic tangent."""
        return torch.tanh(actions)
