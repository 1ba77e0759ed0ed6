"""Finding what a task keeps in Python from step to step, where a recording of the step would not see it change."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor

from gymctl.sim.simulation import Simulation

_PLAIN = (bool, int, float, complex, str, bytes, type(None))
_FOREIGN = ("torch", "numpy", "mujoco", "mujoco_warp", "warp", "builtins", "functools")
"""Packages whose objects aren't looked into."""
_DEPTH = 6


def snapshot(owner: object) -> dict[str, Any]:
    """Notes the numbers, texts and places of tensors that an object and its parts hold, by name as ``motors.gains``."""
    return dict(_entries(owner, "", _DEPTH, set()))


def changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """Names of what differs between two snapshots; values that tensors hold may, in place."""
    names = sorted(before.keys() | after.keys())
    return [name for name in names if name not in before or name not in after or _differ(before[name], after[name])]


def _entries(value: Any, name: str, depth: int, seen: set[int]) -> Iterator[tuple[str, Any]]:
    if isinstance(value, (Tensor, np.ndarray, *_PLAIN)):
        yield name, value.copy() if isinstance(value, np.ndarray) else value
        return
    if isinstance(value, Simulation | torch.Generator | type) or id(value) in seen or not depth:
        return
    seen.add(id(value))
    for key, part in _parts(value):
        yield from _entries(part, f"{name}.{key}" if name else key, depth - 1, seen)


def _parts(value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping):
        yield from ((str(key), part) for key, part in value.items())
    elif isinstance(value, list | tuple):
        yield from ((str(index), part) for index, part in enumerate(value))
    elif type(value).__module__.partition(".")[0] not in _FOREIGN and not callable(value):
        yield from getattr(value, "__dict__", {}).items()


def _differ(before: Any, after: Any) -> bool:
    if isinstance(before, Tensor) and isinstance(after, Tensor):  # both are alive: equal addresses are the same memory
        return _place(before) != _place(after)
    if isinstance(before, np.ndarray) and isinstance(after, np.ndarray):
        return not np.array_equal(before, after)
    return type(before) is not type(after) or bool(before != after and before == before)


def _place(tensor: Tensor) -> tuple[Any, ...]:
    return tensor.data_ptr(), tensor.shape, tensor.stride(), tensor.dtype
