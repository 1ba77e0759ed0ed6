"""Traces the origin of each value of a config: a YAML, a run, a flag, an override."""

from collections.abc import Iterator, Mapping
from enum import IntEnum
from typing import Any, NamedTuple

from gymctl.config.catalogue import PACKAGED, Layer
from gymctl.config.links import followed
from gymctl.config.trees import KeyPath, leaves
from gymctl.config.yaml_io import to_yaml

_COLUMN = 48


class Rank(IntEnum):
    """What stands above what."""

    PACKAGED = 0
    USER = 1
    RUN = 2
    MACHINE = 3
    FLAG = 4
    OVERRIDE = 5


class Origin(NamedTuple):
    """Who set a value."""

    rank: Rank
    name: str
    """How to tell the user."""


RUN = Origin(Rank.RUN, "the run's config.yaml")


def of_override(key: str) -> Origin:
    """The origin of what an override sets at a dotted key."""
    return Origin(Rank.OVERRIDE, f"{key}=")


def of_layer(layer: Layer) -> Origin:
    """The origin of a YAML's values."""
    if layer.is_user or not layer.file.is_relative_to(PACKAGED):
        return Origin(Rank.USER if layer.is_user else Rank.PACKAGED, str(layer.file))
    return Origin(Rank.PACKAGED, f"gymctl: {layer.file.relative_to(PACKAGED) if layer.file != PACKAGED else 'default'}")


def trace(tree: dict[str, Any], set_by: Mapping[KeyPath, Origin]) -> dict[KeyPath, str]:
    """Tells of each value who set it: where it follows other keys, the one who set those, if that one stands higher.

    Args:
        tree: The config, unresolved.
        set_by: Who wrote what is there, by path.
    """
    unknown = of_layer(Layer({}))
    found = {}
    for path, _ in leaves(tree):
        origins = [set_by.get(p, unknown) for p in (path, *followed(tree, path))]
        found[path] = max(origins, key=lambda origin: origin.rank).name
    return found


def annotated_yaml(config: Mapping[str, Any], origins: Mapping[KeyPath, str]) -> str:
    """Writes a config as `to_yaml` does, with each value's origin as a comment.

    Args:
        config: The resolved config.
        origins: What `trace` has found.
    """
    return "\n".join(_lines(config, origins, ()))


def _lines(section: Mapping[str, Any], origins: Mapping[KeyPath, str], above: KeyPath) -> Iterator[str]:
    indent = "  " * len(above)
    for key, value in section.items():
        path = (*above, key)
        if isinstance(value, dict) and value:
            yield indent + to_yaml({key: {}}).rstrip().removesuffix(" {}")
            yield from _lines(value, origins, path)
            continue
        origin = origins.get(path) or _nearest(origins, path)
        comment = "# " + "".join(c if c.isprintable() else "?" for c in origin)
        first, *rest = to_yaml({key: value}).splitlines()
        if rest:
            yield indent + comment
            yield from (indent + line for line in (first, *rest))
        else:
            yield f"{indent + first:<{_COLUMN}} {comment}"


def _nearest(origins: Mapping[KeyPath, str], path: KeyPath) -> str:
    """The origin of the link that a whole section was copied by."""
    return next((origins[path[:end]] for end in range(len(path) - 1, 0, -1) if path[:end] in origins), "")
