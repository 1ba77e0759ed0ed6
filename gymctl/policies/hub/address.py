"""Addresses of policies on the Hugging Face Hub."""

import re
from dataclasses import dataclass

from gymctl.core.errors import InputError

SCHEME = "hf://"
_WORD = r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,94}[A-Za-z0-9])?"
_ADDRESS = re.compile(rf"(?:{SCHEME})?({_WORD}/{_WORD})(?:@([A-Za-z0-9][A-Za-z0-9._-]{{0,99}}))?")
_COMMIT = re.compile(r"[0-9a-f]{40}")


@dataclass(frozen=True)
class Address:
    """A repository on the Hub, and which of its revisions."""

    repo: str
    """``owner/name``."""
    revision: str | None = None
    """A branch, a tag or a commit; None for the newest commit."""

    @property
    def is_pinned(self) -> bool:
        """Whether the revision is a whole commit, which never changes."""
        return self.revision is not None and is_commit(self.revision)

    def __str__(self) -> str:
        return f"{SCHEME}{self.repo}" + (f"@{self.revision}" if self.revision else "")


def parse_address(text: str) -> Address:
    """Reads ``hf://owner/name`` or ``owner/name``, each with ``@REVISION`` or without.

    Raises:
        InputError: It is none.
    """
    match = _ADDRESS.fullmatch(text)
    if match is None or ".." in text or "--" in match[1]:
        raise InputError(
            f"'{text}' is no address on the Hugging Face Hub", f"give owner/name, as in {SCHEME}ada/ant-runner"
        )
    return Address(match[1], match[2])


def is_commit(revision: object) -> bool:
    """Whether this is a whole commit of Git's."""
    return isinstance(revision, str) and _COMMIT.fullmatch(revision) is not None
