"""What names clips: the name of one that gymctl has, a file, or a list of such with weights."""

import math
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gymctl.config.yaml_io import load_yaml
from gymctl.core.errors import InputError
from gymctl.core.files import expand_home
from gymctl.core.inside import check_inside
from gymctl.core.numbers import finite

_SHIPPED = Path(__file__).with_name("shipped")
_MOST_CLIPS = 1000
_LIST_FIX = "write 'motions:', and below it a line '- {file: walk.npz, weight: 1.0}' for each clip"


@dataclass(frozen=True)
class ClipFile:
    """The file of a clip, which need not be there."""

    path: Path
    inside: Path | None = None
    """The directory that it must not lead out of; None where the user named the file, or it is one of gymctl's."""
    weight: float = 1.0
    """To draw the clip by."""

    @property
    def shipped(self) -> str | None:
        """The clip's name if gymctl has it."""
        return self.path.stem if self.path.parent == _SHIPPED else None


def shipped_clips() -> list[str]:
    """Names of the clips that gymctl has, all of HumanoidAMP's humanoid."""
    return sorted(path.stem for path in _SHIPPED.glob("*.npz"))


def find_clips(source: str, run_dir: Path | None = None) -> list[ClipFile]:
    """Finds the files of clips.

    Args:
        source: Name of a clip that gymctl has, or path of a clip, or of a list of clips (.yaml).
        run_dir: The directory of the run whose config says `source`: a path is relative to it, and must not lead out.
            None where the user says it.

    Returns:
        One or more, of which one has a positive weight.

    Raises:
        InputError: A run names what isn't in its directory, or a list can't be read. A list's files must be in its
            folder, but that is for whoever opens them to check.
    """
    if source in shipped_clips():
        return [ClipFile(_shipped(source))]
    path = expand_home(source) if run_dir is None else _in_run(source, run_dir)
    return _read_list(path, run_dir) if path.suffix in (".yaml", ".yml") else [ClipFile(path, run_dir)]


def _shipped(name: str) -> Path:
    return _SHIPPED / f"{name}.npz"


def _in_run(source: str, run_dir: Path) -> Path:
    """Where a file of a run really is."""
    path = run_dir / source
    try:
        check_inside(path, run_dir)
        is_there = os.path.isfile(path)
    except InputError:
        is_there = False
    if not is_there:
        raise InputError(
            f"the config of '{run_dir}' names the clip '{source}', which isn't in its folder",
            f"if you have it, say where: task.env.motion_file=FILE; or take {' or '.join(shipped_clips())}",
        )
    return path.resolve()


def _read_list(path: Path, run_dir: Path | None) -> list[ClipFile]:
    entries = load_yaml(path, run_dir).get("motions")
    if not isinstance(entries, list) or not 1 <= len(entries) <= _MOST_CLIPS:
        raise InputError(f"'{path}' has no list of 1 to {_MOST_CLIPS} clips", _LIST_FIX)
    files = [_read_entry(path, entry) for entry in entries]
    if not 0.0 < math.fsum(file.weight for file in files) < math.inf:
        raise InputError(f"'{path}' has no clip with a positive weight", "give one, as 1.0")
    return files


def _read_entry(path: Path, entry: Any) -> ClipFile:
    file, weight = (entry.get("file"), finite(entry.get("weight"))) if isinstance(entry, dict) else (None, None)
    if not isinstance(file, str) or "\0" in file or weight is None or weight < 0 or len(entry) > 2:
        raise InputError(f"'{path}' has an entry that is no file with a weight", _LIST_FIX)
    if file in shipped_clips():
        return ClipFile(_shipped(file), weight=float(weight))
    return ClipFile(path.parent / file, path.parent, float(weight))
