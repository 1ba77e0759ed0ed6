"""A clip: a robot's motion, frame by frame, in the layout of its model."""

from collections.abc import Mapping
from dataclasses import dataclass

import mujoco
import numpy as np

from gymctl.core.errors import InputError

MOST_FRAMES = 100_000
"""Of a clip, and of all clips of a list together: almost half an hour at 60 frames per second."""

_BALL = mujoco.mjtJoint.mjJNT_BALL
_TURNING = (int(_BALL), int(mujoco.mjtJoint.mjJNT_HINGE))
_MOST_FPS = 1000.0
_FARTHEST = 1e4
_LENGTH_ERROR = 0.01
_LARGEST_SWING = 0.1


@dataclass(frozen=True)
class Clip:
    """A motion of a certain model."""

    name: str
    fps: float
    """Frames per second."""
    qpos: np.ndarray
    """MuJoCo's positions of each frame ``[frames, nq]``: two frames or more, quaternions wxyz of unit length."""

    @property
    def length(self) -> float:
        """From the first frame to the last [s]."""
        return (len(self.qpos) - 1) / self.fps


@dataclass(frozen=True)
class Recording:
    """What a file tells, by names: not checked yet, and of no model."""

    source: str
    """What to call it in errors."""
    name: str
    fps: float
    root_positions: np.ndarray
    """In the world ``[frames, 3]`` [m], z up."""
    root_rotations: np.ndarray
    """Body to world ``[frames, 4]``, wxyz."""
    joint_rotations: Mapping[str, np.ndarray]
    """Of each joint ``[frames, 4]``, wxyz: child to parent, none in the model's rest pose.

    The names are those of joints, or of the bodies that they move.
    """


def fit_to_model(recording: Recording, model: mujoco.MjModel) -> Clip:
    """Brings a recording into the layout of a model.

    Joints that the model doesn't have are left out. A hinge gets the angle about its axis.

    Args:
        recording: What was read.
        model: A model that begins with a free joint; its other joints are balls and hinges.

    Raises:
        InputError: It isn't a motion of this model, or its numbers are none of a motion.
        ValueError: The model has other joints.
    """
    check_model(model)
    frames = _check_time(recording)
    qpos = np.empty((frames, model.nq))
    qpos[:, :3] = _checked(recording, "root positions", recording.root_positions, frames, 3)
    if np.abs(qpos[:, :3]).max() > _FARTHEST:
        raise InputError(f"{recording.source}: the root is farther than 10 km away", "give positions in metres")
    qpos[:, 3:7] = _unit(recording, "root", recording.root_rotations, frames)
    for joint, name in _names(recording, model).items():
        rotations = _unit(recording, name, recording.joint_rotations[name], frames)
        address = model.jnt_qposadr[joint]
        if model.jnt_type[joint] == _BALL:
            qpos[:, address : address + 4] = rotations
        else:
            angles = _angles(recording, name, rotations, model.jnt_axis[joint])
            qpos[:, address] = model.qpos0[address] + angles
    return Clip(recording.name, recording.fps, qpos)


def check_model(model: mujoco.MjModel) -> None:
    """Refuses a model that clips can't be of.

    Raises:
        ValueError: It has no free joint at first, or others than balls and hinges after it.
    """
    kinds = model.jnt_type.tolist()
    if kinds[:1] != [int(mujoco.mjtJoint.mjJNT_FREE)] or not set(kinds[1:]) <= set(_TURNING):
        raise ValueError("clips are of models with a free joint, then balls and hinges only")


def _check_time(recording: Recording) -> int:
    frames = len(recording.root_positions)
    if not 0.0 < recording.fps <= _MOST_FPS:  # not a number is neither
        raise InputError(f"{recording.source} has {recording.fps:g} frames per second", "give 1000 or less")
    if not 2 <= frames <= MOST_FRAMES:
        raise InputError(
            f"{recording.source} has {frames:,} frames", f"a clip has 2 to {MOST_FRAMES:,}; cut a longer one in pieces"
        )
    return frames


def _names(recording: Recording, model: mujoco.MjModel) -> dict[int, str]:
    """The recording's name of each joint but the root."""
    found, missing = {}, []
    for joint in range(1, model.njnt):
        joint_name, body_name = model.joint(joint).name, model.body(model.jnt_bodyid[joint]).name
        names = [joint_name, body_name] if model.body_jntnum[model.jnt_bodyid[joint]] == 1 else [joint_name]
        known = [name for name in names if name in recording.joint_rotations]
        if known:
            found[joint] = known[0]
        else:
            missing.append(joint_name or body_name)
    if missing:
        raise InputError(
            f"{recording.source} has no {', '.join(missing[:20])}" + (" …" if len(missing) > 20 else ""),
            "a clip has all joints of the robot, each by its name or by that of the body that it moves",
        )
    return found


def _checked(recording: Recording, what: str, values: np.ndarray, frames: int, size: int) -> np.ndarray:
    if values.shape != (frames, size):
        shape = "×".join(map(str, values.shape))
        raise InputError(
            f"{recording.source}: {what} are {shape} numbers, not {frames}×{size}", "give as many for each frame"
        )
    if not np.isfinite(values).all():
        frame = int(np.flatnonzero(~np.isfinite(values).all(axis=1))[0])
        raise InputError(
            f"{recording.source}: {what} of frame {frame} have values that are no numbers", "correct the clip"
        )
    return values


def _unit(recording: Recording, name: str, rotations: np.ndarray, frames: int) -> np.ndarray:
    rotations = _checked(recording, f"rotations of {name}", rotations, frames, 4)
    lengths = np.linalg.norm(rotations, axis=1)
    if np.abs(lengths - 1.0).max() > _LENGTH_ERROR:
        frame = int(np.abs(lengths - 1.0).argmax())
        raise InputError(
            f"{recording.source}: the rotation of {name} in frame {frame} is a quaternion of length {lengths[frame]:g}",
            "give unit quaternions, w first",
        )
    return rotations / lengths[:, None]


def _angles(recording: Recording, name: str, rotations: np.ndarray, axis: np.ndarray) -> np.ndarray:
    """Angles about a hinge's axis ``[frames]`` [rad], from one in ±π on without jumps; other axes are refused."""
    about = rotations[:, 1:] @ axis
    across = np.linalg.norm(rotations[:, 1:] - about[:, None] * axis, axis=1)
    swing = 2.0 * np.arcsin(np.clip(across, 0.0, 1.0))
    if swing.max() > _LARGEST_SWING:
        raise InputError(
            f"{recording.source}: {name} turns by {np.degrees(swing.max()):.0f}° about other axes than its hinge's",
            "give a motion of this robot: its hinges turn about their own axes",
        )
    angles = np.unwrap(2.0 * np.arctan2(about, rotations[:, 0]))
    return angles - 2.0 * np.pi * np.round(angles[0] / (2.0 * np.pi))
