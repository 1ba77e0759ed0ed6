"""Parses ``key=value`` on the command line."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gymctl.config.rules import Schema
from gymctl.config.schema import rule_at
from gymctl.config.trees import KeyPath, branch, dotted, leaves, lookup
from gymctl.config.validate import not_a_section
from gymctl.config.yaml_io import MAX_DEPTH, parse_yaml
from gymctl.core.errors import InputError

_KEY = re.compile(r"[\w-]+(\.[\w-]+)*")
_ABSENT = object()


@dataclass(frozen=True)
class Override:
    """One ``[+|++]a.b.c=value``."""

    path: KeyPath
    value: Any
    prefix: str = ""

    def leaves(self) -> Iterator[tuple[KeyPath, Any]]:
        """The values it sets: several if the value is a mapping, which is merged with what is there."""
        if isinstance(self.value, dict):
            yield from ((path, value) for path, value in leaves(self.value, self.path) if value != {})
        else:
            yield self.path, self.value

    def tree(self) -> dict[str, Any]:
        """What it sets, from the root of the config."""
        return branch(self.path, _without_empty(self.value))

    def unknown(self, tree: Mapping[str, Any], keys: Schema) -> list[KeyPath]:
        """Lists the keys that it sets without a ``+`` and that nothing knows.

        Args:
            tree: The config that it will be applied to.
            keys: All keys that a config may have.
        """
        paths = [] if self.prefix else [path for path, _ in self.leaves()]
        return [
            p for p in paths if lookup(tree, p, _ABSENT) is _ABSENT and rule_at(keys, p, declared_only=True) is None
        ]

    def check(self, tree: Mapping[str, Any], keys: Schema) -> None:
        """Checks that it may set what it sets, if all its keys are known.

        Args:
            tree: The config that it will be applied to.
            keys: All keys that a config may have.

        Raises:
            InputError: It has a ``+`` and the key is there, or the key is a section.
        """
        for path, value in self.leaves():
            there = lookup(tree, path, _ABSENT)
            rule = rule_at(keys, path, declared_only=True)
            if self.prefix == "+" and there is not _ABSENT:
                raise InputError(f"{dotted(path)} is there already", f"write {dotted(path)}=… without the +")
            if isinstance(there, dict) or isinstance(rule, dict):
                raise not_a_section(path, value)


def _without_empty(value: Any) -> Any:
    """A value without its empty sections, which set nothing."""
    if not isinstance(value, dict):
        return value
    kept = {key: _without_empty(item) for key, item in value.items()}
    return {key: item for key, item in kept.items() if item != {}}


@dataclass(frozen=True)
class Overrides:
    """All overrides of a command."""

    values: tuple[Override, ...]
    train: str | None
    """The train YAML that ``train=NAME`` chooses."""
    pbt: bool
    """Whether ``pbt=NAME`` was given, which is read and ignored."""

    def paths(self) -> set[KeyPath]:
        """What they set."""
        return {path for override in self.values for path, _ in override.leaves()}


def parse_overrides(texts: Sequence[str], task: str) -> Overrides:
    """Reads ``key=value`` arguments.

    Args:
        texts: The arguments; values are YAML, and ``key=`` is the empty string.
        task: The task that is composed, which ``task=NAME`` may repeat.

    Raises:
        InputError: One of them can't be read.
    """
    overrides = [_parse(text) for text in texts]
    chosen: dict[str, str] = {}
    for override in overrides:
        if override.path in (("task",), ("train",), ("pbt",)) and not isinstance(override.value, dict):
            if not isinstance(override.value, str):
                raise InputError(
                    f"{override.path[0]}={override.value} names no YAML", "give a name, as in train=AntPPO"
                )
            chosen[override.path[0]] = override.value
    if chosen.get("task", task) != task:
        raise InputError(
            f"task={chosen['task']} contradicts the task {task}", "name one task, before the KEY=VALUE arguments"
        )
    values = tuple(o for o in overrides if o.path != (o.path[0],) or o.path[0] not in chosen)
    return Overrides(values, chosen.get("train"), "pbt" in chosen)


def _parse(text: str) -> Override:
    key, equals, value = text.partition("=")
    if key.startswith("~"):
        raise InputError(
            f"{text}: keys can't be removed, since what reads the config counts on them", "give the key another value"
        )
    if not equals:
        raise InputError(f"{text!r} is not KEY=VALUE", "write a setting as in task.env.headingWeight=0.7")
    name = key.lstrip("+")
    prefix = key[: len(key) - len(name)]
    if not _KEY.fullmatch(name) or len(prefix) > 2:
        raise InputError(
            f"{key!r} is not a key", "write KEY=VALUE with a KEY as in task.env.headingWeight; lists are given whole"
        )
    path = tuple(name.split("."))
    if len(path) > MAX_DEPTH:
        raise InputError(f"{key[:40]}… has more than {MAX_DEPTH} parts", "write a key as in task.env.headingWeight")
    return Override(path, parse_yaml(value, f"the value of {name}") if value else "", prefix)
