"""Refuses keys that nothing reads, values that can't be meant, and configs that lack a key."""

import reprlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from gymctl.config.catalogue import Layer
from gymctl.config.learners import NOT_EMPTY, REQUIRED_BY
from gymctl.config.rules import ANY, Rule, Schema
from gymctl.config.schema import declared_paths, rule_at
from gymctl.config.trees import KeyPath, dotted, leaves, lookup
from gymctl.core.errors import InputError, closest, did_you_mean, suggest

_REQUIRED = (
    "task.name",
    "task.env.numEnvs",
    "task.env.episodeLength",
    "task.sim.dt",
    "train.params.algo.name",
    "train.params.config.name",
    "train.params.config.num_actors",
    "train.params.config.reward_shaper",
)

_INSTEAD_OF = {"task.env.episodeLength": ("task.env.maxEpisodeLength", "task.env.learn.episodeLength_s")}
"""Where some of IsaacGymEnvs' tasks have another key for the same thing."""

_MOST_TOLD = 80
_ABSENT = object()


def unknown_in(layers: Iterable[Layer], keys: Schema) -> dict[KeyPath, Path]:
    """The keys of the user's YAMLs that are not known, each with its file.

    Args:
        layers: The YAMLs.
        keys: All keys that a config may have.

    Raises:
        InputError: A key is a section and has a value.
    """
    unknown: dict[KeyPath, Path] = {}
    for layer in layers:
        for path, value in leaves(layer.tree):
            rule = rule_at(keys, path)
            if rule is None:
                ends = range(1, len(path) + 1)
                unknown.setdefault(next(path[:end] for end in ends if rule_at(keys, path[:end]) is None), layer.file)
            elif isinstance(rule, dict) and value not in (None, {}):
                raise not_a_section(path, value)
    return unknown


def check_known(
    in_yamls: Mapping[KeyPath, Path], in_overrides: Iterable[KeyPath], tree: Mapping[str, Any], keys: Schema
) -> None:
    """Refuses unknown keys, all at once.

    Args:
        in_yamls: Those in YAMLs, with their files.
        in_overrides: Those in overrides.
        tree: A config, whose keys are known ones to an override.
        keys: Further known keys.

    Raises:
        InputError: There are some.
    """
    otherwise = {path: f"take it out of {file}" for path, file in in_yamls.items()}
    added = {path: f"write +{dotted(path)}=… to add a new key" for path in in_overrides}
    if not otherwise and not added:
        return
    ways = ["take them out"] if otherwise else []
    ways += ["write +KEY=… to add new ones"] if added else []
    places = {path: f" in {file}" for path, file in in_yamls.items()}
    known = {} if otherwise else tree
    raise unknown_keys(otherwise | added, known, keys, f"correct them, or {', or '.join(ways)}", places)


def unknown_keys(
    otherwise: Mapping[KeyPath, str],
    tree: Mapping[str, Any],
    keys: Schema,
    fix: str,
    places: Mapping[KeyPath, str],
) -> InputError:
    """The error for all keys that are not known, at once; the first ones by name if they are many.

    Args:
        otherwise: What to do with each if no known one was meant, where it is the only one.
        tree: A config, whose keys are known ones.
        keys: Further known keys.
        fix: What to do with several.
        places: Where those in YAMLs stand, as `` in task/Ant.yaml``.
    """
    told, unknown = [], list(otherwise)
    for path in unknown[:_MOST_TOLD]:
        error = unknown_key(path, tree, keys, otherwise[path])
        if len(unknown) == 1:
            return error
        guess = error.fix.partition(" Or ")[0] if " Or " in error.fix else ""
        told.append(f"{dotted(path)}{places.get(path, '')}{': ' if guess else ''}{guess}")
    more = [f"and {len(unknown) - len(told):,} more"] if len(unknown) > len(told) else []
    return InputError(f"there are {len(unknown):,} unknown keys", fix, (*told, *more))


def unknown_key(path: KeyPath, tree: Mapping[str, Any], keys: Schema, otherwise: str) -> InputError:
    """The error for a key that is not known, with the known ones that may have been meant.

    Args:
        path: The key.
        tree: A config, whose keys are known ones.
        keys: Further known keys.
        otherwise: What to do if none of them was meant.
    """
    known = {p[:end] for p in (*declared_paths(keys), *(p for p, _ in leaves(tree))) for end in range(1, len(p) + 1)}
    same_name = sorted((p for p in known if str(p[-1]).lower() == str(path[-1]).lower()), key=len)[:3]
    siblings = {str(p[-1]): p for p in known if p[:-1] == path[:-1]}
    close = same_name or [siblings[name] for name in closest(str(path[-1]), siblings)]
    guess = did_you_mean(map(dotted, close)) if close or siblings else suggest(dotted(path), map(dotted, known))
    return InputError(f"there is no key {dotted(path)}", f"{guess} Or {otherwise}" if guess else otherwise)


def not_a_section(path: KeyPath, value: Any) -> InputError:
    """The error for a value where there are keys."""
    return InputError(
        f"{dotted(path)} can't be {reprlib.repr(value)}: it is a section", f"set keys in it, as in {dotted(path)}.…=…"
    )


def check_required(tree: Mapping[str, Any]) -> None:
    """Checks that a config, resolved or not, has what nothing runs without.

    Raises:
        InputError: A key is missing, or a section is empty.
    """
    algorithm = lookup(tree, ("train", "params", "algo", "name"))
    of_algorithm = [f"train.params.{key}" for key in REQUIRED_BY.get(str(algorithm), ())]
    elsewhere = ":" in str(lookup(tree, ("task", "name")))  # a class in Isaac Gym's style, which has its own time limit
    for key in (*_REQUIRED, *of_algorithm):
        if elsewhere and key in _INSTEAD_OF:
            continue
        alternatives = (key, *_INSTEAD_OF.get(key, ()))
        if all(lookup(tree, tuple(k.split(".")), _ABSENT) is _ABSENT for k in alternatives):
            raise InputError(f"{key} is missing", "add it to the YAML, or inherit it with a 'defaults' list")
    for section, example in NOT_EMPTY.get(str(algorithm), {}).items():
        key = f"train.params.{section}"
        if lookup(tree, tuple(key.split(".")), _ABSENT) is None:
            raise InputError(f"{key} is empty", f"write keys in it, as in {key.rpartition('.')[2]}: {{{example}}}")


def check_values(config: Mapping[str, Any], keys: Schema) -> None:
    """Checks the values of a resolved config.

    Raises:
        InputError: A value is of the wrong type or out of its range.
    """
    check_section(config, keys, ())


def check_section(section: Mapping[Any, Any], keys: Schema, above: KeyPath) -> None:
    """Checks the values of a section of a resolved config.

    Args:
        section: The section.
        keys: What it may have; keys beyond that are not looked at.
        above: Where the section is in the config.

    Raises:
        InputError: A value is of the wrong type or out of its range.
    """
    for key, value in section.items():
        path, rule = (*above, key), keys.get(key, keys.get("*", ANY))
        if isinstance(value, dict) and (rule is ANY or isinstance(rule, dict)):
            check_section(value, {} if rule is ANY else rule, path)
        elif isinstance(rule, dict):
            if value is not None:
                raise not_a_section(path, value)
        elif not rule.test(value):
            raise _refused(path, value, rule)


def _refused(path: KeyPath, value: Any, rule: Rule) -> InputError:
    guess = suggest(str(value), rule.choices)
    return InputError(
        f"{dotted(path)} can't be {reprlib.repr(value)}", f"give {rule.accepts}" + (f"; {guess}" if guess else "")
    )
