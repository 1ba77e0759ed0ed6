"""Recording tensor operations once and running them again at once, as a CUDA graph does."""

import gc
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any, Generic, Protocol, TypeVar

import torch

T = TypeVar("T")
Body = Callable[[], T]

_CALLS_BEFORE = 3
"""Calls that run one operation after the other, until kernels are loaded and buffers are there."""


class Recorder(Protocol):
    """Makes recordings. What a recording reads and writes stays where it is in memory."""

    def record(self, body: Body[T], generators: Sequence[torch.Generator]) -> tuple[T, Callable[[], None]]:
        """Runs a body once.

        Args:
            body: Always the same operations on the same tensors; what it needs no value of on the host.
            generators: Where its random numbers come from; every run draws new ones.

        Returns:
            What the body gave, and a function that runs it again, on the same memory: it overwrites what was given.

        Raises:
            RuntimeError: It can't be recorded. Nothing has been run then.
        """
        ...


class CudaRecorder:
    """Records CUDA graphs.

    Args:
        scope: Entered while a graph is recorded, as to tell another library of it.
    """

    def __init__(self, scope: Callable[[], AbstractContextManager[Any]]) -> None:
        self._scope = scope

    def record(self, body: Body[T], generators: Sequence[torch.Generator]) -> tuple[T, Callable[[], None]]:
        """See `Recorder`; nothing is computed while a graph is recorded, so it is run once at the end."""
        result, replay = capture(body, generators=generators, scope=self._scope)
        replay()
        return result, replay


def capture(
    body: Body[T],
    *,
    generators: Sequence[torch.Generator] = (),
    scope: Callable[[], AbstractContextManager[Any]] = nullcontext,
    stream: torch.cuda.Stream | None = None,
) -> tuple[T, Callable[[], None]]:
    """Records a CUDA graph, in which nothing is computed.

    Args:
        body: See `Recorder.record`.
        generators: See `Recorder.record`.
        scope: See `CudaRecorder`.
        stream: The stream that is recorded; None for one of PyTorch's own.

    Returns:
        What the body gave, and a function that runs it.

    Raises:
        RuntimeError: It can't be recorded.
    """
    graph = torch.cuda.CUDAGraph()
    for generator in generators:
        graph.register_generator_state(generator)
    # Other threads, as one that writes TensorBoard's files, may do what a recording can't hold.
    with torch.cuda.graph(graph, stream=stream, capture_error_mode="thread_local"), scope(), keeping_garbage():
        result = body()
    return result, graph.replay


@contextmanager
def keeping_garbage() -> Iterator[None]:
    """Collects no garbage: an old recording could be among it, and to delete one spoils the one that is being made."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()


class Recorded(Generic[T]):
    """A body that runs one operation after the other at first, then is recorded and run at once.

    Where it can't be recorded it goes on as at first, after a warning.

    Args:
        what: What the body does, for the warning.
        body: See `Recorder.record`.
        recorder: Records it; None never does.
        generators: See `Recorder.record`.
    """

    def __init__(
        self, what: str, body: Body[T], recorder: Recorder | None, generators: Sequence[torch.Generator] = ()
    ) -> None:
        self._what = what
        self._body = body
        self._recorder = recorder
        self._generators = generators
        self._calls = 0
        self._recording: tuple[T, Callable[[], None]] | None = None

    @property
    def recorded(self) -> bool:
        """Whether there is a recording."""
        return self._recording is not None

    def __call__(self) -> T:
        """Runs the body; what it gives is overwritten by the next call."""
        if self._recording is not None:
            result, replay = self._recording
            replay()
            return result
        if self._recorder is None or self._calls < _CALLS_BEFORE:
            self._calls += 1
            return self._body()
        try:
            self._recording = self._recorder.record(self._body, self._generators)
        except RuntimeError as error:
            warn_unrecorded(self._what, str(error).partition("\n")[0])
            self._recorder = None
            return self._body()
        return self._recording[0]


def warn_unrecorded(what: str, cause: str) -> None:
    """Warns that something runs one operation after the other for good."""
    warnings.warn(
        f"{what} can't be recorded as a graph: {cause}. It runs one operation after the other, which is several times "
        "slower.",
        RuntimeWarning,
        stacklevel=2,
    )
