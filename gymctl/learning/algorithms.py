"""What is particular to each of rl_games' algorithms; everything else reaches it through `Algorithm`."""

from abc import ABC, abstractmethod
from typing import Any, ClassVar

import torch
from rl_games.algos_torch.players import PpoPlayerContinuous, SACPlayer
from rl_games.common.player import BasePlayer
from torch import Tensor, nn

from gymctl.errors import InputError, suggest
from gymctl.learning.agent import PpoAgent
from gymctl.learning.minibatch import fit_minibatch
from gymctl.learning.sac_agent import SacAgent

Agent = PpoAgent | SacAgent

RnnStates = tuple[Tensor, ...]
"""A recurrent policy's state, each of shape (layers, num_envs, units). Order: h, c for an LSTM, h for a GRU; where the
critic is separate, the actor's first, then the critic's. Empty for a policy without memory."""


class Algorithm(ABC):
    """How an algorithm is trained, and how its policy is read out of rl_games' model."""

    name: ClassVar[str]
    """``train.params.algo.name``."""
    model: ClassVar[str]
    """``train.params.model.name``."""
    agent: ClassVar[type[PpoAgent] | type[SacAgent]]
    player: ClassVar[type[BasePlayer]]
    horizon: ClassVar[str]
    """The key of ``train.params.config`` that says how many control steps an epoch has."""
    optimizers: ClassVar[frozenset[str]]
    """Keys of a checkpoint that training needs to continue, besides ``epoch`` and ``frame``."""

    def frames_per_epoch(self, config: dict[str, Any]) -> int:
        """Env steps an epoch, all envs together."""
        return config["task"]["env"]["numEnvs"] * config["train"]["params"]["config"].get(self.horizon, 1)

    def fit(self, config: dict[str, Any], defaults: dict[str, Any]) -> str | None:
        """Fits a config to its number of envs, in place; a line for the user, if that changed something."""
        return None

    @abstractmethod
    def network(self, model: Any) -> nn.Module:
        """The part of rl_games' model that `mean` needs."""

    def actor_states(self, network: Any) -> RnnStates:
        """The recurrent state that the actor needs, for one env: ``()`` without memory."""
        return ()

    @abstractmethod
    def mean(self, network: Any, obs: Tensor, states: RnnStates) -> tuple[Tensor, RnnStates]:
        """The mean action ``[N, num_actions]`` before squashing and clipping, and the actor's next state.

        Args:
            network: As of `network`.
            obs: Normalised observations ``[N, num_observations]``.
            states: The actor's recurrent state.
        """

    @abstractmethod
    def distribution(self, model: Any, obs: Tensor, states: RnnStates) -> tuple[Tensor, Tensor, RnnStates]:
        """Mean and standard deviation ``[N, num_actions]`` before squashing and clipping, and the next state.

        Args:
            model: rl_games' model.
            obs: Raw observations ``[N, num_observations]``.
            states: The recurrent state.
        """

    def squash(self, actions: Tensor) -> Tensor:
        """What the algorithm itself does to an action drawn from its Gaussian, ``[N, num_actions]``."""
        return actions


class Ppo(Algorithm):
    """PPO with continuous actions: a Gaussian whose actions are clipped by whoever takes them."""

    name = "a2c_continuous"
    model = "continuous_a2c_logstd"
    agent = PpoAgent
    player = PpoPlayerContinuous
    horizon = "horizon_length"
    optimizers = frozenset({"optimizer"})

    def fit(self, config: dict[str, Any], defaults: dict[str, Any]) -> str | None:
        """See `gymctl.learning.minibatch.fit_minibatch`."""
        return fit_minibatch(config, defaults)

    def network(self, model: Any) -> nn.Module:
        """Actor and critic, without the normalisers."""
        return model.a2c_network

    def actor_states(self, network: Any) -> RnnStates:
        """See `Algorithm.actor_states`."""
        states = tuple(network.get_default_rnn_state()) if network.is_rnn() else ()
        return states[: len(states) // 2] if network.separate else states

    def mean(self, network: Any, obs: Tensor, states: RnnStates) -> tuple[Tensor, RnnStates]:
        """See `Algorithm.mean`."""
        # A separate critic has a state of its own, which an actor never reads: any tensor of the right shape will do.
        all_states = states * 2 if network.separate else states
        mean, _, _, next_states = network({"obs": obs, "rnn_states": all_states})
        return mean, tuple(next_states[: len(states)]) if states else ()

    def distribution(self, model: Any, obs: Tensor, states: RnnStates) -> tuple[Tensor, Tensor, RnnStates]:
        """See `Algorithm.distribution`."""
        output = model({"is_train": False, "prev_actions": None, "obs": obs, "rnn_states": states})
        return output["mus"], output["sigmas"], tuple(output["rnn_states"] or ())


class Sac(Algorithm):
    """Soft actor-critic: the hyperbolic tangent of a Gaussian, without memory."""

    name = "sac"
    model = "soft_actor_critic"
    agent = SacAgent
    player = SACPlayer
    horizon = "num_steps_per_episode"
    optimizers = frozenset({"actor_optimizer", "critic_optimizer", "log_alpha_optimizer"})

    def network(self, model: Any) -> nn.Module:
        """The actor's layers, whose outputs are means and logarithms of standard deviations."""
        return model.sac_network.actor.trunk

    def mean(self, network: Any, obs: Tensor, states: RnnStates) -> tuple[Tensor, RnnStates]:
        """See `Algorithm.mean`."""
        return network(obs).chunk(2, dim=-1)[0], states

    def distribution(self, model: Any, obs: Tensor, states: RnnStates) -> tuple[Tensor, Tensor, RnnStates]:
        """See `Algorithm.distribution`."""
        gaussian = model.actor(model.norm_obs(obs)).base_dist
        return gaussian.loc, gaussian.scale, states

    def squash(self, actions: Tensor) -> Tensor:
        """The hyperbolic tangent."""
        return torch.tanh(actions)


ALGORITHMS: dict[str, Algorithm] = {algorithm.name: algorithm for algorithm in (Ppo(), Sac())}


def algorithm_of(config: dict[str, Any]) -> Algorithm:
    """The algorithm that a config asks for.

    Args:
        config: The composed config.

    Raises:
        InputError: It is none of `ALGORITHMS`, or doesn't go with the model.
    """
    params = config["train"]["params"]
    name, model = params["algo"]["name"], params["model"]["name"]
    algorithm = ALGORITHMS.get(name)
    if algorithm is None:
        raise InputError(
            f"train.params.algo.name is {name!r}, which is not available",
            suggest(name, ALGORITHMS) or f"use {' or '.join(ALGORITHMS)}",
        )
    if model != algorithm.model:
        raise InputError(
            f"train.params.model.name is {model!r}, which doesn't go with the algorithm {name!r}",
            f"set train.params.model.name={algorithm.model}",
        )
    return algorithm
