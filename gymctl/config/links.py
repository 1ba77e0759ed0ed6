"""Resolves ``${...}`` in YAMLs by IsaacGymEnvs' four resolvers, and tells which value depends on which."""

import re
from collections.abc import Collection, Iterator
from typing import Any

from omegaconf import OmegaConf
from omegaconf.errors import OmegaConfBaseException

from gymctl.config.trees import KeyPath, leaves, lookup
from gymctl.core.errors import InputError
from gymctl.core.memory import bounded_memory

_RESOLVERS = {
    "eq": lambda a, b: str(a).lower() == str(b).lower(),
    "contains": lambda part, whole: str(part).lower() in str(whole).lower(),
    "if": lambda condition, then, otherwise: then if condition else otherwise,
    "resolve_default": lambda default, value: default if value == "" else value,
}
_register = getattr(OmegaConf, "register_resolver", OmegaConf.register_new_resolver)  # its name since OmegaConf 2.4
for _name, _function in _RESOLVERS.items():
    _register(f"gymctl.{_name}", _function, replace=True)

_ROOM = 2**28
_RESOLVER_CALL = re.compile(rf"\$\{{\s*({'|'.join(_RESOLVERS)})\s*:")
_REFERENCE = re.compile(r"\$\{\s*(\.*)(\w+(?:\.\w+)*)\s*\}")


def resolve(tree: dict[str, Any]) -> dict[str, Any]:
    """The tree with every ``${...}`` replaced by its value.

    The four resolvers are known to OmegaConf as ``gymctl.eq`` and so on, since other packages may have registered the
    short names for themselves.

    Raises:
        InputError: A link leads nowhere, in a circle, or isn't written correctly; a value is ``???``.
    """
    try:
        with bounded_memory(_ROOM):
            container = OmegaConf.to_container(OmegaConf.create(_qualified(tree)), resolve=True, throw_on_missing=True)
    except MemoryError as error:
        raise InputError(
            "the ${...} of the config write out to an endless text", "let them name plain values"
        ) from error
    except RecursionError as error:
        raise InputError("the ${...} of the config lead in a circle", "let one of them be a plain value") from error
    except OmegaConfBaseException as error:
        key = error.full_key or "the config"
        problem = str(error).strip().splitlines()[0].partition(" expecting ")[0].replace("gymctl.", "")
        raise InputError(f"{key} can't be resolved: {problem}", "correct its value") from error
    assert isinstance(container, dict)
    return {str(key): value for key, value in container.items()}


def depends(tree: dict[str, Any], path: KeyPath, on: Collection[KeyPath]) -> bool:
    """Whether the value at `path` follows one of the paths `on`, through any number of links."""
    return any(related(target, other) for target in followed(tree, path) for other in on)


def followed(tree: dict[str, Any], path: KeyPath) -> Iterator[KeyPath]:
    """The paths that the value at `path` follows, through any number of links."""
    seen: set[KeyPath] = set()
    unread = [path]
    while unread:
        for target in references(tree, unread.pop()):
            if target not in seen:
                seen.add(target)
                yield target
                below = lookup(tree, target)
                unread += [(*target, *rest) for rest, _ in leaves(below)] if isinstance(below, dict) else [target]


def references(tree: dict[str, Any], path: KeyPath) -> Iterator[KeyPath]:
    """The paths that the ``${...}`` of the value at `path` name."""
    value = lookup(tree, path)
    for dots, name in _REFERENCE.findall(value) if isinstance(value, str) else ():
        above = path[: len(path) - len(dots)] if dots else ()
        yield (*above, *name.split("."))


def related(path: KeyPath, other: KeyPath) -> bool:
    """Whether the paths are the same or one of them leads through the other."""
    return path[: len(other)] == other or other[: len(path)] == path


def _qualified(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _qualified(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_qualified(item) for item in value]
    return _RESOLVER_CALL.sub(r"${gymctl.\1:", value) if isinstance(value, str) else value
