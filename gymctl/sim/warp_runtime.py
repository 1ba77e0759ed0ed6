"""Running NVIDIA Warp silently, on torch's stream, and replaying its launches as graphs."""

import functools
import warnings
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import torch
import warp as wp

from gymctl.sim.recording import keeping_garbage

wp.config.log_level = wp.LOG_WARNING  # otherwise it prints to stdout that it compiles kernels


def on_device(device: torch.device) -> AbstractContextManager[Any]:
    """Makes Warp work on a device; on a GPU in order with what torch does there.

    Args:
        device: The device, with an index if it is a GPU.
    """
    wp.init()  # mujoco_warp's import doesn't, and without it Warp knows no GPU
    if device.type == "cuda":
        return wp.ScopedStream(_stream(torch.cuda.current_stream(device)), sync_enter=False)
    return wp.ScopedDevice("cpu")


@functools.cache
def _stream(stream: torch.cuda.Stream) -> wp.Stream:
    """Warp's object for a stream of torch's: always the same one.

    When one of them is deleted, Warp forgets the stream, and what is being recorded on it.
    """
    return wp.stream_from_torch(stream)


def within_recording(device: torch.device) -> AbstractContextManager[Any]:
    """Tells Warp of a CUDA graph that torch records on its current stream, so that Warp's arrays live as long."""
    wp.init()
    return wp.ScopedCapture(stream=_stream(torch.cuda.current_stream(device)), external=True)


class Replay:
    """A sequence of kernel launches that is always the same, recorded as a graph and replayed.

    The first call runs the launches one by one, which loads their kernels. The second one records them. Where that is
    impossible, they go on one by one, after a warning. While torch records, they become a part of that. Call it within
    `on_device`.

    Args:
        launches: Launches the kernels; must allocate and read nothing on the host.
    """

    def __init__(self, launches: Callable[[], None]) -> None:
        self._launches = launches
        self.reset()

    @property
    def recorded(self) -> bool:
        """Whether a graph was recorded."""
        return self._graph is not None

    def reset(self) -> None:
        """Forgets the graph; needed when the launches or the arrays that they use change."""
        self._graph: wp.Graph | None = None
        self._loaded = False
        self._recordable = True

    def __call__(self) -> None:
        """Replays the graph, or launches the kernels."""
        if wp.get_device().is_capturing:
            self._launches()
            return
        if self._graph is None and self._loaded and self._recordable:
            self._record()
        if self._graph is not None:
            wp.capture_launch(self._graph)
        else:
            self._launches()
            self._loaded = True

    def _record(self) -> None:
        device = wp.get_device()
        try:
            if device.is_cuda and not wp.is_mempool_enabled(device):
                raise RuntimeError("the device has no memory pool")
            stream = wp.Stream(device) if device.is_cuda else None  # torch's default stream can't record
            with wp.ScopedStream(stream, sync_enter=False), wp.ScopedCapture(device) as capture, keeping_garbage():
                self._launches()
            self._graph = capture.graph
        except RuntimeError as error:
            self._recordable = False
            warnings.warn(
                f"mujoco_warp can't be recorded as a graph on {device}: {error}. Its kernels are launched one by one, "
                "which is many times slower.",
                RuntimeWarning,
                stacklevel=2,
            )
