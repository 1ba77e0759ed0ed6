"""Video files: H.264 that browsers play, and animated GIFs."""

import contextlib
from fractions import Fraction
from pathlib import Path
from typing import Protocol

import av
import av.filter
import numpy as np
from av.video.reformatter import ColorRange, Colorspace

_QUALITY = "21"
"""x264's constant rate factor: lower values give better pictures and larger files."""
_BT709 = 1


class Writer(Protocol):
    """A video file that is being written."""

    def write(self, picture: np.ndarray) -> None:
        """Adds a frame in red, green and blue, C-contiguous, ``[height, width, 3]`` uint8."""
        ...

    def close(self) -> None:
        """Completes the file."""
        ...


def open_writer(path: Path, kind: str, size: tuple[int, int], fps: Fraction, threads: int = 0) -> Writer:
    """Begins a file.

    Args:
        path: The file, whatever it is called.
        kind: ``.mp4`` or ``.gif``.
        size: Width and height [pixels].
        fps: Frames per second.
        threads: Number of encoder threads; 0 lets the encoder choose.
    """
    return GifWriter(path, *size, fps) if kind == ".gif" else Mp4Writer(path, *size, fps, threads)


class Mp4Writer:
    """Writes H.264 in the pixel format that every browser plays, with the index at the beginning of the file.

    Args:
        path: The file.
        width: Even [pixels].
        height: Even [pixels].
        fps: Frames per second.
        threads: Number of encoder threads; 0 lets the encoder choose.
    """

    def __init__(self, path: Path, width: int, height: int, fps: Fraction, threads: int = 0) -> None:
        self._container = av.open(str(path), "w", format="mp4", options={"movflags": "+faststart"})
        self._stream = self._container.add_stream("libx264", rate=fps, options={"crf": _QUALITY, "preset": "veryfast"})
        self._stream.width, self._stream.height, self._stream.pix_fmt = width, height, "yuv420p"
        context = self._stream.codec_context
        context.thread_count = threads
        context.colorspace = context.color_primaries = context.color_trc = _BT709
        context.color_range = ColorRange.MPEG.value

    def write(self, picture: np.ndarray) -> None:
        """Adds a frame; see `Writer.write`."""
        frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
        frame = frame.reformat(format="yuv420p", dst_colorspace=Colorspace.ITU709, dst_color_range=ColorRange.MPEG)
        self._container.mux(self._stream.encode(frame))

    def close(self) -> None:
        """Completes the file."""
        self._container.mux(self._stream.encode(None))
        self._container.close()


class GifWriter:
    """Writes an animated GIF with one palette for all frames. It keeps them in memory until the end.

    Args:
        path: The file.
        width: [pixels].
        height: [pixels].
        fps: Frames per second.
    """

    def __init__(self, path: Path, width: int, height: int, fps: Fraction) -> None:
        self._container = av.open(str(path), "w", format="gif")
        self._stream = self._container.add_stream("gif", rate=fps)
        self._stream.width, self._stream.height, self._stream.pix_fmt = width, height, "pal8"
        self._graph = av.filter.Graph()
        source = self._graph.add_buffer(width=width, height=height, format=av.VideoFormat("rgb24"), time_base=1 / fps)
        split, palette, use, sink = (
            self._graph.add(name, arguments)
            for name, arguments in (
                ("split", None),
                ("palettegen", "stats_mode=diff"),
                ("paletteuse", "dither=none:diff_mode=rectangle"),
                ("buffersink", None),
            )
        )
        source.link_to(split)
        split.link_to(palette, output_idx=0)
        palette.link_to(use, input_idx=1)
        split.link_to(use, output_idx=1, input_idx=0)
        use.link_to(sink)
        self._graph.configure()
        self._count = 0
        self._time_base = 1 / fps

    def write(self, picture: np.ndarray) -> None:
        """Adds a frame; see `Writer.write`."""
        frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
        frame.pts, frame.time_base = self._count, self._time_base
        self._count += 1
        self._graph.push(frame)

    def close(self) -> None:
        """Computes the palette and writes all frames."""
        self._graph.push(None)
        with contextlib.suppress(EOFError):
            while True:
                self._container.mux(self._stream.encode(self._graph.vpull()))
        self._container.mux(self._stream.encode(None))
        self._container.close()
