"""Pushes a run's policy to the Hub."""

from dataclasses import dataclass
from pathlib import Path

from gymctl.core.errors import InputError
from gymctl.policies.hub.address import Address
from gymctl.runs.checkpoints import Which, locate_checkpoint, run_meant


@dataclass(frozen=True)
class Pushed:
    """What was pushed."""

    url: str
    commit: str
    checkpoint: Path
    why: str
    """Why this one of the run's checkpoints."""
    task: str
    """As the run has it: where a class of the user's is on this machine."""
    files: tuple[str, ...]


def push(what: str, address: Address, *, runs_dir: Path, private: bool = False, prefer: Which = "best") -> Pushed:
    """Uploads what ``gymctl play`` needs of a run, and a page about it.

    Args:
        what: A run's directory or name, ``newest``, or one of its checkpoints.
        address: Where to.
        runs_dir: Where runs are.
        private: Whether a repository that is made for it is seen by its owner only.
        prefer: Which checkpoint of a run.

    Raises:
        InputError: There is no such run, or it can't be written there.
        BackendError: huggingface_hub isn't installed.
        GymctlError: The Hub can't be reached.
    """
    run = run_meant(what, runs_dir)
    if run is None or not run.config_path.is_file():
        raise InputError(
            f"'{what}' is no run, and no checkpoint of one", "give a run's directory; 'gymctl runs' lists them"
        )
    named = Path(what) if what.endswith(".pth") else run.path
    which: Which = "latest" if what == "latest" else prefer
    located = locate_checkpoint(run.task(), str(named), runs_dir, which)

    from gymctl.policies.hub.client import Hub

    hub = Hub()
    hub.check_can_write()
    from gymctl.policies.hub.card import write_card
    from gymctl.policies.hub.package import pack

    about, files = pack(located.path, run)
    files["README.md"] = write_card(address, about, run.manifest()).encode()
    message = f"Push a policy for {about.task} with gymctl {about.gymctl_version}"
    commit = hub.upload(address, files, message, private=private)
    return Pushed(hub.page(address), commit, located.path, located.why, run.task(), tuple(files))
