"""Where a policy was trained: here, or in Isaac Gym, whose physics it then is played with. Imports no torch."""

import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from gymctl.runs.checkpoints import Located

_MARK = b"resume_state"
"""What gymctl's checkpoints hold, and no others."""
_LARGEST = 4 * 2**20


def is_ours(source: Located) -> bool:
    """Returns whether gymctl trained a policy: its run has a manifest, or the file holds what only gymctl saves.

    Args:
        source: The checkpoint.
    """
    return (source.run is not None and source.run.manifest_path.is_file()) or _is_marked(source.path)


def own_physics(source: Located, base: Mapping[str, Any] | None) -> tuple[str | None, str | None]:
    """The physics to play a policy with where the user names none, and a line for the user.

    Args:
        source: The checkpoint.
        base: The config of the run that it lies in; None if there is none.

    Returns:
        Either is None where there is nothing to say: the config has the physics that the policy was trained on.
    """
    if not is_ours(source):
        return "isaacgym", "trained in Isaac Gym: playing with the physics nearest to it; --physics fast is faster"
    if base is not None and "physics" not in base:
        return None, "trained on an earlier version of our physics: it may do worse than it did; train it anew"
    return None, None


def _is_marked(path: Path) -> bool:
    try:
        with zipfile.ZipFile(path) as archive:
            name = next(name for name in archive.namelist() if name.endswith("data.pkl"))
            with archive.open(name) as file:
                return _MARK in file.read(_LARGEST)
    except (OSError, StopIteration, zipfile.BadZipFile, ValueError, NotImplementedError, RuntimeError):
        return False  # whoever loads it says what is wrong with it
