"""Reading and writing some rows of batched tensors, chosen by an index list or by a mask.

On the CPU it is cheapest to handle a few worlds by index. On a GPU the number of chosen worlds must not reach the host,
so everything is computed for all worlds and kept where a mask says so. Code written with these functions does either.
"""

import torch
from torch import Tensor

EnvIds = Tensor
"""The chosen worlds: an index list (int64 ``[n]``, sorted) or a mask (bool ``[num_envs]``)."""
Columns = slice | Tensor
"""The chosen columns of a row: a slice, or an index list (int64 ``[c]``)."""


def take(tensor: Tensor, ids: EnvIds | None) -> Tensor:
    """Returns the rows to compute on: those of an index list ``[n, ...]``; all of them for a mask or None."""
    return tensor if ids is None or ids.dtype == torch.bool else tensor[ids]


def assign(tensor: Tensor, value: Tensor | float, ids: EnvIds) -> None:
    """Writes into the chosen rows, in place; the counterpart of `take`.

    Args:
        tensor: Where to write ``[num_envs, ...]``.
        value: A number, or what was computed on the rows of `take`: ``[n, ...]``, or ``[num_envs, ...]`` with a mask.
        ids: The worlds. A mask of more dimensions chooses elements of their rows: bool ``[num_envs, columns]``.
    """
    if ids.dtype != torch.bool:
        tensor[ids] = value.to(tensor.dtype) if isinstance(value, Tensor) else value
    elif isinstance(value, Tensor):
        torch.where(_over(ids, tensor), value.to(tensor.dtype), tensor, out=tensor)
    else:
        tensor.masked_fill_(_over(ids, tensor), value)


def assign_columns(tensor: Tensor, value: Tensor, ids: EnvIds, columns: Columns) -> None:
    """Writes some columns of the chosen rows, in place.

    Args:
        tensor: Where to write ``[num_envs, columns, ...]``.
        value: One row for each index, or ``num_envs`` rows with a mask, of the chosen columns.
        ids: The worlds.
        columns: The columns; each at most once.
    """
    if isinstance(columns, slice):
        assign(tensor[:, columns], value, ids)
    elif ids.dtype != torch.bool:
        tensor[ids[:, None], columns] = value.to(tensor.dtype)
    else:
        chosen = tensor.index_select(1, columns)
        assign(chosen, value, ids)
        tensor.index_copy_(1, columns, chosen)


def as_mask(ids: EnvIds, num_envs: int) -> Tensor:
    """Returns the mask ``[num_envs]`` of an index list; a mask as it is."""
    if ids.dtype == torch.bool:
        return ids
    return torch.zeros(num_envs, dtype=torch.bool, device=ids.device).index_fill_(0, ids, True)


def limit_length_(vectors: Tensor, limit: float) -> None:
    """Shortens vectors ``[N, 3]`` in place to a length of at most `limit`."""
    length = torch.linalg.vector_norm(vectors, dim=1, keepdim=True)
    vectors *= limit / length.clamp(min=limit)


def _over(mask: Tensor, tensor: Tensor) -> Tensor:
    """A mask of a tensor's first dimensions, to be used on all of it."""
    return mask.view(*mask.shape, *[1] * (tensor.ndim - mask.ndim))
