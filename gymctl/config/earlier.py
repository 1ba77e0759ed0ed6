"""Starts from values that stand in files without losing the links between keys: flags go over whatever a file says."""

from collections.abc import Collection, Mapping
from functools import reduce
from typing import Any

from gymctl.config.links import depends, resolve
from gymctl.config.trees import KeyPath, branch, leaves, lookup, merge

_ABSENT = object()

_LINKS: dict[KeyPath, str] = {
    ("task", "physics_engine"): "${..physics_engine}",
    ("task", "physics"): "${..physics}",
    ("task", "env", "numEnvs"): "${resolve_default:0,${...num_envs}}",
    ("train", "params", "seed"): "${...seed}",
    ("train", "params", "load_checkpoint"): "${if:${...checkpoint},True,False}",
    ("train", "params", "load_path"): "${...checkpoint}",
    ("train", "params", "config", "name"): "${resolve_default:'',${....experiment}}",
    ("train", "params", "config", "full_experiment_name"): "${.name}",
    ("train", "params", "config", "num_actors"): "${....task.env.numEnvs}",
    ("train", "params", "config", "max_epochs"): "${resolve_default:-1,${....max_iterations}}",
}


def is_whole(tree: Mapping[str, Any]) -> bool:
    """Whether a YAML is a whole config as ``gymctl config`` prints it: every section is there and nothing is a link."""
    sections = (("task", "name"), ("task", "env"), ("train", "params", "config"))
    return all(lookup(tree, path) for path in sections) and not any("${" in str(value) for _, value in leaves(tree))


def relinked(tree: dict[str, Any], changed: Collection[KeyPath]) -> dict[str, Any]:
    """A config in which what a setting stands for follows it, whatever a file says in its place.

    Args:
        tree: The config, unresolved.
        changed: The settings that will be changed afterwards.
    """
    links = {path: link for path, link in _LINKS.items() if lookup(tree, path, _ABSENT) is not _ABSENT}
    linked = reduce(merge, (branch(path, link) for path, link in links.items()), tree)
    lost = (path for path in links if depends(linked, path, changed) and not depends(tree, path, changed))
    return reduce(merge, (branch(path, links[path]) for path in lost), tree)


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

    What the learner was not given then, it is not given now: keys of the train YAML that the earlier config lacks go,
    if it has a section ``train``.

    Args:
        tree: The config without the earlier one, unresolved.
        base: The earlier config, resolved.
        changed: Keys that will be changed afterwards: what is linked to them stays linked.
    """
    if "train" in base:
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
