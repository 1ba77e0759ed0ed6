"""What a video is to be like: what the user asks for, checked, and what it means for an env."""

import math
import os
import re
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from gymctl.core.errors import InputError

_MOST_ENVS = 64
_SHORTEST_SIDE, _LONGEST_SIDE = 64, 4096
"""[pixels]."""
_MOST_SECONDS = 3600.0
_RATES = {".mp4": 240.0, ".gif": 50.0}
"""Highest frame rates [1/s]; browsers slow faster GIFs down."""
_SPEEDS = (0.01, 100.0)


@dataclass(frozen=True)
class Defaults:
    """What a kind of video is like unless the user says otherwise."""

    size: tuple[int, int]
    """Width and height [pixels]."""
    most_fps: float
    """[1/s]."""
    most_seconds: float


_DEFAULTS = {".mp4": Defaults((1280, 720), 31.0, 10.0), ".gif": Defaults((480, 270), 25.0, 5.0)}
"""31: two control steps of Ant are a little less than a 30th of a second."""


@dataclass(frozen=True)
class VideoSettings:
    """What the user asks for, checked; None is left to us."""

    path: Path
    envs: int
    size: tuple[int, int]
    """Width and height [pixels]."""
    seconds: float | None
    fps: float | None
    speed: float

    @classmethod
    def check(
        cls, path: Path, envs: int, size: str | None, seconds: float | None, fps: float | None, speed: float
    ) -> "VideoSettings":
        """Takes what stands on the command line.

        Args:
            path: Where the video goes; its ending says what it is.
            envs: How many envs it shows.
            size: Of the whole picture, as ``1280x720`` [pixels].
            seconds: How long it plays.
            fps: Frames per second.
            speed: 1 is real time, 0.5 half as fast.

        Raises:
            InputError: There is no such video, or it can't be written there.
        """
        kind = path.suffix.lower()
        if kind not in _DEFAULTS:
            raise InputError(
                f"a video can't be written as '{path}'", "give a name that ends in .mp4, or in .gif for a short one"
            )
        _check_writable(path)
        _check_range("--video-envs", envs, 1, _MOST_ENVS)
        _check_range("--video-length", seconds, 0.0, _MOST_SECONDS, " s")
        _check_range("--video-fps", fps, 0.0, _RATES[kind])
        _check_range("--video-speed", speed, *_SPEEDS)
        return cls(path, envs, _parse_size(size) if size else _DEFAULTS[kind].size, seconds, fps, speed)

    @property
    def kind(self) -> str:
        """``.mp4`` or ``.gif``."""
        return self.path.suffix.lower()


@dataclass(frozen=True)
class Timing:
    """Which states of an env become frames."""

    fps: Fraction
    frames: int
    steps_per_frame: float
    """Control steps; a fraction is rounded for each frame."""

    @classmethod
    def of(cls, settings: VideoSettings, control_dt: float, max_episode_length: int) -> "Timing":
        """Fits a video to an env: unless said otherwise, at most an episode, and as many frames as have steps.

        Args:
            settings: What the user asks for.
            control_dt: Time between two states [s].
            max_episode_length: Time limit of an episode [control steps].
        """
        defaults, per_step = _DEFAULTS[settings.kind], Fraction(1 / control_dt).limit_denominator(1000)
        if settings.fps is None:
            rate = float(per_step) * settings.speed
            fps = per_step * Fraction(settings.speed).limit_denominator(1000) / math.ceil(rate / defaults.most_fps)
        else:
            fps = Fraction(settings.fps).limit_denominator(1000)
        seconds = settings.seconds or min(defaults.most_seconds, max_episode_length * control_dt / settings.speed)
        return cls(fps, max(1, round(seconds * fps)), settings.speed / (float(fps) * control_dt))

    @property
    def steps(self) -> int:
        """How many states an env has to go through."""
        return self.step_of(self.frames - 1) + 1

    def step_of(self, frame: int) -> int:
        """Which state a frame shows; 0 is the first."""
        return int(frame * self.steps_per_frame + 0.5)


def _parse_size(text: str) -> tuple[int, int]:
    match = re.fullmatch(r"(\d{1,5})[xX×](\d{1,5})", text.strip())
    sides = tuple(map(int, match.groups())) if match else ()
    if len(sides) != 2 or any(side % 2 or not _SHORTEST_SIDE <= side <= _LONGEST_SIDE for side in sides):
        raise InputError(
            f"--video-size can't be {text!r}",
            f"give width and height, even numbers from {_SHORTEST_SIDE} to {_LONGEST_SIDE}, as in 1280x720",
        )
    return sides


def _check_range(flag: str, value: float | None, low: float, high: float, unit: str = "") -> None:
    if value is not None and not (low <= value <= high and value > 0.0):
        least = f"{low:g}" if low else "more than 0"
        raise InputError(f"{flag} can't be {value:g}", f"give {least} to {high:g}{unit}")


def _check_writable(path: Path) -> None:
    """Finds out before anything is played."""
    directory = path.absolute().parent
    if not directory.is_dir():
        raise InputError(f"there is no directory '{path.parent}' for the video", "make it, or choose another")
    if path.is_dir():
        raise InputError(f"'{path}' is a directory", "give the name of a file in it")
    if not os.access(directory, os.W_OK):
        raise InputError(f"can't write a video to '{path.parent}'", "choose another directory")
