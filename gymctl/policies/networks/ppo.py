"""PPO's read side: a Gaussian whose actions are clipped, with or without memory."""

import re
from dataclasses import replace
from typing import Any

from rl_games.algos_torch.players import PpoPlayerContinuous
from torch import Tensor, nn

from gymctl.core.errors import InputError
from gymctl.policies.networks.base import (
    NetworkSizes,
    PolicyNetwork,
    Recurrence,
    RnnStates,
    layers_in_order,
    normalizes,
)

_LAYER = re.compile(r"a2c_network\.actor_mlp\.(?:linears\.)?(\d{1,4})\.weight")
_RECURRENT = re.compile(r"a2c_network\.(?:a_)?rnn\.rnn\.weight_hh_l(\d{1,4})")
_GATES = {"lstm": 4, "gru": 3}


class PpoNetwork(PolicyNetwork):
    """PPO with continuous actions: a Gaussian whose actions are clipped by whoever takes them."""

    algorithm = "a2c_continuous"
    model = "continuous_a2c_logstd"
    player = PpoPlayerContinuous
    example = "AntPPO"

    def sizes(self, weights: dict[str, Tensor]) -> NetworkSizes | None:
        """See `PolicyNetwork.sizes`."""
        mean_layer = weights.get("a2c_network.mu.weight")
        if mean_layer is None or mean_layer.ndim != 2:
            return None
        mlp = layers_in_order(_LAYER, weights)
        recurrence, recurrence_inputs = _recurrence(weights, mlp, mean_layer)
        if recurrence is not None and (recurrence.before_mlp or not mlp):
            observations = recurrence_inputs
        else:
            observations = (mlp[0] if mlp else mean_layer).shape[1]
        return NetworkSizes(
            algorithm=self.algorithm,
            observations=observations,
            actions=mean_layer.shape[0],
            layers=tuple(weight.shape[0] for weight in mlp),
            recurrence=recurrence,
            separate=any(key.startswith(("a2c_network.critic_mlp.", "a2c_network.c_rnn.")) for key in weights),
            fixed_sigma="a2c_network.sigma" in weights,
            normalize_input=normalizes(weights, "running_mean_std"),
            normalize_value=normalizes(weights, "value_mean_std"),
        )

    def configured_sizes(self, params: dict[str, Any], found: NetworkSizes) -> NetworkSizes:
        """See `PolicyNetwork.configured_sizes`."""
        network, learner = params["network"], params["config"]
        rnn = network.get("rnn")
        return replace(
            found,
            layers=tuple(network["mlp"]["units"]),
            recurrence=rnn and Recurrence(rnn["name"], rnn["units"], rnn["layers"], rnn.get("before_mlp", False)),
            separate=network.get("separate", False),
            fixed_sigma=network["space"]["continuous"]["fixed_sigma"],
            normalize_input=learner["normalize_input"],
            normalize_value=learner.get("normalize_value", False),
        )

    def actor(self, model: Any) -> nn.Module:
        """Actor and critic, without the normalisers."""
        return model.a2c_network

    def actor_states(self, actor: Any) -> RnnStates:
        """See `PolicyNetwork.actor_states`."""
        states = tuple(actor.get_default_rnn_state()) if actor.is_rnn() else ()
        return states[: len(states) // 2] if actor.separate else states

    def mean(self, actor: Any, obs: Tensor, states: RnnStates) -> tuple[Tensor, RnnStates]:
        """See `PolicyNetwork.mean`."""
        # A separate critic has a state of its own, which an actor never reads: any tensor of the right shape will do.
        all_states = states * 2 if actor.separate else states
        mean, _, _, next_states = actor({"obs": obs, "rnn_states": all_states})
        return mean, tuple(next_states[: len(states)]) if states else ()

    def distribution(self, model: Any, obs: Tensor, states: RnnStates) -> tuple[Tensor, Tensor, RnnStates]:
        """See `PolicyNetwork.distribution`."""
        output = model({"is_train": False, "prev_actions": None, "obs": obs, "rnn_states": states})
        return output["mus"], output["sigmas"], tuple(output["rnn_states"] or ())


def _recurrence(weights: dict[str, Tensor], mlp: list[Tensor], mean_layer: Tensor) -> tuple[Recurrence | None, int]:
    """Reads the recurrent part and the number of its inputs."""
    by_layer = {int(m[1]): (key, weight) for key, weight in weights.items() if (m := _RECURRENT.fullmatch(key))}
    if not by_layer:
        return None, 0
    key, weight = by_layer[min(by_layer)]
    inputs = weights.get(key.replace("weight_hh_l", "weight_ih_l"))
    if weight.ndim != 2 or inputs is None or inputs.ndim != 2:
        raise InputError("the checkpoint's recurrent layers are incomplete", "give another checkpoint")
    units, num_inputs = weight.shape[1], inputs.shape[1]
    kind = next((name for name, gates in _GATES.items() if weight.shape[0] == gates * units), "recurrent")
    mlp_is_last = (
        bool(mlp) and mean_layer.shape[1] == mlp[-1].shape[0] and mlp[0].shape[1] in (units, units + num_inputs)
    )
    return Recurrence(kind, units, len(by_layer), mlp_is_last), num_inputs
