"""Parts of a config that say which key is missing, for code that reads keys which nobody could check before."""

from collections.abc import Mapping
from typing import Any

from gymctl.errors import InputError


class Section(dict[str, Any]):
    """A part of a config; reading a key that it lacks is the user's error, and is told with the whole key.

    Args:
        values: The part, whose own parts become sections too.
        path: Where it stands in the config, as ``task.env``.
    """

    def __init__(self, values: Mapping[str, Any], path: str) -> None:
        parts = {
            key: Section(value, f"{path}.{key}") if isinstance(value, Mapping) else value
            for key, value in values.items()
        }
        super().__init__(parts)
        self._path = path

    def __missing__(self, key: str) -> Any:
        raise InputError(f"{self._path}.{key} is missing", f"add it to the task's YAML, or write +{self._path}.{key}=…")
