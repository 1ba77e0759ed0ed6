"""Records a step of learning as a CUDA graph, and trusts the recording only after it has given the eager result."""

import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any, Protocol

import torch
from torch import Tensor

from gymctl.sim.recording import capture

Inputs = dict[str, Any]
"""Tensors by name."""
Outputs = tuple[Tensor, ...]

_WARM_UP_STEPS = 3
_OF_CHANGE, _OF_VALUE, _OF_RESULT = 1e-2, 1e-6, 1e-3
"""How far the recorded step may be from the eager one on average: a GPU adds up in any order."""


class Backend(Protocol):
    """How steps are recorded."""

    def warming_up(self) -> AbstractContextManager[None]:
        """Entered for the steps before the recording."""
        ...

    def record(self, function: Callable[[], Outputs]) -> tuple[Outputs, Callable[[], None]]:
        """Records a function, which may run meanwhile or not.

        Returns:
            The tensors that every run writes its results to, and what runs it.

        Raises:
            RuntimeError: It can't be recorded.
        """
        ...


class CudaGraphs:
    """Records CUDA graphs.

    Args:
        device: The GPU.
    """

    def __init__(self, device: torch.device) -> None:
        self._device = device
        self._stream = torch.cuda.Stream(device)

    @contextmanager
    def warming_up(self) -> Iterator[None]:
        """Runs steps on the stream that is recorded later, as PyTorch asks for."""
        present = torch.cuda.current_stream(self._device)
        self._stream.wait_stream(present)
        with torch.cuda.stream(self._stream):
            yield
        present.wait_stream(self._stream)

    def record(self, function: Callable[[], Outputs]) -> tuple[Outputs, Callable[[], None]]:
        """See `Backend`."""
        return capture(function, stream=self._stream)


class Recorder:
    """A step that is run eagerly at first, then recorded, checked and replayed.

    The check runs the same step twice, from the same state: eagerly, and as recorded. Where they differ, or recording
    fails, a warning says so, and all steps stay eager. Either way every step counts once.

    Args:
        step: Takes inputs of fixed shapes, and changes only the tensors of `state`, in place. Its Python code must do
            the same every time.
        state: Gives these tensors, always the same ones.
        backend: Records it.
    """

    def __init__(
        self, step: Callable[[Inputs], Outputs], state: Callable[[], Sequence[Tensor]], backend: Backend
    ) -> None:
        self._step = step
        self._state = state
        self._backend = backend
        self._steps_to_warm_up = _WARM_UP_STEPS
        self._inputs: Inputs = {}
        self._outputs: Outputs = ()
        self._replay: Callable[[], None] | None = None
        self._has_failed = False

    @property
    def recorded(self) -> bool:
        """Whether steps are replayed."""
        return self._replay is not None

    def __call__(self, inputs: Inputs) -> Outputs:
        """Does a step.

        Returns:
            The step's results, which the next call may overwrite.
        """
        if self._replay is not None:
            for name, value in inputs.items():
                self._inputs[name].copy_(value)
            self._replay()
            return self._outputs
        if self._has_failed:
            return self._step(inputs)
        if self._steps_to_warm_up:
            self._steps_to_warm_up -= 1
            with self._backend.warming_up():
                return self._step(inputs)
        return self._record(inputs)

    def _record(self, inputs: Inputs) -> Outputs:
        state = list(self._state())
        before = [tensor.clone() for tensor in state]
        with self._backend.warming_up():
            eager = tuple(result.clone() for result in self._step(inputs))
        after = [tensor.clone() for tensor in self._state()]
        problem = self._moved(state)
        if problem is None:
            self._inputs = {name: value.clone() for name, value in inputs.items()}
            problem = self._try(state, before, after, eager)
        if problem is None:
            return self._outputs
        self._replay, self._has_failed = None, True
        _copy(after, self._state())
        warnings.warn(
            f"the update of the networks can't be recorded as a CUDA graph: {problem}. Its kernels are launched one by "
            "one, which is slower. train.params.config.cuda_graph=False doesn't try it.",
            RuntimeWarning,
            stacklevel=3,
        )
        return eager

    def _try(
        self, state: Sequence[Tensor], before: Sequence[Tensor], after: Sequence[Tensor], eager: Outputs
    ) -> str | None:
        """Records the step and runs it from the state before; returns what is wrong with that."""
        try:
            _copy(before, state)
            self._outputs, self._replay = self._backend.record(lambda: self._step(self._inputs))
            _copy(before, state)
            self._replay()
            return self._moved(state) or _wrong_state(state, before, after) or _wrong_results(self._outputs, eager)
        except RuntimeError as error:
            return (str(error).strip() or type(error).__name__).splitlines()[0]

    def _moved(self, state: Sequence[Tensor]) -> str | None:
        """A recording goes on with the same memory."""
        places = [[tensor.data_ptr() for tensor in tensors] for tensors in (state, self._state())]
        return None if places[0] == places[1] else "a tensor that it changes was made anew"


def _wrong_state(state: Sequence[Tensor], before: Sequence[Tensor], after: Sequence[Tensor]) -> str | None:
    for found, old, new in zip(state, before, after, strict=True):
        allowed = _OF_CHANGE * _mean_difference(new, old) + _OF_VALUE * _mean(new)
        if (error := _mean_difference(found, new)) > allowed:
            return f"a {tuple(new.shape)} tensor of its state is {error:g} off"
    return None


def _wrong_results(found: Sequence[Tensor], expected: Sequence[Tensor]) -> str | None:
    for value, reference in zip(found, expected, strict=True):
        if (error := _mean_difference(value, reference)) > _OF_RESULT * _mean(reference) + _OF_VALUE:
            return f"a {tuple(reference.shape)} tensor of its results is {error:g} off"
    return None


def _mean_difference(a: Tensor, b: Tensor) -> float:
    return _mean(a.double().nan_to_num() - b.double().nan_to_num())


def _mean(values: Tensor) -> float:
    return values.double().nan_to_num().abs().mean().item()


def _copy(values: Sequence[Tensor], state: Sequence[Tensor]) -> None:
    with torch.no_grad():
        for tensor, value in zip(state, values, strict=True):
            tensor.copy_(value)
