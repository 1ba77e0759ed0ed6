"""Tensors that say they are on a GPU, and have no values, on a machine without one.

They are PyTorch's fake tensors. Whatever needs a value on the host raises, and so does an operation on tensors of
different devices. A PyTorch without CUDA enters the device in C++ before it indexes, which fails; here, indexing is
written with operations that don't.
"""

from contextlib import contextmanager

import torch
from torch import Tensor
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.overrides import TorchFunctionMode

from tests.helpers.meta_simulation import MetaSimulation

CUDA = torch.device("cuda:0")


class FakeCudaSimulation(MetaSimulation):
    """Worlds of fake tensors; to be made and used in `fake_cuda`."""

    device = CUDA


@contextmanager
def fake_cuda():
    """While entered, tensors on `CUDA` can be made and used."""
    with FakeTensorMode(allow_non_fake_inputs=False), _Indexing():
        yield


class _Indexing(TorchFunctionMode):
    def __torch_function__(self, func, types, args=(), kwargs=None):
        if func is Tensor.__getitem__:
            return _read(*args)
        if func is Tensor.__setitem__:
            return _write(*args)
        entering = _ENTERING.get(func, func)
        return entering(*args, **(kwargs or {}))


_ENTERING = {Tensor.copy_: torch.ops.aten.copy_.default, Tensor.nonzero: torch.ops.aten.nonzero.default}
"""What enters the device in C++ too, and what does the same without."""


def _read(tensor, index):
    view, chosen = _view(tensor, index)
    for part in chosen or ():
        if _is_mask(part):
            torch.ops.aten.nonzero.default(part)  # what the device is waited for
    return view if chosen is None else torch.ops.aten.index.Tensor(view, chosen)


def _write(tensor, index, value):
    view, chosen = _view(tensor, index)
    if chosen is not None:
        values = value if isinstance(value, Tensor) else torch.full((), value, dtype=view.dtype, device=view.device)
        torch.ops.aten.index_put_.default(view, chosen, values)
    elif isinstance(value, Tensor):
        torch.ops.aten.copy_.default(view, value)
    else:
        view.fill_(value)


def _view(tensor, index):
    """What integers, slices, None and an ellipsis choose; and the tensors that index it, if there are any."""
    parts = list(index) if isinstance(index, tuple) else [index]
    if (at := next((i for i, part in enumerate(parts) if part is Ellipsis), None)) is not None:
        taken = sum(_num_axes(part) for part in parts)
        parts[at : at + 1] = [slice(None)] * (tensor.ndim - taken)
    axis, tensors = 0, {}
    for part in parts:
        if part is None:
            tensor = tensor.unsqueeze(axis)
        elif isinstance(part, slice):
            tensor = torch.ops.aten.slice.Tensor(tensor, axis, part.start, part.stop, part.step or 1)
        elif isinstance(part, Tensor):
            tensors[axis] = part
        elif isinstance(part, int):
            tensor = tensor.select(axis, part)
            continue
        else:
            raise TypeError(f"{part!r} indexes a tensor on a GPU: it would be copied there")
        axis += part.ndim if _is_mask(part) else 1
    return tensor, [tensors.get(i) for i in range(max(tensors) + 1)] if tensors else None


def _num_axes(part):
    if part is None or part is Ellipsis:
        return 0
    return part.ndim if _is_mask(part) else 1


def _is_mask(part):
    return isinstance(part, Tensor) and part.dtype == torch.bool
