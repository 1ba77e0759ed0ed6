"""Copies of fields with the worlds last."""

import torch

from gymctl.sim.worlds_last import WorldsLast


def test_it_follows_the_field_at_every_read_in_the_same_memory():
    block = torch.arange(60, dtype=torch.float64).view(3, 20)
    field = block[:, 2:8].unflatten(1, (2, 3))  # rows that are not side by side
    copy = WorldsLast(field)
    first = copy.read()
    assert first.dtype == torch.float32
    assert first.is_contiguous()
    assert torch.equal(first, field.permute(1, 2, 0).float())
    field += 1.0
    assert copy.read() is first
    assert torch.equal(first, field.permute(1, 2, 0).float())
