"""``isaacgym.gymtorch``: between torch tensors and the descriptors that ``Gym`` takes and gives."""

import torch

from gymctl.isaacgym.values import Tensor as _Tensor


def wrap_tensor(gym_tensor: _Tensor) -> torch.Tensor:
    """The tensor that a descriptor stands for; they share memory."""
    if gym_tensor.torch_tensor is None:
        raise ValueError("the descriptor is empty: it stands for no tensor")
    return gym_tensor.torch_tensor


def unwrap_tensor(torch_tensor: torch.Tensor) -> _Tensor:
    """A descriptor of a tensor, for the calls of ``Gym``.

    Raises:
        TypeError: It isn't a torch tensor.
        ValueError: It isn't contiguous.
    """
    if not isinstance(torch_tensor, torch.Tensor):
        raise TypeError(f"unwrap_tensor takes a torch tensor, not {type(torch_tensor).__name__}")
    if not torch_tensor.is_contiguous():
        raise ValueError("unwrap_tensor needs a contiguous tensor; call .contiguous() on it first")
    return _Tensor(torch_tensor)
