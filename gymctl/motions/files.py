"""Reads clips, whatever their layout: .npz, DeepMimic's .txt, and lists of them in YAML."""

from collections.abc import Callable
from pathlib import Path

import mujoco

from gymctl.core.errors import InputError, suggest
from gymctl.motions.clips import MOST_FRAMES, Clip, Recording, fit_to_model
from gymctl.motions.deepmimic import read_deepmimic
from gymctl.motions.npz import read_npz
from gymctl.motions.sources import find_clips, shipped_clips


def read_clips(source: str, model: mujoco.MjModel, run_dir: Path | None = None) -> list[tuple[Clip, float]]:
    """Reads clips and their weights.

    Args:
        source: Name of a clip that gymctl has, or path of a clip (.npz or .txt) or of a list of clips (.yaml).
        model: The robot's.
        run_dir: The directory of the run whose config says `source`, as in ``TaskConfig.clips_in``: nothing outside is
            read. None where the user says it.

    Returns:
        Each clip, with the weight to draw it by: one or more, and one weight is positive.

    Raises:
        InputError: There is no such clip, one can't be read, or isn't of this robot. A list's files must be in its
            folder.
        ValueError: The model can't have clips: see `check_model`.
    """
    clips, frames = [], 0
    for file in find_clips(source, run_dir):
        clip = fit_to_model(_reader(file.path)(file.path, model, file.inside), model)
        frames += len(clip.qpos)
        if frames > MOST_FRAMES:
            raise InputError(f"the clips of '{source}' have more than {MOST_FRAMES:,} frames", "leave some out")
        clips.append((clip, file.weight))
    return clips


def _reader(path: Path) -> Callable[[Path, mujoco.MjModel, Path | None], Recording]:
    if path.suffix == ".npz":
        return read_npz
    if path.suffix == ".txt":
        return lambda path, _, inside: read_deepmimic(path, inside)
    have = f"gymctl has {' and '.join(shipped_clips())}"
    if path.suffix != ".npy":
        fix = suggest(str(path), shipped_clips()) or f"{have}; or give a .npz, a .txt of DeepMimic's, or a .yaml list"
        raise InputError(f"there is no clip '{path}'", fix)
    if not path.exists():
        raise InputError(f"there is no clip '{path}'", f"{have}; docs/motions.md says how to convert others")
    raise InputError(
        f"'{path}' is a clip of poselib, a pickle, which could run code: it is never read",
        "convert it once: docs/motions.md, 'Clips of IsaacGymEnvs', has the script",
    )
