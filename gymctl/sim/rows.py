"""Reading and writing some rows of batched tensors, chosen by an index list or by a mask.

On the CPU it is cheapest to handle a few worlds by index. On a GPU the number of chosen worlds must not reach the host,
so everything is computed for all worlds and kept where a mask says so. Code written with these functions does either.
"""

import torch
from torch import Tensor

EnvIds = Tensor
"""The chosen worlds: an index list (int64 ``[n]``, sorted) or a mask (bool ``[num_envs]``)."""


def take(tensor: Tensor, ids: EnvIds | None) -> Tensor:
    """Returns the rows to compute on: those of an index list ``[n, ...]``; all of them for a mask or None."""
    return tensor if ids is None or ids.dtype == torch.bool else tensor[ids]


def assign(tensor: Tensor, value: Tensor | float, ids: EnvIds) -> None:
    """Writes into the chosen rows, in place; the counterpart of `take`.

    Args:
        tensor: Where to write ``[num_envs, ...]``.
        value: A number, or what was computed on the rows of `take`: ``[n, ...]``, or ``[num_envs, ...]`` with a mask.
        ids: The worlds.
    """
    if ids.dtype != torch.bool:
        tensor[ids] = value.to(tensor.dtype) if isinstance(value, Tensor) else value
    elif isinstance(value, Tensor):
        torch.where(ids.view(-1, *[1] * (tensor.ndim - 1)), value.to(tensor.dtype), tensor, out=tensor)
    else:
        tensor.masked_fill_(ids.view(-1, *[1] * (tensor.ndim - 1)), value)


def as_mask(ids: EnvIds, num_envs: int) -> Tensor:
    """Returns the mask ``[num_envs]`` of an index list; a mask as it is."""
    if ids.dtype == torch.bool:
        return ids
    return torch.zeros(num_envs, dtype=torch.bool, device=ids.device).index_fill_(0, ids, True)


def limit_length_(vectors: Tensor, limit: float) -> None:
    """Shortens vectors ``[N, 3]`` in place to a length of at most `limit`."""
    length = torch.linalg.vector_norm(vectors, dim=1, keepdim=True)
    vectors *= limit / length.clamp(min=limit)
