"""Finds the commit that a training was started from.

It reads Git's files, for the program ``git`` runs others that a repository's config names.
"""

import re
from pathlib import Path

from gymctl.core.errors import InputError
from gymctl.core.inside import read_regular

_LARGEST = 10_000_000  # bytes, of a file that names many branches
_COMMIT = re.compile(r"[0-9a-f]{40}([0-9a-f]{24})?")
_BRANCH = re.compile(r"refs/[\w./-]+")


def commit_of(directory: Path) -> str | None:
    """The commit that is checked out in a directory; None if there is none, or Git keeps it in another way.

    Args:
        directory: In a work tree, at any depth.
    """
    for place in (directory.absolute(), *directory.absolute().parents):
        git = place / ".git"
        try:
            if git.is_file():  # of a further work tree or a submodule: it names the directory
                git = place / _read(git).removeprefix("gitdir: ")
            if git.is_dir():
                return _head(git)
        except (InputError, OSError, UnicodeDecodeError, ValueError):
            return None
    return None


def _head(git: Path) -> str | None:
    head = _read(git / "HEAD")
    if _COMMIT.fullmatch(head):
        return head
    branch = head.removeprefix("ref: ")
    if not _BRANCH.fullmatch(branch) or ".." in branch:
        return None
    common = git / _read(git / "commondir") if (git / "commondir").is_file() else git
    for place in (git, common):
        if (place / branch).is_file():
            commit = _read(place / branch)
            return commit if _COMMIT.fullmatch(commit) else None
    packed = common / "packed-refs"
    lines = _read(packed).splitlines() if packed.is_file() else []
    commits = [line.partition(" ")[0] for line in lines if line.endswith(f" {branch}")]
    return next((commit for commit in commits if _COMMIT.fullmatch(commit)), None)


def _read(path: Path) -> str:
    return read_regular(path, _LARGEST).decode().strip()
