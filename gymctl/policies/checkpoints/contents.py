"""Checks what a checkpoint contains: of which kind its tensors are, and whether training can have made its weights."""

import math
from collections.abc import Iterator
from typing import Any, NoReturn

import numpy as np
import torch
from torch import Tensor, nn

from gymctl.core.errors import InputError
from gymctl.policies.checkpoints.inspecting import FIX, shown

FLOATS = frozenset({torch.float16, torch.bfloat16, torch.float32, torch.float64})
INTEGERS = frozenset({torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64})

_KNOWN_TYPES = FLOATS | INTEGERS | {torch.bool}
_COUNTERS = (".count", ".num_batches_tracked")
_LARGEST_WEIGHT = 1e8
_LARGEST_STATISTIC = 1e18
"""Of a normaliser's mean; its square is the largest variance, which single precision can still hold."""
_MOST_DIMENSIONS = 8
_MOST_VIEWS = 4
"""Networks may share tensors, but how much they take together stays near to what is stored."""


def check_tensors(checkpoint: dict[Any, Any], source: str) -> None:
    """Refuses tensors that are not plain values on the CPU, each stored once.

    That leaves out those without values (``meta``), the sparse, quantised and 8-bit ones, and those that claim more
    values than they store.

    Args:
        checkpoint: What was loaded, nested no deeper than can be walked.
        source: The file's name, for the message.

    Raises:
        InputError: Naming the tensor.
    """
    claimed, stored = 0, {}
    for keys, tensor in _tensors(checkpoint):
        if problem := _problem(tensor):
            raise InputError(f"'{source}' has {problem} in {_dotted(keys)}", FIX)
        storage = tensor.untyped_storage()
        claimed += tensor.numel() * tensor.element_size()
        stored[storage.data_ptr()] = storage.nbytes()
    if claimed > _MOST_VIEWS * sum(stored.values()):
        raise InputError(f"'{source}' claims more values than it stores", "don't load it")


def check_weights(model: dict[Any, Any], source: str) -> None:
    """Refuses weights and statistics of normalisers that no training leaves behind.

    Args:
        model: The ``model`` of a checkpoint, which `check_tensors` has seen.
        source: The file's name, for the message.

    Raises:
        InputError: Naming the tensor.
    """
    for key, value in model.items():
        name = shown(key)
        if not isinstance(key, str) or not isinstance(value, Tensor):
            raise InputError(f"'{source}' has something else than a tensor among its weights: {name}", FIX)

        def refuse(what: str, name: str = name) -> NoReturn:
            raise InputError(f"'{source}' has {what} in {name}", "give an earlier checkpoint of the run")

        if not value.numel():
            raise InputError(f"'{source}' has no values in {name}", FIX)
        if value.dtype not in (FLOATS | INTEGERS if key.endswith(_COUNTERS) else FLOATS):
            raise InputError(f"'{source}' has weights of type {value.dtype} in {name}", FIX)
        if not value.isfinite().all():
            refuse("NaN or infinite weights")
        is_statistic, is_variance = "mean_std." in key, key.endswith((".running_var", ".count"))
        largest = _LARGEST_STATISTIC ** (1 + is_variance) if is_statistic else _LARGEST_WEIGHT
        if float(value.abs().max()) > largest and not key.endswith(_COUNTERS):
            refuse(f"values beyond {largest:g}")
        if is_variance and (value < 0).any():
            refuse("negative values")


def is_number(value: Any, low: float = -math.inf, high: float = math.inf) -> bool:
    """Says whether a value out of a file is a real number, NaN being none, within two bounds.

    Args:
        value: Python's number, NumPy's, or a tensor of one element.
        low: The least that it may be.
        high: The most that it may be.
    """
    if isinstance(value, Tensor) and value.numel() == 1 and value.dtype in FLOATS | INTEGERS:
        value = value.item()
    is_real = isinstance(value, int | float | np.integer | np.floating) and type(value) is not bool
    return is_real and bool(low <= value <= high)


def _tensors(data: Any, keys: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Tensor]]:
    """All tensors in nested data, each with the keys that lead to it."""
    if isinstance(data, Tensor):
        yield keys, data
    elif isinstance(data, dict | list | tuple):
        for key, value in data.items() if isinstance(data, dict) else enumerate(data):
            yield from _tensors(value, (*keys, key))


def _dotted(keys: tuple[Any, ...]) -> str:
    return ".".join(key if isinstance(key, str) and len(key) < 80 else shown(key) for key in keys)


def _problem(tensor: Tensor) -> str | None:
    """What keeps a tensor from being used; nothing is asked that needs its values."""
    if type(tensor) not in (Tensor, nn.Parameter):
        return f"a {type(tensor).__name__}"
    if tensor.is_quantized:
        return "quantised values"
    if tensor.layout is not torch.strided:
        return f"a tensor of layout {tensor.layout}"
    if tensor.device.type != "cpu":
        return f"a tensor without values ({tensor.device})"
    if tensor.dtype not in _KNOWN_TYPES:
        return f"values of type {tensor.dtype}"
    if tensor.ndim > _MOST_DIMENSIONS:
        return f"a tensor of {tensor.ndim} dimensions"
    if tensor.numel() * tensor.element_size() > tensor.untyped_storage().nbytes() or _overlaps(tensor):
        return "more values than it stores"
    return None


def _overlaps(tensor: Tensor) -> bool:
    """Whether two elements of a tensor may be the same place in memory."""
    extent = 1
    for stride, size in sorted(zip(tensor.stride(), tensor.shape, strict=True)):
        if size > 1 and stride < extent:
            return True
        extent = max(extent, stride * size)
    return False
