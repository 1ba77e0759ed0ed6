"""Descriptors share memory with the tensors that they are made from."""

import pytest
import torch

from gymctl.isaacgym import gymtorch, values


def test_a_tensor_comes_back_as_it_went_in():
    tensor = torch.zeros(4, 13)
    view = gymtorch.wrap_tensor(gymtorch.unwrap_tensor(tensor))
    view[1] = 1.0
    assert tensor[1].tolist() == [1.0] * 13


def test_a_tensor_with_gaps_is_refused():
    with pytest.raises(ValueError, match="contiguous"):
        gymtorch.unwrap_tensor(torch.zeros(4, 13)[:, :3])


@pytest.mark.parametrize("wrong", [None, [1.0]])
def test_what_is_no_tensor_is_refused(wrong):
    with pytest.raises(TypeError, match="takes a torch tensor"):
        gymtorch.unwrap_tensor(wrong)
    with pytest.raises(ValueError, match="empty"):
        gymtorch.wrap_tensor(values.Tensor())


def test_a_star_import_hides_nothing_of_torch():
    names = {name for name in vars(gymtorch) if not name.startswith("_")}
    assert names == {"torch", "wrap_tensor", "unwrap_tensor"}
