"""Settings of a video: the user's wishes, checked, and the frames of an env that follow from them."""

import math
import os
import re
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from gymctl.core.errors import InputError
from gymctl.core.files import check_replaceable

_MOST_ENVS = 64
_SHORTEST_SIDE, _LONGEST_SIDE = 64, 4096
"""[pixels]."""
_MOST_SECONDS = 3600.0
_RATES = {".mp4": 240.0, ".gif": 50.0}
"""Highest frame rates [1/s]; browsers play faster GIFs slowly."""
_LOWEST_RATE = 0.1
_SPEEDS = (0.01, 100.0)


@dataclass(frozen=True)
class Defaults:
    """Values for what the user leaves open, for one file format."""

    size: tuple[int, int]
    """Width and height [pixels]."""
    most_fps: float
    """[1/s]."""
    most_seconds: float


_DEFAULTS = {".mp4": Defaults((1280, 720), 31.0, 10.0), ".gif": Defaults((480, 270), 25.0, 5.0)}
"""31 and not 30, because two control steps of Ant are a little shorter than a 30th of a second."""


@dataclass(frozen=True)
class VideoSettings:
    """The user's wishes, checked. None means that `Timing` chooses."""

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
        """Checks the values of the command line.

        Args:
            path: The file to write; its ending chooses the format.
            envs: How many envs to show.
            size: Size of the whole picture, as ``1280x720`` [pixels].
            seconds: Playing time.
            fps: Frames per second.
            speed: 1 is real time, 0.5 is half as fast.

        Raises:
            InputError: A value is out of range, or the file can't be written there.
        """
        kind = path.suffix.lower()
        if kind not in _DEFAULTS:
            raise InputError(
                f"a video can't be written as '{path}'", "give a name that ends in .mp4, or in .gif for a short one"
            )
        _check_writable(path)
        _check_range("--video-envs", envs, 1, _MOST_ENVS)
        _check_range("--video-length", seconds, 0.0, _MOST_SECONDS, " s")
        _check_range("--video-fps", fps, _LOWEST_RATE, _RATES[kind])
        _check_range("--video-speed", speed, *_SPEEDS)
        return cls(path, envs, _parse_size(size) if size else _DEFAULTS[kind].size, seconds, fps, speed)

    @property
    def kind(self) -> str:
        """``.mp4`` or ``.gif``."""
        return self.path.suffix.lower()


@dataclass(frozen=True)
class Timing:
    """The frame rate and the states of an env that become frames."""

    fps: Fraction
    frames: int
    steps_per_frame: float
    """Control steps from one frame to the next, not rounded."""

    @classmethod
    def of(cls, settings: VideoSettings, control_dt: float, max_episode_length: int) -> "Timing":
        """Fits a video to an env.

        By default it is at most an episode long, and every frame is a whole number of control steps after the last.

        Args:
            settings: The user's wishes.
            control_dt: Length of a control step [s].
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
        """Number of states that the env has to go through, the first one included."""
        return self.step_of(self.frames - 1) + 1

    def step_of(self, frame: int) -> int:
        """The number of the state that a frame shows; 0 is the first one."""
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
    """Finds out before anything is played whether the file can be written."""
    directory = path.absolute().parent
    if not directory.is_dir():
        raise InputError(f"there is no directory '{path.parent}' for the video", "make it, or choose another")
    if path.is_dir():
        raise InputError(f"'{path}' is a directory", "give the name of a file in it")
    check_replaceable(path)
    if not os.access(directory, os.W_OK):
        raise InputError(f"can't write a video to '{path.parent}'", "choose another directory")
