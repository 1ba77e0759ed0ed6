"""Composes a config: YAMLs, then the config of an earlier run, then flags, then ``key=value`` overrides."""

import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from itertools import starmap
from pathlib import Path
from typing import Any

from gymctl.config import dependent, effects, foreign, overruled, randomization
from gymctl.config.catalogue import PACKAGED, TASK, TRAIN, ConfigFiles, Layer, packaged_task
from gymctl.config.config import Config
from gymctl.config.earlier import is_whole, relinked, stand_in, with_base
from gymctl.config.foreign import translated
from gymctl.config.links import resolve
from gymctl.config.locations import Location, config_dir_of, find_config_dir, parse_location
from gymctl.config.origins import RUN, Origin, Rank, of_layer, of_override, trace
from gymctl.config.overrides import Overrides, parse_overrides
from gymctl.config.rules import Rule, Schema
from gymctl.config.schema import schema
from gymctl.config.trees import KeyPath, branch, dotted, leaves, lookup, merge
from gymctl.config.validate import check_known, check_required, check_values, unknown_in, unknown_key
from gymctl.core.errors import InputError, suggest

_TRACKING = "wandb_"
"""How the keys begin that are never an earlier run's: where curves and code are sent is the user's own affair."""

_TASK_DEFAULTS = {
    "task": {
        "physics": "${..physics}",
        "env": {"clipObservations": float("inf"), "clipActions": float("inf"), "controlFrequencyInv": 1},
        "sim": {"substeps": 2, "gravity": [0.0, 0.0, -9.81]},
    }
}
"""What IsaacGymEnvs takes where a task's YAML is silent."""


