"""Clips in .npz files: gymctl's own layout, which is written too, and that of Isaac Lab's humanoid."""

from pathlib import Path

import mujoco
import numpy as np

from gymctl.core.errors import InputError
from gymctl.core.files import atomic_write
from gymctl.motions.archive import Archive, open_archive
from gymctl.motions.clips import Clip, Recording, check_model

_BALL = mujoco.mjtJoint.mjJNT_BALL


def read_npz(path: Path, model: mujoco.MjModel, inside: Path | None = None) -> Recording:
    """Reads a clip in one of the two layouts.

    Args:
        path: The file.
        model: Says which DOFs of Isaac Lab's layout are one ball joint.
        inside: The directory that it must not lead out of; None where the user named the file.

    Raises:
        InputError: It can't be read, or has another layout.
    """
    with open_archive(path, inside) as archive:
        fps = float(archive.numbers("fps", 0))
        if "dof_positions" in archive:
            return _read_isaaclab(archive, path, fps, model)
        names = archive.texts("joint_names")
        return Recording(
            f"'{path}'",
            path.stem,
            fps,
            archive.numbers("root_positions", 2),
            archive.numbers("root_rotations", 2),
            _by_name(archive, path, "joint_rotations", names, 3),
        )


def write_clip(path: Path, clip: Clip, model: mujoco.MjModel) -> None:
    """Writes a clip as an .npz file in gymctl's layout.

    Args:
        path: The file; an existing one is replaced.
        clip: The motion.
        model: Its model; each joint has a name.

    Raises:
        InputError: There is something else than a file.
        OSError: It can't be written.
    """
    check_model(model)
    rotations = []
    for joint in range(1, model.njnt):
        address = model.jnt_qposadr[joint]
        if model.jnt_type[joint] == _BALL:
            rotations.append(clip.qpos[:, address : address + 4])
        else:
            angles = clip.qpos[:, address] - model.qpos0[address]
            rotations.append(_rotations(angles[:, None] * model.jnt_axis[joint]))
    arrays = {
        "fps": np.float32(clip.fps),
        "joint_names": np.array([model.joint(joint).name for joint in range(1, model.njnt)]),
        "joint_rotations": np.stack(rotations, axis=1).astype(np.float32),
        "root_positions": clip.qpos[:, :3].astype(np.float32),
        "root_rotations": clip.qpos[:, 3:7].astype(np.float32),
    }
    with atomic_write(path) as temporary, temporary.open("wb") as file:
        np.savez_compressed(file, **arrays)


def _read_isaaclab(archive: Archive, path: Path, fps: float, model: mujoco.MjModel) -> Recording:
    """The layout of Isaac Lab's humanoid clips: DOFs NAME_x, NAME_y and NAME_z are a ball joint's rotation vector."""
    dofs = _by_name(archive, path, "dof_positions", archive.texts("dof_names"), 2)
    bodies, root = archive.texts("body_names"), model.body(model.jnt_bodyid[0]).name
    if root not in bodies:
        raise InputError(f"'{path}' has no body '{root}', the robot's root", "give a clip of this robot")
    rotations = {}
    for joint in range(1, model.njnt):
        name = model.joint(joint).name
        names = [name + axis for axis in ("_x", "_y", "_z")] if model.jnt_type[joint] == _BALL else [name]
        if all(dof in dofs for dof in names):
            values = np.stack([dofs[dof] for dof in names], axis=1)
            vectors = values if model.jnt_type[joint] == _BALL else values * model.jnt_axis[joint]
            rotations[name] = _rotations(vectors)
    return Recording(
        f"'{path}'",
        path.stem,
        fps,
        _by_name(archive, path, "body_positions", bodies, 3)[root],
        _by_name(archive, path, "body_rotations", bodies, 3)[root],
        rotations,
    )


def _by_name(archive: Archive, path: Path, array: str, names: list[str], dimensions: int) -> dict[str, np.ndarray]:
    """The columns ``[frames, ...]`` of an array ``[frames, names, ...]``."""
    values = archive.numbers(array, dimensions)
    if values.shape[1] != len(names):
        raise InputError(
            f"'{path}': the array '{array}' has {values.shape[1]:,} columns for {len(names):,} names",
            "give one for each name",
        )
    return {name: values[:, column] for column, name in enumerate(names)}


def _rotations(vectors: np.ndarray) -> np.ndarray:
    """The quaternions ``[frames, 4]``, wxyz, of rotation vectors ``[frames, 3]`` [rad]."""
    angles = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.concatenate((np.cos(angles / 2.0), vectors * np.sinc(angles / (2.0 * np.pi)) / 2.0), axis=1)
