"""Keeps the clips of a training in its run, so that the run plays wherever it is."""

import hashlib
from pathlib import Path

from gymctl.config.yaml_io import to_yaml
from gymctl.core.files import atomic_write
from gymctl.core.inside import as_input_errors, make_directory, read_regular
from gymctl.core.names import is_name
from gymctl.motions.sources import ClipFile, find_clips

_FOLDER = "motions"
_LARGEST = 2**24
"""Bytes of a file: no reader takes more."""


def keep_clips(source: str, run_dir: Path, named_by: Path | None = None) -> str:
    """Copies clips into ``motions/`` of a run, but for gymctl's own; where there are several, with a list of them.

    A file's name has the first digits of its hash: another clip never takes its place, and runs with the same clips
    have the same config.

    Args:
        source: As of `gymctl.motions.sources.find_clips`.
        run_dir: The run's directory.
        named_by: The directory of the run whose config says `source`; None where the user says it.

    Returns:
        How the run's config names them.

    Raises:
        InputError: A clip can't be read, or ``motions/`` leads out of the run.
        OSError: A copy can't be written.
    """
    files = find_clips(source, named_by)
    names = [file.shipped or _copy(file, run_dir) for file in files]
    if len(files) > 1:
        entries = [{"file": name, "weight": file.weight} for name, file in zip(names, files, strict=True)]
        names = [_write("list", ".yaml", to_yaml({"motions": entries}).encode(), run_dir)]
    return names[0] if files[0].shipped and len(files) == 1 else f"{_FOLDER}/{names[0]}"


def _copy(file: ClipFile, run_dir: Path) -> str:
    with as_input_errors(f"can't read '{file.path}'", "give a clip that you may read"):
        content = read_regular(file.path, _LARGEST, file.inside)
    return _write(file.path.stem, file.path.suffix, content, run_dir)


def _write(stem: str, suffix: str, content: bytes, run_dir: Path) -> str:
    """Writes a file of ``motions/`` and gives its name."""
    mark = "." + hashlib.sha256(content).hexdigest()[:8]
    stem = stem.removesuffix(mark)
    path = run_dir / _FOLDER / f"{stem if is_name(stem) else 'clip'}{mark}{suffix}"
    make_directory(path.parent, run_dir)
    with atomic_write(path, inside=run_dir) as temporary:
        temporary.write_bytes(content)
    return path.name
