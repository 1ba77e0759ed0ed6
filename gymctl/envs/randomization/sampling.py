"""Random numbers as a `Draw` describes them, and what they do to a value."""

import math

import torch
from torch import Tensor

from gymctl.config.randomization import Draw


def strength(draw: Draw, steps: int) -> float:
    """How much of a draw takes effect after a number of simulation steps, from 0 to 1."""
    if draw.schedule == "linear":
        return min(steps / draw.schedule_steps, 1.0)
    return float(draw.schedule is None or steps >= draw.schedule_steps)


def neutral(draw: Draw) -> float:
    """The number that changes nothing."""
    return 1.0 if draw.operation == "scaling" else 0.0


def fill(values: Tensor, draw: Draw, generator: torch.Generator) -> Tensor:
    """Fills a tensor with independent samples, not weakened by a schedule; returns it."""
    low, high = draw.range
    if draw.distribution == "gaussian":
        return values.normal_(low, high, generator=generator)
    if draw.distribution == "uniform":
        return values.uniform_(low, high, generator=generator)
    return values.uniform_(math.log(low), math.log(high), generator=generator).exp_()


def sample(draw: Draw, steps: int, *shape: int, generator: torch.Generator) -> Tensor:
    """Independent samples, moved towards the neutral number as the draw's schedule demands.

    For Gaussian and uniform draws that is IsaacGymEnvs' formula, which interpolates the range.

    Args:
        draw: The distribution.
        steps: Simulation steps since the start.
        shape: Shape of the result.
        generator: Source of randomness; says the device.
    """
    values = fill(torch.empty(shape, device=generator.device), draw, generator)
    return values.sub_(neutral(draw)).mul_(strength(draw, steps)).add_(neutral(draw))


def apply(nominal: Tensor, samples: Tensor, operation: str) -> Tensor:
    """The nominal values with the samples multiplied or added."""
    return nominal * samples if operation == "scaling" else nominal + samples
