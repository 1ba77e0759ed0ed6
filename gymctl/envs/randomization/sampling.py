"""Drawing random numbers as a `Draw` or a `Noise` describes them, and applying them to values."""

import math

import torch
from torch import Tensor

from gymctl.config.randomization import Draw, Noise


def strength(draw: Draw, steps: int) -> float:
    """Returns how much of a draw takes effect after a number of physics steps, from 0 to 1."""
    if draw.schedule == "linear":
        return min(steps / draw.schedule_steps, 1.0)
    return float(draw.schedule is None or steps >= draw.schedule_steps)


def neutral(draw: Draw) -> float:
    """Returns the number that changes nothing: 1 to multiply with, 0 to add."""
    return 1.0 if draw.operation == "scaling" else 0.0


def fill(values: Tensor, draw: Draw, generator: torch.Generator) -> Tensor:
    """Fills a tensor with independent samples, whatever the schedule says, and returns it."""
    low, high = draw.range
    if draw.distribution == "gaussian":
        return values.normal_(low, high, generator=generator)
    if draw.distribution == "uniform":
        return values.uniform_(low, high, generator=generator)
    return values.uniform_(math.log(low), math.log(high), generator=generator).exp_()


def sample(draw: Draw, steps: int, *shape: int, generator: torch.Generator) -> Tensor:
    """Returns independent samples, moved towards the neutral number as the draw's schedule demands.

    For Gaussian and uniform draws this equals IsaacGymEnvs' formula, which interpolates the range.

    Args:
        draw: The distribution.
        steps: Physics steps since the start.
        shape: Shape of the result.
        generator: Source of randomness; the result is on its device.
    """
    return weaken(fill(torch.empty(shape, device=generator.device), draw, generator), draw, strength(draw, steps))


def weaken(values: Tensor, draw: Draw, strength: Tensor | float) -> Tensor:
    """Moves samples towards the neutral number, in place, and returns them.

    Args:
        values: What `fill` gave.
        draw: The distribution.
        strength: What is left of it, from 0 to 1.
    """
    return values.sub_(neutral(draw)).mul_(strength).add_(neutral(draw))


class Strength:
    """How much of a draw takes effect at present, for operations that are recorded.

    Args:
        draw: The draw.
        device: Where the value is.
    """

    def __init__(self, draw: Draw, device: torch.device) -> None:
        self._draw = draw
        self._on_host = 0.0
        self.value = torch.zeros((), device=device)
        """From 0 to 1, live ``[]``."""

    @property
    def is_none(self) -> bool:
        """Whether nothing of the draw takes effect."""
        return self._on_host == 0.0

    def update(self, steps: int) -> None:
        """Sets it to what it is after a number of physics steps."""
        if (new := strength(self._draw, steps)) != self._on_host:
            self._on_host = new
            self.value.fill_(new)


def apply(nominal: Tensor, samples: Tensor, operation: str) -> Tensor:
    """Returns the nominal values multiplied by the samples (``scaling``), or with them added."""
    return nominal * samples if operation == "scaling" else nominal + samples


class NoiseSource:
    """White noise, drawn at every call, plus noise that stays the same for a period.

    Args:
        noise: Its distributions and schedule.
        shape: ``(num_envs, n)``.
        generator: Source of randomness, on the simulation's device.
    """

    def __init__(self, noise: Noise, shape: tuple[int, int], generator: torch.Generator) -> None:
        self._noise = noise
        self._generator = generator
        self._white = torch.empty(shape, device=generator.device)
        self._correlated = torch.zeros(shape, device=generator.device) if noise.correlated else None
        self._strength = Strength(noise.white, generator.device)

    @property
    def is_none(self) -> bool:
        """Whether the schedule has not begun, so that there is no noise."""
        return self._strength.is_none

    def redraw(self, steps: int) -> None:
        """Begins a period.

        Args:
            steps: Physics steps since the start, for the schedule.
        """
        self._strength.update(steps)
        if self._correlated is not None and self._noise.correlated is not None:
            fill(self._correlated, self._noise.correlated, self._generator)

    def __call__(self, values: Tensor) -> Tensor:
        """Returns values ``[num_envs, n]`` with noise: a new tensor, or the given one before the schedule begins."""
        if self.is_none:
            return values
        white = self._noise.white
        noise = fill(self._white, white, self._generator)
        if self._correlated is not None:
            noise.add_(self._correlated)
        weaken(noise, white, self._strength.value)
        return values * noise if white.operation == "scaling" else values + noise
