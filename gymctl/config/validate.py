"""Refuses keys that nothing reads, values that can't be meant, and configs that lack a key."""

import reprlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from gymctl.config.learners import REQUIRED_BY
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

_ABSENT = object()


def check_keys(tree: Mapping[str, Any], keys: Schema, file: Path) -> None:
    """Checks that a YAML of the user's has only keys that are known.

    Args:
        tree: The YAML, from the root of the config.
        keys: All keys that a config may have.
        file: The YAML, for the error.

    Raises:
        InputError: A key is unknown, or is a section and has a value.
    """
    for path, value in leaves(tree):
        rule = rule_at(keys, path)
        if rule is None:
            raise unknown_key(path, {}, keys, f"take it out of {file}")
        if isinstance(rule, dict) and value not in (None, {}):
            raise not_a_section(path, value)


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
        InputError: A key is missing.
    """
    algorithm = lookup(tree, ("train", "params", "algo", "name"))
    of_algorithm = [f"train.params.{key}" for key in REQUIRED_BY.get(str(algorithm), ())]
    for key in (*_REQUIRED, *of_algorithm):
        alternatives = (key, *_INSTEAD_OF.get(key, ()))
        if all(lookup(tree, tuple(k.split(".")), _ABSENT) is _ABSENT for k in alternatives):
            raise InputError(f"{key} is missing", "add it to the YAML, or inherit it with a 'defaults' list")


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
