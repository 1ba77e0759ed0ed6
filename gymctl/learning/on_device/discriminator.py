"""AMP's discriminator: a network beside the policy's that tells its motions from demonstrated ones, and its loss."""

from dataclasses import dataclass
from typing import Any, NamedTuple

import torch
from rl_games.algos_torch.network_builder import A2CBuilder
from torch import Tensor, nn
from torch.nn import functional

_LOGIT_WEIGHTS = 1.0
"""Bound of the last layer's first weights."""
_LEAST_DOUBT = 1e-4
"""Of a probability that a motion is the policy's, as a reward takes it: it bounds the reward."""


class AmpBuilder(A2CBuilder):
    """Builds ``amp``: rl_games' ``actor_critic`` and a discriminator, under IsaacGymEnvs' names.

    Args:
        num_amp_observations: What the discriminator sees.
    """

    def __init__(self, num_amp_observations: int) -> None:
        super().__init__()
        self._inputs = num_amp_observations

    def build(self, name: str, **kwargs: Any) -> "AmpBuilder.Network":
        """See rl_games."""
        return AmpBuilder.Network(self.params, self._inputs, **kwargs)

    class Network(A2CBuilder.Network):
        """``network.disc`` describes the discriminator; ``learn_sigma: False`` keeps the noise at its first value."""

        def __init__(self, params: dict[str, Any], num_amp_observations: int, **kwargs: Any) -> None:
            super().__init__(params, **kwargs)
            if not params["space"]["continuous"].get("learn_sigma", False):
                self.sigma.requires_grad_(False)
            disc = params["disc"]
            self._disc_mlp = self._build_mlp(
                num_amp_observations, disc["units"], disc["activation"], dense_func=nn.Linear
            )
            self._disc_logits = nn.Linear([num_amp_observations, *disc["units"]][-1], 1)
            initialize = self.init_factory.create(**disc["initializer"])
            for layer in self._disc_layers():
                initialize(layer.weight)
                nn.init.zeros_(layer.bias)
            nn.init.uniform_(self._disc_logits.weight, -_LOGIT_WEIGHTS, _LOGIT_WEIGHTS)

        def discriminate(self, motions: Tensor) -> Tensor:
            """Logits ``[N, 1]`` of normalised AMP observations ``[N, num_amp_observations]``.

            Above 0: it takes them for demonstrated.
            """
            return self._disc_logits(self._disc_mlp(motions))

        def disc_weights(self) -> list[Tensor]:
            """The weights of its layers, the last one's last, without biases."""
            return [layer.weight for layer in self._disc_layers()]

        def _disc_layers(self) -> list[nn.Linear]:
            layers = [layer for layer in self._disc_mlp.modules() if isinstance(layer, nn.Linear)]
            return [*layers, self._disc_logits]


@dataclass(frozen=True)
class DiscriminatorSettings:
    """IsaacGymEnvs' keys of the loss."""

    logit_reg: float
    """``disc_logit_reg``: of the last layer's weights, squared."""
    grad_penalty: float
    """``disc_grad_penalty``: of the gradient at demonstrations, squared."""
    weight_decay: float
    """``disc_weight_decay``: of all layers' weights, squared."""


class Judgement(NamedTuple):
    """What a minibatch has shown of the discriminator, each ``[]``; only the loss has a gradient."""

    loss: Tensor
    """All that it is to make small."""
    agent_accuracy: Tensor
    """The part of the policy's motions, old ones included, that it takes for the policy's."""
    demo_accuracy: Tensor
    """The part of the demonstrations that it takes for demonstrations."""
    agent_logit: Tensor
    demo_logit: Tensor
    grad_penalty: Tensor
    """Without its weight, as are the others."""
    logit_loss: Tensor


def judge(network: Any, agent: Tensor, replayed: Tensor, demo: Tensor, settings: DiscriminatorSettings) -> Judgement:
    """The discriminator's loss of a minibatch.

    Half the cross entropy of the policy's motions and half that of demonstrations, with a penalty for steepness at the
    demonstrations (https://arxiv.org/abs/2104.02180, equation 8) and for large weights.

    Args:
        network: An `AmpBuilder.Network`.
        agent: Normalised AMP observations of the policy, ``[N, num_amp_observations]``.
        replayed: Of the policy as it was earlier, ``[N, num_amp_observations]``.
        demo: Of demonstrations, ``[N, num_amp_observations]``.
        settings: Weights of the loss's terms.
    """
    demo = demo.detach().requires_grad_()
    agent_logits, demo_logits = network.discriminate(torch.cat((agent, replayed))), network.discriminate(demo)
    entropy = 0.5 * (functional.softplus(agent_logits).mean() + functional.softplus(-demo_logits).mean())
    weights = network.disc_weights()
    logit_loss = weights[-1].square().sum()
    (slope,) = torch.autograd.grad(demo_logits.sum(), demo, create_graph=True)
    grad_penalty = slope.square().sum(-1).mean()
    decay = torch.stack([weight.square().sum() for weight in weights]).sum()
    loss = entropy + settings.logit_reg * logit_loss + settings.grad_penalty * grad_penalty
    return Judgement(
        loss + settings.weight_decay * decay,
        *(
            value.detach()
            for value in (
                (agent_logits < 0).float().mean(),
                (demo_logits > 0).float().mean(),
                agent_logits.mean(),
                demo_logits.mean(),
                grad_penalty,
                logit_loss,
            )
        ),
    )


def style_reward(logits: Tensor, scale: float) -> Tensor:
    """What a motion is rewarded for looking demonstrated, of the shape of its logits: ``-log(1 - p) * scale``.

    Args:
        logits: Of `AmpBuilder.Network.discriminate`.
        scale: ``disc_reward_scale``.
    """
    return -torch.log(torch.sigmoid(-logits).clamp(min=_LEAST_DOUBT)) * scale
