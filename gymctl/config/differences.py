"""What several configs have of their own: the keys whose values differ between them."""

from collections.abc import Mapping, Sequence
from typing import Any

from gymctl.config.links import followed
from gymctl.config.trees import KeyPath, dotted, leaves, lookup
from gymctl.core.errors import InputError

_TRACKING = "wandb_"
_SEEDS = frozenset({("seed",), ("train", "params", "seed")})
_NAMES = frozenset(
    {
        ("checkpoint",),
        ("experiment",),
        ("train", "params", "load_checkpoint"),
        ("train", "params", "load_path"),
        ("train", "params", "config", "full_experiment_name"),
        ("train", "params", "config", "name"),
    }
)
_ABSENT = object()


def differences(
    trees: Sequence[Mapping[str, Any]], unresolved: Mapping[str, Any] | None = None
) -> dict[str, tuple[Any, ...]]:
    """Finds the keys in which configs differ. Names, seeds and what is sent to Weights & Biases are left out.

    Args:
        trees: The configs, resolved, from anywhere.
        unresolved: The task's config with its ``${...}``. A setting that others follow then counts once.

    Returns:
        By dotted key its value in each config, None where a config lacks it.
    """
    paths = dict.fromkeys(path for tree in trees for path, _ in leaves(tree))
    found: dict[KeyPath, tuple[Any, ...]] = {}
    for path in paths:
        if path in _NAMES or path in _SEEDS or str(path[0]).startswith(_TRACKING):
            continue
        values = tuple(lookup(tree, path, _ABSENT) for tree in trees)
        if any(not _alike(value, values[0]) for value in values):
            found[path] = tuple(None if value is _ABSENT else value for value in values)
    for path in list(found):
        cause = next((target for target in _followed(path, unresolved) if _leads(found.get(target), found[path])), None)
        if cause is not None:  # a flag that wasn't given stands for what its followers had
            found[cause] = tuple(map(_given, found[cause], found.pop(path)))
    return {dotted(path): values for path, values in found.items()}


def _followed(path: KeyPath, unresolved: Mapping[str, Any] | None) -> list[KeyPath]:
    try:
        return [] if unresolved is None else list(followed(dict(unresolved), path))
    except InputError:
        return []


def _leads(values: tuple[Any, ...] | None, followers: tuple[Any, ...]) -> bool:
    """Whether a value is its follower's in every config that gives one."""
    return values is not None and all(
        _alike(_given(value, other), other) for value, other in zip(values, followers, strict=True)
    )


def _given(value: Any, otherwise: Any) -> Any:
    return otherwise if value in ("", None) else value


def _alike(a: Any, b: Any) -> bool:
    return a == b or repr(a) == repr(b)  # no number is equal to NaN
