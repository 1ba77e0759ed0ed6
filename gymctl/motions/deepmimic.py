"""DeepMimic's clips of its humanoid (.txt): a JSON with 44 numbers for each frame."""

from pathlib import Path

import msgspec
import numpy as np
import torch

from gymctl.core.errors import InputError
from gymctl.core.inside import as_input_errors, read_regular
from gymctl.motions.clips import MOST_FRAMES, Recording
from gymctl.sim.rotations import slerp

_LARGEST = 8 * 2**20
_SIZE = 44
_FIX = "give a clip of DeepMimic's humanoid: 'Frames' with 44 numbers each"
_BALLS = {
    "torso": 8,
    "head": 12,
    "right_thigh": 16,
    "right_foot": 21,
    "right_upper_arm": 25,
    "left_thigh": 30,
    "left_foot": 35,
    "left_upper_arm": 39,
}
"""Where a body's rotation begins in a frame."""
_HINGES = {"right_shin": 20, "right_lower_arm": 29, "left_shin": 34, "left_lower_arm": 43}
"""Where the angle of a body's hinge is."""
_SHORTEST = 1.0 / 240.0


class _File(msgspec.Struct):
    frames: list[list[float]] = msgspec.field(name="Frames")


def read_deepmimic(path: Path, inside: Path | None = None) -> Recording:
    """Reads a clip. Its y axis points up; here z does, so that ``(x, y, z)`` becomes ``(x, -z, y)``.

    A frame lasts for its first number [s], of which the last frame's doesn't matter. Frames that last differently are
    sampled anew, as often as the shortest.

    Args:
        path: The file.
        inside: The directory that it must not lead out of; None where the user named the file.

    Raises:
        InputError: It can't be read, or is no such clip.
    """
    with as_input_errors(f"can't read '{path}'", "give a clip that you may read"):
        data = read_regular(path, _LARGEST, inside)
    try:
        frames = msgspec.json.decode(data, type=_File).frames
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise InputError(f"'{path}' is no clip of DeepMimic's", _FIX) from error
    if not 2 <= len(frames) <= MOST_FRAMES or any(len(frame) != _SIZE for frame in frames):
        raise InputError(f"'{path}' has {len(frames):,} frames, or not {_SIZE} numbers in each", _FIX)
    numbers = np.array(frames)
    if not np.isfinite(numbers).all():
        raise InputError(f"'{path}' has numbers that are not finite", _FIX)
    fps, numbers = _evenly(numbers, path)
    joints = {body: _turned(numbers[:, at : at + 4]) for body, at in _BALLS.items()}
    joints |= {body: _about_y(-numbers[:, at]) for body, at in _HINGES.items()}
    positions = numbers[:, [1, 3, 2]] * (1.0, -1.0, 1.0)
    return Recording(f"'{path}'", path.stem, fps, positions, _turned(numbers[:, 4:8]), joints)


def _evenly(frames: np.ndarray, path: Path) -> tuple[float, np.ndarray]:
    """Frames per second, and as many frames."""
    lasts = frames[:-1, 0]
    if lasts.min() <= 0.0:
        raise InputError(f"'{path}' has a frame that lasts {lasts.min():g} s", "all but the last must take time")
    step, times = max(lasts.min(), _SHORTEST), np.concatenate(([0.0], np.cumsum(lasts)))
    if times[-1] / step > MOST_FRAMES:
        raise InputError(f"'{path}' would have {times[-1] / step:,.0f} frames of {step:g} s", "cut it in pieces")
    count = max(round(times[-1] / step), 1)
    at = np.linspace(0.0, times[-1], count + 1)
    before = np.clip(np.searchsorted(times, at, side="right") - 1, 0, len(lasts) - 1)
    part = ((at - times[before]) / lasts[before])[:, None]
    even = (1.0 - part) * frames[before] + part * frames[before + 1]
    for begin in (4, *_BALLS.values()):
        columns = slice(begin, begin + 4)
        first, second = (torch.from_numpy(frames[rows, columns]) for rows in (before, before + 1))
        even[:, columns] = slerp(first, second, torch.from_numpy(part)).numpy()
    return count / times[-1], even


def _turned(rotations: np.ndarray) -> np.ndarray:
    """Quaternions, wxyz, in axes of which z points up."""
    return rotations[:, [0, 1, 3, 2]] * (1.0, 1.0, -1.0, 1.0)


def _about_y(angles: np.ndarray) -> np.ndarray:
    zero = np.zeros_like(angles)
    return np.stack((np.cos(angles / 2.0), zero, np.sin(angles / 2.0), zero), axis=1)
