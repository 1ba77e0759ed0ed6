"""Gets a policy from the Hub: chosen files of one commit, of bounded sizes, kept for the next time."""

import os
import shutil
import tempfile
from pathlib import Path

from gymctl.core.errors import InputError
from gymctl.core.inside import as_input_errors, read_regular
from gymctl.policies.hub.address import Address, parse_address
from gymctl.runs.checkpoints import Located
from gymctl.runs.directory import Run

_CHECKPOINT = "policy.pth"
_HOME = "XDG_CACHE_HOME"


def locate_on_hub(what: str) -> Located:
    """The checkpoint that an address on the Hub means; downloaded, unless this commit was before.

    Args:
        what: As ``hf://owner/name`` or ``hf://owner/name@REVISION``.

    Raises:
        InputError: There is no policy of gymctl's there.
        GymctlError: The Hub can't be reached.
        BackendError: huggingface_hub isn't installed.
    """
    address = parse_address(what)
    kept = _kept(address, address.revision or "") if address.is_pinned else None
    if kept is None or not kept.path.is_dir():
        kept = _download(address)
    from gymctl.policies.hub.package import ABOUT, LARGEST, read_about

    about = read_about(read_regular(kept.path / ABOUT, LARGEST[ABOUT], kept.path), address)
    told = "" if about.mean_return is None else f", mean return {about.mean_return:,.2f} in training"
    why = f"hf://{address.repo}@{kept.path.name}, a policy for {about.task}{told}"
    return Located(kept.nn_dir / _CHECKPOINT, kept, why)


def _download(address: Address) -> Run:
    from gymctl.policies.hub.client import Hub

    hub = Hub()
    commit, sizes = hub.list_files(address)
    from gymctl.policies.hub.package import ABOUT, LARGEST, unpack

    for name, largest in LARGEST.items():
        if name not in sizes:
            raise InputError(f"{address} has no policy that 'gymctl push' made: {name} is missing", "check the address")
        if sizes[name] > largest:
            raise InputError(f"{address}: {name} has {sizes[name]:,} bytes, {largest:,} is the most", "don't load it")
    kept = _kept(address, commit)
    if kept.path.is_dir():
        return kept
    parent = kept.path.parent
    with as_input_errors(f"can't write to '{parent}'", f"give access, or set {_HOME} to another directory"):
        parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".", dir=parent) as temporary:
            files, run = Path(temporary) / "files", Run(Path(temporary) / "run")
            files.mkdir()
            run.path.mkdir()
            for name in LARGEST:
                hub.download(address, commit, name, files)
            unpack(files, run, address)
            shutil.copyfile(files / ABOUT, run.path / ABOUT)
            if not kept.path.is_dir():
                run.path.rename(kept.path)
    return kept


def is_from_hub(path: Path) -> bool:
    """Whether a file belongs to a policy that was downloaded."""
    return path.absolute().is_relative_to(_directory())


def _kept(address: Address, commit: str) -> Run:
    """Where a commit's policy is kept."""
    return Run(_directory() / address.repo.replace("/", "--") / commit)


def _directory() -> Path:
    return Path(os.environ.get(_HOME) or Path.home() / ".cache").absolute() / "gymctl" / "hub"