def compose(
    task: str,
    *,
    settings: Mapping[str, Any] | None = None,
    overrides: Sequence[str] = (),
    config_dir: Path | None = None,
    base: Mapping[str, Any] | None = None,
    run_dir: Path | None = None,
    machine: Callable[[Config], Mapping[str, Any]] | None = None,
    flag_names: Mapping[str, str] | None = None,
) -> Config:
    """Composes the config of a task.

    From low to high: this package's YAMLs, the user's, an earlier run's config, what suits the machine, flags,
    overrides.

    Args:
        task: Name of a task YAML; or where a class is, as ``PACKAGE.MODULE:CLASS`` or ``FILE.py:CLASS``: its YAML has
            the class's name, and lies in `config_dir`, which is else found beside the class; `base` does without.
        settings: Top-level keys, set by flags; None means not given. What is linked to them follows.
        overrides: ``key=value``; ``+key=value`` adds a key, ``++key=value`` adds or sets it. ``train=NAME`` chooses the
            train YAML, which is else ``<task>PPO`` or ``<task>``, and goes over what `base` has in its place.
        config_dir: The user's own YAMLs, laid out as IsaacGymEnvs' ``cfg``.
        base: The config of an earlier run. Where `settings` or `overrides` change a key, what is linked to that key
            follows, as if it had never been resolved. The YAMLs it was made of may be gone. Its ``wandb_…`` keys are
            left aside.
        run_dir: The directory of that run.
        machine: Gives values that suit the machine, by dotted key, for the config without them. Asked only where there
            is neither a `config_dir` nor a `base`; a class's own YAMLs beside it are none.
        flag_names: What the user knows `settings` by, as ``--device`` or ``GYMCTL_DEVICE``.

    Raises:
        InputError: There is no such task, a YAML or an override can't be read, a key is unknown or a value refused.
    """
    location, has_own_dir = parse_location(task), config_dir is not None
    if location is not None:
        config_dir = config_dir or (config_dir_of if base is None else find_config_dir)(location)
        task = location.name if config_dir else str(location)  # which no YAML is called
    given = parse_overrides(overrides, task)
    flags = {key: value for key, value in (settings or {}).items() if value is not None}
    earlier = None if base is None else _earlier(base)
    written: list[Mapping[str, Any]] = []
    if base is not None and earlier is not None and overruled.is_isaacgymenvs_own(base):
        written.append(earlier)
        earlier = overruled.corrected(earlier, lookup(earlier, ("task", "name")), saved=True)
    if earlier is not None and location is not None:
        earlier = _located(earlier, location)

    layers = _layers(ConfigFiles(config_dir), task, given.train, earlier, location)
    name = lookup(_merged(layers), ("task", "name"))
    recorded = lookup(earlier or {}, ("task", "name"), name)
    if ":" in str(recorded) and location is None:
        raise InputError(
            f"the config is of the task {recorded}, whose code isn't gymctl's",
            f"if you trust that code, name it on the command line, in the place of the task: {recorded}",
        )
    for index, layer in enumerate(layers):
        if layer.is_user and not ("physics" in layer.tree and is_whole(layer.tree)):
            written.append(layer.tree)
            layers[index] = replace(layer, tree=overruled.corrected(layer.tree, name, saved=False))
    told: list[str] = []
    whole = next((layer for layer in layers if layer.is_user and is_whole(layer.tree)), None)
    if whole and given.train:
        told.append(f"train={given.train} goes over the section 'train' of {whole.file}")
        layers[layers.index(whole)] = replace(whole, tree={**whole.tree, "train": {}})
        whole = None
    lower = _merged(layer for layer in layers if layer is not whole)
    reference = packaged_task(lookup(lower, ("task", "name")))
    keys = schema(reference)
    changes = _Changes(flags, flag_names or {}, given)
    user_set: dict[KeyPath, Any] = {}
    set_by: dict[KeyPath, Origin] = {}
    known = reduce(merge, [translated(whole.tree) if whole else {}, earlier or {}], lower)
    unknown = unknown_in([layer for layer in layers if layer.is_user], keys)
    check_known(unknown, changes.unknown(known, keys), known, keys)
    for layer in layers:
        set_by |= dict.fromkeys(dict(leaves(translated(layer.tree))), of_layer(layer))
        if layer is whole:
            standard = resolve(lower)
            user_set |= {path: value for path, value in leaves(layer.tree) if lookup(standard, path) != value}
        elif layer.is_user:
            user_set |= leaves(layer.tree)
    bases = [translated(whole.tree)] if whole else []
    if earlier is not None:
        bases.append(earlier)
    defaults = reduce(lambda tree, base: with_base(tree, base, ()), bases, lower)
    if earlier is not None:
        if given.train:
            told.append(f"train={given.train} goes over the section 'train' of the run's config")
            earlier = bases[-1] = {key: value for key, value in earlier.items() if key != "train"}
        set_by |= dict.fromkeys(dict(leaves(earlier)), RUN)
    lower = relinked(lower, changes.settings())
    lower = reduce(lambda tree, base: with_base(tree, base, changes.paths()), bases, lower)

    tree, changed_by = changes.applied(lower, keys)
    resolved = _resolved(tree, keys)
    if machine is not None and earlier is None and not has_own_dir:
        chosen = {tuple(key.split(".")): value for key, value in machine(Config(resolved)).items()}
        if chosen:
            lower = reduce(merge, (branch(path, value) for path, value in chosen.items()), lower)
            set_by |= dict.fromkeys(chosen, Origin(Rank.MACHINE, "gymctl: chosen for a CPU"))
            tree, changed_by = changes.applied(lower, keys)
            resolved = _resolved(tree, keys)
    user_set |= changes.overridden()
    told += dict.fromkeys(note for tree in written for note in overruled.notes(tree, resolved))
    told += foreign.notes(user_set, reference)
    read, typed = _as_read(user_set), _as_read(changes.typed())
    told += effects.notes(read, resolved, keys)
    told += dependent.notes({**read, **typed}, typed, resolved)
    told += _loading(user_set, typed, resolved)
    if randomization.is_on(resolved):
        told += randomization.notes(resolved)
    return Config(resolved, tuple(told), trace(tree, set_by | changed_by), defaults, run_dir)


