"""A learning rate that follows its rule on the device."""

from collections.abc import Iterable
from typing import Any

import torch
from torch import Tensor


class LearningRate:
    """The rate of an optimizer, as a tensor that the optimizer reads.

    On a GPU, its kernels take single precision only: the rule is followed in double precision, as by rl_games.

    Args:
        rate: To begin with.
        device: Where the optimizer's weights are.
    """

    def __init__(self, rate: float, device: torch.device) -> None:
        self._on_gpu = device.type == "cuda"
        self.value = torch.full((), rate, dtype=torch.float64, device=device)
        self._used = self.value.to(torch.float32 if self._on_gpu else torch.float64, copy=True)

    @property
    def tensors(self) -> list[Tensor]:
        """All that it changes, in place."""
        return [self.value, self._used]

    def give_to(self, groups: Iterable[dict[str, Any]]) -> None:
        """Has an optimizer, new or restored, read it on the device; on a GPU, so that its steps can be recorded.

        Args:
            groups: The optimizer's parameter groups.
        """
        for group in groups:
            group |= {"lr": self._used, "foreach": None, "fused": True, "capturable": self._on_gpu}

    def write_into(self, groups: Iterable[dict[str, Any]]) -> None:
        """Puts it, as a number, into what a checkpoint holds of an optimizer, which any rl_games can read.

        Args:
            groups: The parameter groups of the optimizer's state.
        """
        for group in groups:
            group |= {"lr": self.value.item(), "capturable": False}

    def set(self, rate: float) -> None:
        """Sets it."""
        self.value.fill_(rate)
        self._used.fill_(rate)

    def adapt(self, kl: Tensor, threshold: float, lowest: float, highest: float) -> None:
        """rl_games' adaptive rule: slower where the policy moves too far, faster where it hardly moves.

        Args:
            kl: How far it has moved, ``[]``.
            threshold: How far it should move; a half to twice of it is fine.
            lowest: Of the rate.
            highest: Of the rate.
        """
        slower, faster = (self.value / 1.5).clamp(min=lowest), (self.value * 1.5).clamp(max=highest)
        kl = kl.double()
        rate = torch.where(kl > 2.0 * threshold, slower, self.value)
        self.value.copy_(torch.where(kl < 0.5 * threshold, faster, rate))
        self._used.copy_(self.value)
