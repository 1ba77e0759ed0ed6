"""Where a policy was trained: here, or in Isaac Gym, whose physics it then is played with. Imports no torch."""

import pickletools
import zipfile
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

from gymctl.runs.checkpoint_names import OWN_KEYS, PHYSICS_KEY, RESUME_KEY
from gymctl.runs.checkpoints import Located

_LARGEST = 4 * 2**20
_FOREIGN = "trained in Isaac Gym: playing with the physics nearest to it; --physics fast is faster"
_EARLIER = "trained on an earlier version of our physics: it may do worse than it did; train it anew"


def own_physics(source: Located, base: Mapping[str, Any] | None) -> tuple[str | None, str | None]:
    """The physics to play a policy with where the user names none, and a line for the user.

    Args:
        source: The checkpoint.
        base: The config of the run that it lies in; None if there is none.

    Returns:
        Either is None where there is nothing to say: the config has the physics that the policy was trained on.
    """
    if base is not None and "physics" in base:
        return None, None
    marks = _marks(source.path)
    if PHYSICS_KEY in marks:
        return ("isaacgym" if marks[PHYSICS_KEY] == "isaacgym" else "fast"), None
    if RESUME_KEY in marks or (source.run is not None and source.run.manifest_path.is_file()):
        return "fast", _EARLIER
    return "isaacgym", _FOREIGN


def _marks(path: Path) -> dict[str, str]:
    """The keys of gymctl in a checkpoint, each with the text that follows it; read, not unpickled."""
    try:
        with zipfile.ZipFile(path) as archive:
            name = next(name for name in archive.namelist() if name.endswith("data.pkl"))
            with archive.open(name) as file:
                content = file.read(_LARGEST)
        texts = [argument for _, argument, _ in pickletools.genops(content) if isinstance(argument, str)]
    except Exception:  # a damaged or hostile file can fail in any way; whoever loads it says what is wrong with it
        return {}
    return {key: after for key, after in pairwise([*texts, ""]) if key in OWN_KEYS}