class OtherTaskError(InputError):
    """A ``config.yaml`` of the user's is the config of another task."""


@dataclass(frozen=True)
class _Changes:
    """What stands above all YAMLs: flags, then overrides."""

    flags: dict[str, Any]
    flag_names: Mapping[str, str]
    overrides: Overrides

    def paths(self) -> set[KeyPath]:
        return {(key,) for key in self.flags} | self.overrides.paths()

    def settings(self) -> set[KeyPath]:
        """What they set to a value, not back to ``''``."""
        overridden = {path for path, value in self.overridden().items() if value not in ("", None)}
        return {(key,) for key, value in self.flags.items() if value != ""} | overridden

    def overridden(self) -> dict[KeyPath, Any]:
        """What overrides set, as the user wrote it."""
        found = {path: value for override in self.overrides.values for path, value in override.leaves()}
        return {**found, ("pbt",): True} if self.overrides.pbt else found

    def typed(self) -> dict[KeyPath, Any]:
        """What overrides set, and flags that the user knows by a name."""
        return {(key,): value for key, value in self.flags.items() if key in self.flag_names} | self.overridden()

    def unknown(self, tree: dict[str, Any], keys: Schema) -> list[KeyPath]:
        """The keys that overrides set without a ``+`` and that nothing knows."""
        found: list[KeyPath] = []
        for override in self.overrides.values:
            new = override.unknown(tree, keys)
            found += new
            tree = tree if new else merge(tree, translated(override.tree()))
        return found

    def applied(self, tree: dict[str, Any], keys: Schema) -> tuple[dict[str, Any], dict[KeyPath, Origin]]:
        """The changed tree, unresolved, and which of its values come from here."""
        tree = merge(tree, _checked_flags(self.flags, tree, keys))
        set_by = {(key,): Origin(Rank.FLAG, self.flag_names.get(key, key)) for key in self.flags}
        for override in self.overrides.values:
            override.check(tree, keys)
            tree = merge(tree, translated(override.tree()))
            set_by |= {path: of_override(dotted(path)) for path, _ in override.leaves()}
        if tree["seed"] == -1:
            tree["seed"] = secrets.randbelow(10_000)
        return tree, set_by


def _loading(
    user_set: Mapping[KeyPath, Any], typed: Mapping[KeyPath, Any], resolved: Mapping[str, Any]
) -> Iterator[str]:
    """A line for a checkpoint that is named and not loaded; a load that names none is refused.

    A YAML that says itself that its checkpoint isn't loaded needs no line.
    """
    switch, file = ("train", "params", "load_checkpoint"), ("train", "params", "load_path")
    loads, path = lookup(resolved, switch), lookup(resolved, file)
    if loads and user_set.get(switch) and not path:
        raise InputError("train.params.load_checkpoint=True names no checkpoint", "write checkpoint=FILE instead")
    if not path or not user_set.get(file):
        return
    if loads and resolved["checkpoint"] not in ("", path):
        yield f"train.params.load_path has no effect beside checkpoint={resolved['checkpoint']}"
    elif not loads and (file in typed or switch not in user_set):
        yield "train.params.load_path has no effect without load_checkpoint=True; checkpoint=FILE sets both"


def _as_read(user_set: Mapping[KeyPath, Any]) -> dict[KeyPath, Any]:
    """What the user set, by the keys that are read in place of older ones."""
    return dict(leaves(translated(reduce(merge, starmap(branch, user_set.items()), {}))))


def _resolved(tree: dict[str, Any], keys: Schema) -> dict[str, Any]:
    check_required(tree)
    resolved = resolve(tree)
    check_values(resolved, keys)
    return resolved


