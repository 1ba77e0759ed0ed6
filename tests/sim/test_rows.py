"""Rows by index list and by mask come to the same."""

import pytest
import torch

from gymctl.sim.rows import as_mask, assign, assign_columns, take


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


LIST, MASK = torch.tensor([0, 2]), torch.tensor([True, False, True, False])


@pytest.mark.parametrize("columns", [slice(1, 4, 2), torch.tensor([3, 1])], ids=["slice", "list"])
@pytest.mark.parametrize("ids", [LIST, MASK], ids=["list", "mask"])
@pytest.mark.parametrize("strided", [False, True])
def test_columns_of_chosen_rows_are_written_and_nothing_else(ids, columns, strided):
    tensor = torch.zeros(4, 10, dtype=torch.float64)[:, 2:7] if strided else torch.zeros(4, 5)
    rows = torch.tensor([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0], [7.0, 8.0]])
    assign_columns(tensor, take(rows, ids), ids, columns)
    expected = torch.zeros(4, 5, dtype=tensor.dtype)
    for row in (0, 2):
        expected[row, columns] = rows[row].to(tensor.dtype)
    assert torch.equal(tensor, expected)


def test_a_mask_of_elements_writes_these():
    tensor, mask = torch.zeros(2, 3, dtype=torch.float64), torch.tensor([[True, False, True], [False, False, True]])
    assign(tensor, torch.arange(6.0).view(2, 3) + 1, mask)
    assert tensor.tolist() == [[1, 0, 3], [0, 0, 6]]
    assign(tensor, 9.0, ~mask)
    assert tensor.tolist() == [[1, 9, 3], [9, 9, 6]]
    bodies = torch.zeros(2, 3, 6)
    assign(bodies, torch.ones(2, 3, 6), mask)
    assert bodies.sum(2).tolist() == [[6, 0, 6], [0, 0, 6]]
