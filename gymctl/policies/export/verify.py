"""Verifies an exported file against the network that it was made from."""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from gymctl.config.config import Config
from gymctl.policies.export.runtime import ExportedPolicy
from gymctl.policies.player import Player, distribution, initial_states, load_player
from gymctl.policies.probing import draw_observations

TOLERANCE = 1e-5
NUM_INPUTS = 1000
_STEPS = 8  # of a recurrent policy with the whole batch


@dataclass(frozen=True)
class Comparison:
    """How a file's actions compare with the network's."""

    max_abs_error: float
    """The largest difference between two actions. NaN if any is NaN."""
    agrees: bool
    """Whether every difference is within the tolerance."""


def compare(policy: ExportedPolicy, config: Config, checkpoint: dict[str, Any]) -> Comparison:
    """Runs a file and rl_games' own network on the same 1,000 observations, one by one and all at once.

    They are drawn as the checkpoint's normaliser saw them in training, a tenth of them far outside, so that every
    clamp is met. A recurrent policy carries its state along. The tolerance grows with the largest mean action that the
    network gives for an observation before clipping, where that is above 1: single precision is no finer.

    Args:
        policy: The file, read back.
        config: The composed config.
        checkpoint: The checkpoint the file was made from.
    """
    player = load_player(config, checkpoint)
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # a thousand steps of a batch of one only lose by more
    try:
        return _compare(
            policy, player, config, draw_observations(checkpoint["model"], policy.num_observations, NUM_INPUTS)
        )
    finally:
        torch.set_num_threads(threads)


def _compare(policy: ExportedPolicy, player: Player, config: Config, inputs: Tensor) -> Comparison:
    together = [inputs.roll(step, dims=0) for step in range(_STEPS if policy.recurrent else 1)]
    errors, tolerances = [], []
    for sequence in (inputs.split(1), together):
        states = initial_states(player, len(sequence[0]))
        for obs in sequence:
            mean, _, states = distribution(player, _clip(obs, config, "clipObservations"), states)
            errors.append((policy.act(obs) - _to_task(player, mean, config)).abs().amax(dim=1))
            tolerances.append(TOLERANCE * mean.abs().amax(dim=1).clamp(min=1.0))
    error, tolerance = torch.cat(errors), torch.cat(tolerances)
    return Comparison(error.max().item(), bool((error <= tolerance).all()))


def _to_task(player: Player, mean: Tensor, config: Config) -> Tensor:
    actions = player.network.squash(mean)
    return _clip(actions.clamp(-1.0, 1.0) if player.clip_actions else actions, config, "clipActions")


def _clip(values: Tensor, config: Config, key: str) -> Tensor:
    bound = float(config.task.env.get(key, "inf"))
    return values.clamp(-bound, bound)
