"""A recorder for the CPU: it keeps a list of operations and runs them again on the same memory, as a CUDA graph does.

Python isn't run again. So what a step keeps in Python, or what it gives without cloning, shows as on a GPU.
"""

import torch
from torch.utils._python_dispatch import TorchDispatchMode, _disable_current_modes

_NEEDS_A_VALUE = ("aten::_local_scalar_dense", "aten::nonzero", "aten::equal", "aten::masked_select")


class Tape:
    """See `gymctl.sim.recording.Recorder`. Of Warp's launches it holds those that are replayed as Warp's own graphs."""

    def __init__(self):
        self.lengths = []
        """How many operations each recording has."""

    def record(self, body, generators):
        recording = _Recording()
        with recording, _launches_kept_by(recording):
            result = body()
        self.lengths.append(len(recording.operations))
        return result, recording.replay


class Counting(TorchDispatchMode):
    """Counts operations that aren't a part of a recording, and the bytes that they allocate."""

    def __init__(self):
        super().__init__()
        self.operations = self.allocated = 0

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        result = func(*args, **(kwargs or {}))
        if _computes(func):
            self.operations += 1
            self.allocated += sum(tensor.nbytes for tensor in _fresh(func, result))
        return result


class _Recording(TorchDispatchMode):
    def __init__(self):
        super().__init__()
        self.operations = []

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        if func._schema.name in _NEEDS_A_VALUE:
            raise RuntimeError(f"{func._schema.name} needs a value on the host")
        kwargs = kwargs or {}
        result = func(*args, **kwargs)
        if _computes(func):
            places = _fresh(func, result)

            def again():
                for place, value in zip(places, _fresh(func, func(*args, **kwargs)), strict=True):
                    place.copy_(value)

            self.operations.append(again)
        return result

    def replay(self):
        with _disable_current_modes():
            for operation in self.operations:
                operation()


def _computes(func):
    """Whether an operation computes or writes something; a view of a tensor does neither."""
    returned = [value.alias_info for value in func._schema.returns]
    return any(alias is None or alias.is_write for alias in returned) or not returned


def _fresh(func, result):
    """Tensors of a result with memory of their own."""
    results = result if isinstance(result, tuple | list) else (result,)
    if len(func._schema.returns) == 1 and isinstance(result, tuple | list):  # a list of tensors
        return [] if func._schema.returns[0].alias_info else list(results)
    pairs = zip(func._schema.returns, results, strict=True) if func._schema.returns else ()
    return [tensor for returned, tensor in pairs if returned.alias_info is None and isinstance(tensor, torch.Tensor)]


class _launches_kept_by:  # noqa: N801
    """Has the launches of Warp's graphs put among a recording's operations."""

    def __init__(self, recording):
        self._recording = recording

    def __enter__(self):
        try:
            import warp as wp
        except ImportError:
            self._warp = None
            return
        self._warp, self._launch = wp, wp.capture_launch

        def launch(graph):
            self._launch(graph)
            self._recording.operations.append(lambda: self._launch(graph))

        wp.capture_launch = launch

    def __exit__(self, *error):
        if self._warp:
            self._warp.capture_launch = self._launch
