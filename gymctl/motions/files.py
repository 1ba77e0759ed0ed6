"""Finds and reads clips, whatever their layout: .npz, DeepMimic's .txt, and lists of them in YAML."""

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import mujoco

from gymctl.config.yaml_io import load_yaml
from gymctl.core.errors import InputError, suggest
from gymctl.core.files import expand_home
from gymctl.core.numbers import finite
from gymctl.motions.clips import MOST_FRAMES, Clip, Recording, fit_to_model
from gymctl.motions.deepmimic import read_deepmimic
from gymctl.motions.npz import read_npz

_SHIPPED = Path(__file__).with_name("shipped")
_MOST_CLIPS = 1000
_LIST_FIX = "write 'motions:', and below it a line '- {file: walk.npz, weight: 1.0}' for each clip"


def shipped_clips() -> list[str]:
    """Names of the clips that gymctl has, all of HumanoidAMP's humanoid."""
    return sorted(path.stem for path in _SHIPPED.glob("*.npz"))


def read_clips(source: str, model: mujoco.MjModel) -> list[tuple[Clip, float]]:
    """Reads clips and their weights.

    Args:
        source: Name of a clip that gymctl has, or path of a clip (.npz or .txt) or of a list of clips (.yaml).
        model: The robot's.

    Returns:
        Each clip, with the weight to draw it by: one or more, and one weight is positive.

    Raises:
        InputError: There is no such clip, one can't be read, or isn't of this robot. A list's files must be in its
            folder.
        ValueError: The model can't have clips: see `check_model`.
    """
    if source in shipped_clips():
        return [(_read_clip(_SHIPPED / f"{source}.npz", model, None), 1.0)]
    path = expand_home(source)
    if path.suffix in (".yaml", ".yml"):
        return _read_list(path, model)
    return [(_read_clip(path, model, None), 1.0)]


def _read_list(path: Path, model: mujoco.MjModel) -> list[tuple[Clip, float]]:
    entries = load_yaml(path).get("motions")
    if not isinstance(entries, list) or not 1 <= len(entries) <= _MOST_CLIPS:
        raise InputError(f"'{path}' has no list of 1 to {_MOST_CLIPS} clips", _LIST_FIX)
    checked = [_check_entry(path, entry) for entry in entries]
    if not 0.0 < math.fsum(weight for _, weight in checked) < math.inf:
        raise InputError(f"'{path}' has no clip with a positive weight", "give one, as 1.0")
    clips, frames = [], 0
    for file, weight in checked:
        clip = (
            _read_clip(_SHIPPED / f"{file}.npz", model, None)
            if file in shipped_clips()
            else _read_clip(path.parent / file, model, path.parent)
        )
        frames += len(clip.qpos)
        if frames > MOST_FRAMES:
            raise InputError(f"the clips of '{path}' have more than {MOST_FRAMES:,} frames", "leave some out")
        clips.append((clip, weight))
    return clips


def _check_entry(path: Path, entry: Any) -> tuple[str, float]:
    """The file and the weight of a list's entry."""
    file, weight = (entry.get("file"), finite(entry.get("weight"))) if isinstance(entry, dict) else (None, None)
    if not isinstance(file, str) or "\0" in file or weight is None or weight < 0 or len(entry) > 2:
        raise InputError(f"'{path}' has an entry that is no file with a weight", _LIST_FIX)
    return file, float(weight)


def _read_clip(path: Path, model: mujoco.MjModel, inside: Path | None) -> Clip:
    return fit_to_model(_reader(path)(path, model, inside), model)


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
