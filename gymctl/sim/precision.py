"""The precision of matrix products, which is a setting of the whole process."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch


@contextmanager
def full_precision() -> Iterator[None]:
    """Multiplies float32 matrices in float32.

    rl_games lets a GPU round them to TF32's 11 bits. That is good enough for networks, but puts errors of 4e-4 into
    rotations, and `gymctl play` would see other observations than the training did.
    """
    before = torch.get_float32_matmul_precision()
    torch.set_float32_matmul_precision("highest")
    try:
        yield
    finally:
        torch.set_float32_matmul_precision(before)
