"""Nested dicts: merges them and walks their leaves."""

from collections.abc import Iterator, Mapping
from typing import Any

KeyPath = tuple[Any, ...]
"""Keys from the root of a tree down to a value."""


def dotted(path: KeyPath) -> str:
    """The path as the user writes it: ``task.env.numEnvs``."""
    return ".".join(map(str, path))


def branch(path: KeyPath, value: Any) -> Any:
    """The tree that holds nothing but `value` at `path`."""
    for key in reversed(path):
        value = {key: value}
    return value


def merge(lower: Mapping[Any, Any], upper: Mapping[Any, Any]) -> dict[Any, Any]:
    """A tree with the values of both, those of `upper` where both have one.

    Lists are values, not trees. None is an empty tree where `lower` has a tree, as is an empty section in YAML.
    """
    merged = dict(lower)
    for key, value in upper.items():
        below = merged.get(key)
        if isinstance(value, dict):
            merged[key] = merge(below if isinstance(below, dict) else {}, value)
        elif value is not None or not isinstance(below, dict):
            merged[key] = value
    return merged


def leaves(tree: Mapping[Any, Any], path: KeyPath = ()) -> Iterator[tuple[KeyPath, Any]]:
    """Every value that is not itself a tree, with its path; an empty tree counts as a value."""
    for key, value in tree.items():
        if isinstance(value, dict) and value:
            yield from leaves(value, (*path, key))
        else:
            yield (*path, key), value


def lookup(tree: Any, path: KeyPath, default: Any = None) -> Any:
    """The value or tree at a path, or `default` where there is none."""
    for key in path:
        if not isinstance(tree, Mapping) or key not in tree:
            return default
        tree = tree[key]
    return tree


def meant(value: Any, tree: Mapping[str, Any]) -> Any:
    """The value itself, or, of ``"=KEY"``, the value that the dotted key has in a tree."""
    linked = isinstance(value, str) and value.startswith("=")
    return lookup(tree, tuple(value[1:].split("."))) if linked else value
