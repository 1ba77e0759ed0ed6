"""rl_games' models, built so that neither a step nor an update waits for a GPU; weights and numbers are the same."""

from functools import partial
from typing import Any

import torch
from rl_games.algos_torch import sac_helper
from rl_games.algos_torch.model_builder import ModelBuilder
from rl_games.algos_torch.models import ModelA2CContinuousLogStd, ModelCentralValue, ModelSACContinuous
from rl_games.common.layers.recurrent import RnnWithDones
from torch import Tensor, distributions, nn

from gymctl.learning.on_device.discriminator import AmpBuilder
from gymctl.learning.on_device.normaliser import replace_normalisers

States = Tensor | tuple[Tensor, ...]


class GaussianModel(ModelA2CContinuousLogStd):
    """PPO's ``continuous_a2c_logstd``, and AMP's ``continuous_amp``."""

    class Network(ModelA2CContinuousLogStd.Network):
        """Actions are sampled without `torch.normal`, which looks at every standard deviation on the host first."""

        def __init__(self, a2c_network: nn.Module, **kwargs: Any) -> None:
            super().__init__(a2c_network, **kwargs)
            _take_out_waits(self)

        def forward(self, input_dict: dict[str, Any]) -> dict[str, Any]:
            """See rl_games."""
            if input_dict.get("is_train", True):
                return super().forward(input_dict)
            input_dict["obs"] = self.norm_obs(input_dict["obs"])
            mean, logarithm, value, states = self.a2c_network(input_dict)
            deviation = torch.exp(logarithm)
            action = sample_gaussian(mean, deviation)
            return {
                "neglogpacs": torch.squeeze(self.neglogp(action, mean, deviation, logarithm)),
                "values": self.denorm_value(value),
                "actions": action,
                "rnn_states": states,
                "mus": mean,
                "sigmas": deviation,
            }


class CentralValueModel(ModelCentralValue):
    """The critic's ``central_value``, which PPO may train beside the policy."""

    class Network(ModelCentralValue.Network):
        """Its normalisers and its memory don't wait."""

        def __init__(self, a2c_network: nn.Module, **kwargs: Any) -> None:
            super().__init__(a2c_network, **kwargs)
            _take_out_waits(self)


class SquashedGaussianModel(ModelSACContinuous):
    """SAC's ``soft_actor_critic``."""

    class Network(ModelSACContinuous.Network):
        """The actor's distribution doesn't look at its parameters and samples on the host."""

        def __init__(self, sac_network: nn.Module, **kwargs: Any) -> None:
            super().__init__(sac_network, **kwargs)
            replace_normalisers(self)

        def actor(self, obs: Tensor) -> distributions.Distribution:
            """See rl_games' ``DiagGaussianActor``."""
            actor = self.sac_network.actor
            mean, logarithm = actor.trunk(obs).chunk(2, dim=-1)
            lowest, highest = actor.log_std_bounds
            logarithm = lowest + 0.5 * (highest - lowest) * (torch.tanh(logarithm) + 1)
            return _SquashedNormal(mean, logarithm.exp())


class _SquashedNormal(distributions.TransformedDistribution):
    """rl_games' ``SquashedNormal``, without checks of values."""

    def __init__(self, mean: Tensor, deviation: Tensor) -> None:
        gaussian = distributions.Normal(mean, deviation, validate_args=False)
        super().__init__(gaussian, [sac_helper.TanhTransform()], validate_args=False)

    def sample(self, sample_shape: Any = ()) -> Tensor:
        """A sample without gradients."""
        with torch.no_grad():
            return self.rsample(sample_shape)

    @property
    def mean(self) -> Tensor:
        """The squashed mean, as rl_games has it."""
        return torch.tanh(self.base_dist.loc)  # pyright: ignore[reportAttributeAccessIssue]


def sample_gaussian(mean: Tensor, deviation: Tensor) -> Tensor:
    """Draws the same numbers as `torch.normal`, without looking whether a standard deviation is negative."""
    return torch.randn_like(mean).mul_(deviation).add_(mean)


def build_network(params: dict[str, Any], num_amp_observations: int = 1) -> Any:
    """What rl_games' ``ModelBuilder().load`` gives, with these models, and with AMP's.

    Args:
        params: rl_games' parameters.
        num_amp_observations: What AMP's discriminator sees.
    """
    builder = ModelBuilder()
    models = {
        "continuous_a2c_logstd": GaussianModel,
        "continuous_amp": GaussianModel,
        "central_value": CentralValueModel,
        "soft_actor_critic": SquashedGaussianModel,
    }
    for name, model in models.items():
        builder.model_factory.register_builder(name, lambda network, model=model, **_: model(network))
    builder.network_builder.network_factory.register_builder("amp", lambda **_: AmpBuilder(num_amp_observations))
    return builder.load(params)


def build_central_network(settings: dict[str, Any]) -> Any:
    """The same of a central value.

    Args:
        settings: ``central_value_config``.
    """
    return build_network({"model": {"name": "central_value"}, "network": settings["network"]})


def _take_out_waits(model: nn.Module) -> None:
    """Exchanges what reads values on the host in a new model of PPO."""
    replace_normalisers(model)
    for module in model.modules():
        if isinstance(module, RnnWithDones):
            module.forward = partial(_forward_with_dones, module)  # pyright: ignore[reportAttributeAccessIssue]


def _forward_with_dones(
    rnn: RnnWithDones, inputs: Tensor, states: States, dones: Tensor | None = None, bptt_len: int = 0
) -> tuple[Tensor, States]:
    """On a GPU, steps through all sequences together; rl_games reads on the host where episodes begin.

    Args:
        rnn: The layer.
        inputs: ``[sequence, N, inputs]``.
        states: Before the first step.
        dones: Where a new episode begins, ``[sequence, N, 1]``.
        bptt_len: Not used by rl_games.
    """
    if dones is None or inputs.device.type == "cpu":
        return RnnWithDones.forward(rnn, inputs, states, dones, bptt_len)
    outputs = []
    for step, goes_on in zip(inputs.split(1), (1.0 - dones.float()).split(1), strict=True):
        states = states * goes_on if isinstance(states, Tensor) else tuple(state * goes_on for state in states)
        output, states = rnn.rnn(step, states)
        outputs.append(output)
    return torch.cat(outputs), states
