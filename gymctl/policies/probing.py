"""Observations to try a policy on, drawn from what its checkpoint knows of them."""

import torch
from torch import Tensor

_SEED = 0


def draw_observations(model: dict[str, Tensor], num_observations: int, count: int) -> Tensor:
    """Draws raw observations as a network's normaliser saw them, a tenth of them far outside, always the same ones.

    Args:
        model: The checkpoint's weights.
        num_observations: Their number, for a network without normaliser.
        count: How many to draw.

    Returns:
        Observations. Shape: (count, num_observations).
    """
    mean = model.get("running_mean_std.running_mean", torch.zeros(num_observations)).float()
    variance = model.get("running_mean_std.running_var", torch.ones(num_observations)).float()
    generator = torch.Generator().manual_seed(_SEED)
    noise = torch.randn(count, num_observations, generator=generator)
    noise[::10] *= 10.0
    return mean + variance.sqrt() * noise
