"""The Hugging Face Hub, asked through huggingface_hub, which only this module imports; failures in two lines."""

import importlib
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from gymctl.core.errors import BackendError, GymctlError, InputError
from gymctl.core.extras import how_to_install
from gymctl.core.version import __version__
from gymctl.policies.hub.address import Address, is_commit

_MODULES = "huggingface_hub", "huggingface_hub.constants", "huggingface_hub.errors", "huggingface_hub.utils"
_ENDPOINT = "HF_ENDPOINT"
"""The environment variable that names another Hub; huggingface_hub's own."""
_SECONDS = 30.0
_UNAUTHORIZED, _FORBIDDEN, _NOT_FOUND = 401, 403, 404


class Revision(NamedTuple):
    """A commit of a repository, and what is in it."""

    commit: str
    sizes: dict[str, int]
    """Bytes of each file, by its path."""


class Hub:
    """The Hub.

    Raises:
        BackendError: huggingface_hub isn't installed.
    """

    def __init__(self) -> None:
        try:
            modules: list[Any] = [importlib.import_module(name) for name in _MODULES]
        except ImportError as error:
            raise BackendError(
                f"the Hugging Face Hub needs packages that aren't installed: {error.name}",
                f"run: {how_to_install('hub')}",
            ) from error
        huggingface, constants, errors, utils = modules
        constants.HF_HUB_DISABLE_TELEMETRY = True  # it would tell who runs gymctl, and on what
        utils.disable_progress_bars()
        utils.logging.set_verbosity_error()
        self._huggingface, self._errors = huggingface, errors
        endpoint = os.environ.get(_ENDPOINT)
        self._api: Any = huggingface.HfApi(endpoint, library_name="gymctl", library_version=__version__)

    def list_files(self, address: Address) -> Revision:
        """What is in a repository.

        Raises:
            GymctlError: It can't be had.
        """
        with self._telling(address):
            info = self._api.model_info(address.repo, revision=address.revision, files_metadata=True, timeout=_SECONDS)
            sizes = {file.rfilename: file.size for file in info.siblings or ()}
        if not is_commit(info.sha) or not all(type(size) is int for size in sizes.values()):
            raise GymctlError(f"the Hub's answer about {address} can't be read", "try again later")
        return Revision(info.sha, sizes)

    def download(self, address: Address, commit: str, name: str, directory: Path) -> Path:
        """Gets a file of a commit into a directory.

        Raises:
            GymctlError: It can't be had.
        """
        with self._telling(address):
            return Path(self._api.hf_hub_download(address.repo, name, revision=commit, local_dir=directory))

    def check_can_write(self) -> None:
        """Refuses to go on without a token.

        Raises:
            InputError: There is none.
        """
        if not self._huggingface.get_token():
            raise InputError("you aren't logged in to the Hugging Face Hub", "run 'hf auth login', or set HF_TOKEN")

    def upload(self, address: Address, files: Mapping[str, bytes], message: str, *, private: bool) -> str:
        """Makes a repository if there is none, and a commit with these files.

        Args:
            address: Where to.
            files: By path.
            message: Of the commit.
            private: Whether a new repository is seen by its owner only.

        Returns:
            The commit.

        Raises:
            GymctlError: It can't be done.
        """
        add = self._huggingface.CommitOperationAdd
        with self._telling(address):
            self._api.create_repo(address.repo, private=private, exist_ok=True)
            operations = [add(name, content) for name, content in files.items()]
            commit = self._api.create_commit(
                address.repo, operations, commit_message=message, revision=address.revision
            )
        return str(commit.oid)

    def page(self, address: Address) -> str:
        """The address of a repository's page."""
        return f"{self._api.endpoint}/{address.repo}"

    @contextmanager
    def _telling(self, address: Address) -> Iterator[None]:
        """Turns failures into two lines, in which nothing stands that was sent: a token was."""
        try:
            yield
        except GymctlError:
            raise
        except Exception as error:  # of the network, in many classes
            raise self._translated(error, address) from None

    def _translated(self, error: Exception, address: Address) -> GymctlError:
        errors = self._errors
        status = getattr(getattr(error, "response", None), "status_code", None)
        if isinstance(error, errors.OfflineModeIsEnabled):
            return GymctlError(f"{address} isn't asked for: HF_HUB_OFFLINE is set", "unset it")
        if isinstance(error, errors.GatedRepoError):
            return InputError(f"{address} wants to know who you are", f"ask for access on {self.page(address)}")
        if isinstance(error, errors.RevisionNotFoundError):
            return InputError(f"{address} has no revision {address.revision!r}", "leave it out, or correct it")
        if isinstance(error, errors.RepositoryNotFoundError) or status in (_UNAUTHORIZED, _NOT_FOUND):
            return InputError(
                f"there is no {address} on the Hub, or you may not see it",
                "check the name; for a private one, run 'hf auth login', or set HF_TOKEN",
            )
        if status == _FORBIDDEN:
            return InputError(
                f"you may not write to {address}", "take a token with the right to write, or your own name"
            )
        if status is not None:
            return GymctlError(f"the Hub refused what was asked about {address} (HTTP {status})", "try again later")
        return GymctlError(
            f"can't reach {self._api.endpoint}: {type(error).__name__}",
            "check the network and its proxy; a policy that you have as a file plays without it",
        )