def _layers(
    files: ConfigFiles, task: str, train: str | None, earlier: dict[str, Any] | None, location: Location | None
) -> list[Layer]:
    """What makes up the config before flags and overrides, from low to high.

    A YAML of the user's for a task of this package may leave out keys: those of the packaged YAML stand below it.
    """
    task_layers = _task_layers(files, task, earlier)
    if location is not None:
        task_layers.append(Layer({"task": {"name": str(location)}}))
    name = lookup(_merged(task_layers), ("task", "name"))
    if earlier is not None and (was := lookup(earlier, ("task", "name"))) != name:
        raise InputError(f"the config is of the task {was}, not of {name}", f"name the task {was}")
    packaged, *user = files.root()
    for layer in user:
        if (other := lookup(layer.tree, ("task", "name"), name)) != name:
            raise OtherTaskError(
                f"{layer.file} is the config of the task {other}, not of {task}",
                f"name the task {other}, or take the section 'task' out of the file",
            )
    reference = Layer({"task": packaged_task(name) or {}}, PACKAGED / "task" / f"{name}.yaml")
    return [
        packaged,
        reference,
        Layer(_TASK_DEFAULTS),
        *task_layers,
        *_train_layers(files, task, train, earlier),
        *user,
    ]


def _located(earlier: dict[str, Any], location: Location) -> dict[str, Any]:
    """An earlier run's config, whose task is where the user says that it is now: only they say what code is run.

    Raises:
        InputError: It is of a task of another name.
    """
    was = str(lookup(earlier, ("task", "name")))
    if was.rpartition(":")[2] != location.name:
        raise InputError(f"the config is of the task {was}, not of {location}", "name another class, or another run")
    return merge(earlier, {"task": {"name": str(location)}})


def _task_layers(files: ConfigFiles, task: str, earlier: dict[str, Any] | None) -> list[Layer]:
    if file := files.find(TASK, task):
        return files.group(TASK, file)
    if earlier is not None:
        return [Layer(stand_in(earlier, "task"))]
    raise _no_task(task, files)


def check_task(task: str, config_dir: Path | None = None) -> None:
    """Refuses a task that has no YAML.

    Args:
        task: Name of a task YAML.
        config_dir: The user's own YAMLs.

    Raises:
        InputError: There is none of that name.
    """
    if location := parse_location(task):
        task, config_dir = location.name, config_dir or config_dir_of(location)
    files = ConfigFiles(config_dir)
    if files.find(TASK, task) is None:
        raise _no_task(task, files)


def _no_task(task: str, files: ConfigFiles) -> InputError:
    listing = "'gymctl tasks' lists the tasks there are"
    guess = suggest(task, files.names(TASK))
    return InputError(f"there is no task {task!r}", f"{guess} {listing}" if guess else listing)


def _train_layers(files: ConfigFiles, task: str, train: str | None, earlier: dict[str, Any] | None) -> list[Layer]:
    names = [train] if train else [f"{task}PPO", task]
    if file := next(filter(None, (files.find(TRAIN, name) for name in names)), None):
        return files.group(TRAIN, file)
    if earlier is not None and not train:
        return [Layer(stand_in(earlier, "train"))]
    known = files.names(TRAIN)
    raise InputError(
        f"there is no {' or '.join(f'train/{name}.yaml' for name in names)}",
        (train and suggest(train, known)) or f"choose one with train=NAME: {', '.join(known)}",
    )


def _merged(layers: Iterable[Layer]) -> dict[str, Any]:
    return reduce(merge, (translated(layer.tree) for layer in layers), {})


def _earlier(base: Mapping[str, Any]) -> dict[str, Any]:
    for section in ("task", "train"):
        if not isinstance(base.get(section), dict):
            raise InputError(f"the config has no section '{section}'", "give a config.yaml that gymctl wrote")
    return translated(resolve({key: value for key, value in base.items() if not str(key).startswith(_TRACKING)}))


def _checked_flags(flags: dict[str, Any], tree: dict[str, Any], keys: Schema) -> dict[str, Any]:
    for key in flags:
        if not isinstance(keys.get(key), Rule):
            raise unknown_key((key,), tree, keys, "leave it out")
    return flags
