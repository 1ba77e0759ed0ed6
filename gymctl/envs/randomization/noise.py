"""Noise on observations and actions."""

import torch
from torch import Tensor

from gymctl.config.randomization import Noise
from gymctl.envs.randomization.sampling import fill, neutral, strength


class NoiseSource:
    """White noise, drawn at every call, plus noise that stays the same for a period.

    Args:
        noise: What it is like.
        shape: ``(num_envs, n)``.
        generator: Source of randomness, on the simulation's device.
    """

    def __init__(self, noise: Noise, shape: tuple[int, int], generator: torch.Generator) -> None:
        self._noise = noise
        self._generator = generator
        self._white = torch.empty(shape, device=generator.device)
        self._correlated = torch.zeros(shape, device=generator.device) if noise.correlated else None
        self._strength = 0.0

    def redraw(self, steps: int) -> None:
        """Begins a period.

        Args:
            steps: Simulation steps since the start, for the schedule.
        """
        self._strength = strength(self._noise.white, steps)
        if self._correlated is not None and self._noise.correlated is not None:
            fill(self._correlated, self._noise.correlated, self._generator)

    def __call__(self, values: Tensor) -> Tensor:
        """Values ``[num_envs, n]`` with noise, as a new tensor unless the schedule has not begun."""
        if self._strength == 0.0:
            return values
        white = self._noise.white
        noise = fill(self._white, white, self._generator)
        if self._correlated is not None:
            noise.add_(self._correlated)
        noise.sub_(neutral(white)).mul_(self._strength).add_(neutral(white))
        return values * noise if white.operation == "scaling" else values + noise
