"""Rows by index list and by mask come to the same."""

import torch

from gymctl.sim.rows import as_mask, assign, take


def test_an_index_list_and_a_mask_change_the_same_rows():
    values = torch.arange(12.0).view(4, 3)
    mask = torch.tensor([True, False, False, True])
    ids = mask.nonzero().flatten()
    by_list, by_mask = torch.zeros(4, 3), torch.zeros(4, 3)
    assign(by_list, take(values, ids), ids)
    assign(by_mask, take(values, mask), mask)
    assert torch.equal(by_list, by_mask)
    assert by_list[:, 0].tolist() == [0, 0, 0, 9]
    assign(by_list, -1, ids)
    assign(by_mask, -1, mask)
    assert torch.equal(by_list, by_mask)


def test_none_takes_all_rows():
    values = torch.arange(4)
    assert take(values, None) is values


def test_an_index_list_becomes_the_mask_it_means():
    mask = torch.tensor([True, False, False, True])
    assert torch.equal(as_mask(mask.nonzero().flatten(), 4), mask)
    assert as_mask(mask, 4) is mask
