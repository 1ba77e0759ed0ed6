"""Resolves ``${...}`` in YAMLs by IsaacGymEnvs' four resolvers, and tells which value depends on which.

Every ``${`` is a key or one of the four, whatever else OmegaConf or another package knows: a YAML that reads the
environment would carry it into run directories.
"""

import re
from collections.abc import Collection, Iterator
from functools import reduce
from typing import Any

from omegaconf import OmegaConf
from omegaconf.errors import OmegaConfBaseException

from gymctl.config.trees import KeyPath, branch, dotted, leaves, lookup, merge
from gymctl.core.errors import InputError, suggest

_RESOLVERS = {
    "eq": lambda a, b: str(a).lower() == str(b).lower(),
    "contains": lambda part, whole: str(part).lower() in str(whole).lower(),
    "if": lambda condition, then, otherwise: then if condition else otherwise,
    "resolve_default": lambda default, value: default if value == "" else value,
}
_register = getattr(OmegaConf, "register_resolver", OmegaConf.register_new_resolver)  # its name since OmegaConf 2.4
for _name, _function in _RESOLVERS.items():
    _register(f"gymctl.{_name}", _function, replace=True)

MAX_CHAIN = 40
"""How many links may lead from one to the next: OmegaConf takes about 25 Python calls for each."""
MAX_EVALUATIONS = 10_000
"""How many values a link may be written out to; a thousand characters count as one."""

_NAME = r"[\w$-]+"
_RESOLVER_CALL = re.compile(rf"\$\{{\s*({'|'.join(_RESOLVERS)})\s*:")
_REFERENCE = re.compile(rf"\$\{{\s*(\.*)({_NAME}(?:\.{_NAME}|\[{_NAME}\])*)\s*\}}")
_OTHER_CALL = re.compile(r"\$\{\s*([\w.-]+)\s*:")
_ABSENT = object()


def resolve(tree: dict[str, Any]) -> dict[str, Any]:
    """The tree with every ``${...}`` replaced by its value.

    The four resolvers are known to OmegaConf as ``gymctl.eq`` and so on, since other packages may have registered the
    short names for themselves.

    Raises:
        InputError: A link leads nowhere, in a circle, is written out without measure or isn't written correctly; it
            calls another resolver; a value is ``???``.
    """
    linked = _linked(tree)
    _check_measure(tree, linked)
    values = _evaluated(tree, linked)
    resolved = reduce(merge, (branch(path, lookup(values, path)) for path in linked), tree)
    return {str(key): value for key, value in resolved.items()}


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
                unread += _leaves_at(tree, target)


def references(tree: dict[str, Any], path: KeyPath) -> Iterator[KeyPath]:
    """The paths that the ``${...}`` of the value at `path` name."""
    for place, text in _texts(lookup(tree, path), path):
        for dots, name in _REFERENCE.findall(text):
            above = place[: len(place) - len(dots)] if dots else ()
            yield (*above, *re.split(r"[.\[]", name.replace("]", "")))


def related(path: KeyPath, other: KeyPath) -> bool:
    """Whether the paths are the same or one of them leads through the other."""
    return path[: len(other)] == other or other[: len(path)] == path


def _linked(tree: dict[str, Any]) -> list[KeyPath]:
    """The paths of the leaves with a ``${...}`` in them, each checked."""
    found = []
    for path, value in leaves(tree):
        texts = [text for _, text in _texts(value, path)]
        if "???" in texts:
            raise InputError(f"{dotted(path)} can't be resolved: it is ???, which means missing", "give it a value")
        for text in texts:
            _check_written(path, text)
        if any("${" in text for text in texts):
            found.append(path)
    return found


def _check_written(path: KeyPath, text: str) -> None:
    for opening in re.finditer(r"\$\{", text):
        here = opening.start()
        if _REFERENCE.match(text, here) or _RESOLVER_CALL.match(text, here):
            continue
        known = f"resolvers are {', '.join(_RESOLVERS)}"
        if call := _OTHER_CALL.match(text, here):
            raise InputError(
                f"{dotted(path)} can't be resolved: there is no resolver {call[1]!r}",
                f"{suggest(call[1], _RESOLVERS)} Or pass the value on the command line; {known}".removeprefix(" Or "),
            )
        raise InputError(
            f"{dotted(path)} can't be resolved: its ${{…}} is neither a key nor a resolver",
            f"write a key as in ${{num_envs}} or ${{...num_envs}}; {known}",
        )


def _check_measure(tree: dict[str, Any], linked: list[KeyPath]) -> None:
    """Refuses links that lead in a circle, too far, or to more than can be meant, before they are followed."""
    sizes: dict[KeyPath, int] = {}

    def size(path: KeyPath, heirs: tuple[KeyPath, ...]) -> int:
        if path in heirs:
            raise InputError(
                f"{dotted(path)} can't be resolved: its ${{…}} lead in a circle", "let one of them be a plain value"
            )
        if len(heirs) > MAX_CHAIN:
            raise InputError(
                f"{dotted(heirs[0])} can't be resolved: it follows more than {MAX_CHAIN} links, one after the other",
                "let one of them be a plain value",
            )
        if path not in sizes:
            below = (leaf for target in references(tree, path) for leaf in _leaves_at(tree, target))
            own = sum(1 + len(text) // 1000 for _, text in _texts(lookup(tree, path), path)) or 1
            total = own
            for leaf in below:
                total += size(leaf, (*heirs, path))
                if total > MAX_EVALUATIONS:
                    raise InputError(
                        f"{dotted(path)} can't be resolved: its ${{…}} write out to more than {MAX_EVALUATIONS} values",
                        "let it name plain values",
                    )
            sizes[path] = total
        return sizes[path]

    for path in linked:
        size(path, ())


def _evaluated(tree: dict[str, Any], linked: list[KeyPath]) -> dict[str, Any]:
    """The values of leaves with links, at their places in a tree that has only them and what they follow."""
    needed = {leaf for path in linked for target in followed(tree, path) for leaf in _leaves_at(tree, target)}
    places = (*linked, *(needed - {*linked}))
    sparse = reduce(merge, (branch(path, _qualified(lookup(tree, path))) for path in places), {})
    try:
        container = OmegaConf.to_container(OmegaConf.create(sparse), resolve=True, throw_on_missing=True)
    except OmegaConfBaseException as error:
        key = error.full_key or "the config"
        problem = str(error).strip().splitlines()[0].partition(" expecting ")[0].replace("gymctl.", "")
        raise InputError(f"{key} can't be resolved: {problem}", "correct its value") from error
    assert isinstance(container, dict)
    return {str(key): value for key, value in container.items()}


def _leaves_at(tree: dict[str, Any], path: KeyPath) -> list[KeyPath]:
    """The leaves at or below a path, or the one that the path leads into; none where there is nothing."""
    for end in range(1, len(path) + 1):
        value = lookup(tree, path[:end], _ABSENT)
        if value is _ABSENT:
            return []
        if not isinstance(value, dict):
            return [path[:end]]
    return [(*path, *rest) for rest, _ in leaves(lookup(tree, path))]


def _texts(value: Any, path: KeyPath) -> Iterator[tuple[KeyPath, str]]:
    """The texts in a leaf, which may be a list, with their places."""
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, list | dict):
        for key, item in enumerate(value) if isinstance(value, list) else value.items():
            yield from _texts(item, (*path, key))


def _qualified(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _qualified(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_qualified(item) for item in value]
    return _RESOLVER_CALL.sub(r"${gymctl.\1:", value) if isinstance(value, str) else value
