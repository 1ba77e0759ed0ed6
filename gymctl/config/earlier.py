"""Starts from the config of an earlier run without losing the links between its keys."""

from collections.abc import Collection, Mapping
from functools import reduce
from typing import Any

from gymctl.config.links import depends, resolve
from gymctl.config.trees import KeyPath, branch, leaves, lookup, merge

_ABSENT = object()

_LINKS: dict[KeyPath, str] = {
    ("task", "physics_engine"): "${..physics_engine}",
    ("task", "env", "numEnvs"): "${resolve_default:0,${...num_envs}}",
    ("train", "params", "seed"): "${...seed}",
    ("train", "params", "load_checkpoint"): "${if:${...checkpoint},True,False}",
    ("train", "params", "load_path"): "${...checkpoint}",
    ("train", "params", "config", "name"): "${resolve_default:'',${....experiment}}",
    ("train", "params", "config", "full_experiment_name"): "${.name}",
    ("train", "params", "config", "num_actors"): "${....task.env.numEnvs}",
    ("train", "params", "config", "max_epochs"): "${resolve_default:-1,${....max_iterations}}",
}


def stand_in(base: Mapping[str, Any], section: str) -> dict[str, Any]:
    """Stands in for the YAML of a section that is not at hand: the earlier config's values, linked as is usual.

    Args:
        base: The earlier config, resolved.
        section: ``"task"`` or ``"train"``.

    Returns:
        The section, from the root of the config, unresolved.
    """
    links = (
        branch(path, link)
        for path, link in _LINKS.items()
        if path[0] == section and lookup(base, path, _ABSENT) is not _ABSENT
    )
    return reduce(merge, links, {section: base[section]})


def with_base(tree: dict[str, Any], base: Mapping[str, Any], changed: Collection[KeyPath]) -> dict[str, Any]:
    """A config that resolves to the values of an earlier one, with no more links replaced by values than that takes.

    What the learner was not given then, it is not given now: keys of the train YAML that the earlier config lacks go.

    Args:
        tree: The config without the earlier one, unresolved.
        base: The earlier config, resolved.
        changed: Keys that will be changed afterwards: what is linked to them stays linked.
    """
    tree = {**tree, "train": _keys_of(tree["train"], base["train"])}
    values = {path: value for path, value in leaves(base) if not depends(tree, path, changed)}
    while True:
        resolved = resolve(tree)
        differing = {path for path, value in values.items() if lookup(resolved, path, _ABSENT) != value}
        if not differing:
            return tree
        # What depends on a differing value may agree once that is set.
        for path in [p for p in differing if not depends(tree, p, differing - {p})] or list(differing):
            tree = merge(tree, branch(path, values.pop(path)))


def _keys_of(tree: dict[str, Any], base: Mapping[str, Any]) -> dict[str, Any]:
    return {
        key: _keys_of(value, base[key]) if isinstance(value, dict) and isinstance(base[key], Mapping) else value
        for key, value in tree.items()
        if key in base
    }
