"""Counts where the host waits for a device: a GPU has nothing to do until it is told what comes next."""

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode

_READS_A_VALUE = frozenset(
    [
        "_local_scalar_dense",
        "is_nonzero",
        "equal",
        "nonzero",
        "nonzero_numpy",
        "masked_select",
        "_unique",
        "_unique2",
        "unique_dim",
        "unique_consecutive",
        "bincount",
        "multinomial",
        "allclose",
    ]
)
"""Operations that need values on the host, or a size that depends on values."""
_CHECKS_DEVIATIONS = frozenset({"normal.Tensor_Tensor", "normal.float_Tensor"})
"""They look on the host whether a standard deviation is negative."""
_COUNTS_REPEATS = "repeat_interleave.Tensor"
_INDEXES = frozenset({"index", "index_put", "index_put_", "_index_put_impl_"})
_COPIES = frozenset({"_to_copy", "copy_"})
_TO_HOST = frozenset({Tensor.cpu, Tensor.numpy, Tensor.tolist, Tensor.__array__})
_FROM_HOST = frozenset({torch.tensor, torch.as_tensor})
_PYTORCH = str(Path(torch.__file__).parent)


@dataclass(frozen=True)
class Wait:
    """A place where the host waits."""

    operation: str
    """PyTorch's name."""
    place: str
    """File and line, of the innermost code that is not PyTorch's."""


@contextmanager
def counting_waits(device: torch.device | None = None) -> Iterator[list[Wait]]:
    """Notes, while entered, every operation of this thread that waits for a GPU.

    It also notes them on a CPU, and on tensors without values, where nothing waits: no GPU is needed to know. There, to
    read a value that was copied to the host before counts as well. It makes everything several times slower.

    Args:
        device: Only operations on tensors of such a device count; None for all.

    Yields:
        The waits, in their order, growing.
    """
    waits: list[Wait] = []

    def note(operation: str, devices: Iterable[torch.device]) -> None:
        if device is None or any(found.type == device.type for found in devices):
            waits.append(Wait(operation, _place()))

    with _Calls(note), _Operations(note):
        yield waits


_Note = Callable[[str, Iterable[torch.device]], None]


class _Operations(TorchDispatchMode):
    """Sees what reaches a device."""

    def __init__(self, note: _Note) -> None:
        super().__init__()
        self._note = note

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        name, _, overload = str(func).removeprefix("aten.").partition(".")
        if (
            name in _READS_A_VALUE
            or f"{name}.{overload}" in _CHECKS_DEVIATIONS
            or (f"{name}.{overload}" == _COUNTS_REPEATS and kwargs.get("output_size") is None)
            or (name in _INDEXES and any(_is_mask(index) for index in args[1]) and not _fills(args))
        ):
            self._note(name, [value.device for value in args if isinstance(value, Tensor)])
        result = func(*args, **kwargs)
        if name in _COPIES:
            source = args[1] if name == "copy_" else args[0]
            if _crosses(source, result) and not kwargs.get("non_blocking", len(args) > 2 and args[2]):
                to_host = result.device.type == "cpu"
                self._note(f"copy {'to' if to_host else 'from'} the host", [source.device, result.device])
        return result


class _Calls(TorchFunctionMode):
    """Sees what is no operation of a device where the tensor is on the host already."""

    def __init__(self, note: _Note) -> None:
        super().__init__()
        self._note = note

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        if func in _TO_HOST and args[0].device.type == "cpu":
            self._note(func.__name__, [args[0].device])
        elif func in _FROM_HOST and kwargs.get("device") is not None and not isinstance(args[0], Tensor):
            self._note(func.__name__, [torch.device(kwargs["device"])])
        return func(*args, **kwargs)


def _is_mask(index: Any) -> bool:
    return isinstance(index, Tensor) and index.dtype in (torch.bool, torch.uint8)


def _fills(args: Any) -> bool:
    """Whether one value is put wherever a mask is set, for which PyTorch needs no positions."""
    return len(args) > 2 and args[2].numel() == 1


def _crosses(source: Any, result: Tensor) -> bool:
    """Whether a copy is one between host and device."""
    return (source.device.type == "cpu") != (result.device.type == "cpu")


def _place() -> str:
    frame = sys._getframe(1)
    while frame.f_back is not None and frame.f_code.co_filename.startswith((_PYTORCH, __file__)):
        frame = frame.f_back
    return f"{frame.f_code.co_filename}:{frame.f_lineno}"
