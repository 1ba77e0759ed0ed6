"""PPO whose ranks stay one policy."""

import itertools
from typing import Any

from rl_games.algos_torch.a2c_continuous import A2CAgent
from torch import nn

from gymctl.learning.on_device.normaliser import RunningMeanStd
from gymctl.learning.ranks.group import Group

_EPOCHS_TO_COMPARISON = 50


class SharedPpo(A2CAgent):
    """rl_games' ``A2CAgent`` in a group: gradients, advantages and normalisers are those of all ranks' transitions.

    rl_games' own ``multi_gpu`` needs CUDA, and lets the ranks' learning rates and normalisers drift apart.
    """

    epoch_num: int
    model: nn.Module
    central_value_net: Any

    def __init__(self, base_name: str, params: dict[str, Any]) -> None:
        self.group: Group = params["config"].get("group") or Group()
        super().__init__(base_name, params)
        for network in self.networks:
            for module in network.modules():
                if isinstance(module, RunningMeanStd):
                    module.group = self.group
        if self.has_central_value:
            self.central_value_net.group = self.group

    @property
    def networks(self) -> list[nn.Module]:
        """The policy's, and that of a central value."""
        return [self.model, self.central_value_net.model] if self.has_central_value else [self.model]

    def prepare_dataset(self, batch_dict: dict[str, Any]) -> None:
        """Makes an epoch's transitions what is learned from; the advantages of all ranks are normalised together.

        Args:
            batch_dict: As rl_games' `play_steps` gives it.
        """
        together = self.normalize_advantage and not (self.group.is_alone or self.normalize_rms_advantage)
        self.normalize_advantage = self.normalize_advantage and not together
        super().prepare_dataset(batch_dict)
        if together:
            self.normalize_advantage = True
            advantages = self.dataset.values_dict["advantages"]
            mean, variance, number = self.group.moments(advantages)
            deviation = (variance * number / (number - 1)).sqrt()
            advantages.copy_((advantages - mean) / (deviation + 1e-8))

    def trancate_gradients_and_step(self) -> None:
        """The optimizer's step, with the mean of all ranks' gradients."""
        self.group.average_gradients(self.model.parameters())
        super().trancate_gradients_and_step()

    def compare_networks(self) -> None:
        """Compares the ranks' networks, now and then.

        Raises:
            RanksDifferError: They have become different ones.
        """
        if self.epoch_num % _EPOCHS_TO_COMPARISON == 1:
            named = [(*network.named_parameters(), *network.named_buffers()) for network in self.networks]
            self.group.check_equal(itertools.chain(*named))
