"""The catalogue of YAMLs and tasks: this package's, the user's, and those of installed packages that offer tasks."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from gymctl.config.locations import find_config_dir, parse_location
from gymctl.config.trees import KeyPath, branch
from gymctl.config.yaml_io import load_yaml
from gymctl.core.errors import InputError, suggest
from gymctl.core.inside import check_access

_PACKAGE = Path(__file__).parent.parent
_INSTALLED = _PACKAGE / "configs"
PACKAGED = _INSTALLED if _INSTALLED.is_dir() else _PACKAGE.parent / "configs"
"""This package's own YAMLs: inside it where it was installed from a wheel, beside it in a checkout."""

ENTRY_POINT_GROUP = "gymctl.tasks"
"""The entry points by which packages offer tasks."""

_MAX_LAYERS = 100

TASK: KeyPath = ("task",)
TRAIN: KeyPath = ("train",)


@dataclass(frozen=True)
class Layer:
    """One YAML of a config, or what stands in for one; later layers overrule earlier ones."""

    tree: dict[str, Any]
    """Its keys, from the root of the config."""
    file: Path = PACKAGED
    is_user: bool = False
    """Whether it lies in the user's own config directory."""


class ConfigFiles:
    """The YAMLs of the user's directory, of this package and of packages that offer tasks; the first one found counts.

    Args:
        config_dir: The user's own directory, laid out as IsaacGymEnvs' ``cfg``.

    Raises:
        InputError: There is no such directory, or it has nothing of a config in it.
    """

    def __init__(self, config_dir: Path | None = None) -> None:
        if config_dir is not None:
            _check_layout(config_dir)
        self._user_dir = config_dir
        self._dirs = [*([config_dir] if config_dir else []), PACKAGED, *config_dirs()]

    def names(self, group: KeyPath) -> list[str]:
        """Names of the YAMLs of a group, sorted."""
        return sorted({file.stem for directory in self._dirs for file in _yamls(directory, group)})

    def find(self, group: KeyPath, name: str, heir: Path | None = None) -> Path | None:
        """The YAML of a group that has a name: another one than its heir, which may have the same.

        Raises:
            InputError: The first directory that has one has two, ``.yaml`` and ``.yml``.
        """
        for directory in self._dirs:
            found = [file for file in _yamls(directory, group) if file.stem == name and file != heir]
            if found:
                return _only(found)
        return None

    def root(self) -> list[Layer]:
        """The packaged ``config.yaml`` and the user's; Hydra's own keys in it are not ours."""
        found = [_yamls(directory, (), "config") for directory in (PACKAGED, self._user_dir) if directory]
        trees = {file: load_yaml(file) for file in map(_only, filter(None, found))}
        return [
            self._layer({key: value for key, value in tree.items() if key not in ("defaults", "hydra")}, file)
            for file, tree in trees.items()
        ]

    def group(self, group: KeyPath, file: Path) -> list[Layer]:
        """A YAML of a group, and those that its ``defaults`` list inherits.

        Entries of the list are names of the same group, ``subgroup: name``, or ``_self_`` (last, if left out).

        Raises:
            InputError: The list names what there is not, or the inheritance leads in a circle.
        """
        return self._inherited(group, file, ())

    def _inherited(self, group: KeyPath, file: Path, heirs: tuple[Path, ...]) -> list[Layer]:
        if file in heirs:
            raise InputError(f"{file} inherits itself", "take it out of the 'defaults' lists that lead back to it")
        tree = load_yaml(file)
        entries = tree.pop("defaults", None) or []
        if not isinstance(entries, list):
            raise InputError(f"'defaults' in {file} is not a list", "write '- NAME' lines")
        layers = []
        for entry in entries if "_self_" in entries else [*entries, "_self_"]:
            if entry == "_self_":
                layers.append(self._layer(branch(group, tree), file))
            elif isinstance(entry, dict):
                for subgroup, name in entry.items():
                    layers += self._parent((*group, _plain(subgroup, file)), str(name), (*heirs, file))
            else:
                layers += self._parent(group, str(entry), (*heirs, file))
            if len(layers) > _MAX_LAYERS:
                raise InputError(f"{file} inherits more than {_MAX_LAYERS} YAMLs", "shorten the 'defaults' lists")
        return layers

    def _parent(self, group: KeyPath, name: str, heirs: tuple[Path, ...]) -> list[Layer]:
        parent = self.find(group, name, heirs[-1])
        if parent is None:
            wanted = "/".join(map(str, (*group, f"{name}.yaml")))
            raise InputError(
                f"{heirs[-1]} inherits {wanted}, which does not exist",
                suggest(name, self.names(group)) or "add it, or take it out of the 'defaults' list",
            )
        return self._inherited(group, parent, heirs)

    def _layer(self, tree: dict[str, Any], file: Path) -> Layer:
        return Layer(tree, file, self._user_dir is not None and file.is_relative_to(self._user_dir))


def packaged_task(name: Any) -> dict[str, Any] | None:
    """This package's own YAML of a task class; None for a class from elsewhere."""
    file = next((file for file in _yamls(PACKAGED, TASK) if file.stem == name), None)
    return file and load_yaml(file)


def cpu_settings(task: str, trains: Sequence[str] = ()) -> dict[str, Any]:
    """Settings that suit a training on a CPU, by dotted key; ``{}`` where none are better than the YAMLs'.

    Packages that offer tasks may have such settings in ``configs/cpu``, as this package has.

    Args:
        task: As `compose` takes it. Those of a class that is named by where it is are beside it, and nowhere else.
        trains: Names of train YAMLs. The first one that there is something for counts, then the task.
    """
    location, own = parse_location(task), []
    if location is not None and (beside := find_config_dir(location)):
        own = [beside]
    everywhere = [*own, PACKAGED, *config_dirs()]
    places = [(directory, name) for name in trains for directory in everywhere]
    places += [(directory, location.name) for directory in own] if location else [(at, task) for at in everywhere]
    files = (directory / "cpu" / f"{name}.yaml" for directory, name in places)
    return next((load_yaml(file) for file in files if file.is_file()), {})


def task_names(config_dir: Path | None = None) -> list[str]:
    """Names of the tasks that `compose` takes, sorted.

    Args:
        config_dir: The user's own config directory.
    """
    return ConfigFiles(config_dir).names(TASK)


def train_names(config_dir: Path | None = None) -> list[str]:
    """Names of the YAMLs that ``train=NAME`` takes, sorted.

    Args:
        config_dir: The user's own config directory.
    """
    return ConfigFiles(config_dir).names(TRAIN)


def task_entry_points() -> list[EntryPoint]:
    """Lists the task classes that installed packages offer: the task's name, and where its class is."""
    return list(entry_points(group=ENTRY_POINT_GROUP))


def config_dirs() -> list[Path]:
    """The ``configs`` directories of packages that offer tasks, laid out as this package's own."""
    found = []
    for point in task_entry_points():
        spec = find_spec(point.value.partition(":")[0].partition(".")[0])
        for location in (spec and spec.submodule_search_locations) or ():
            if (directory := Path(location) / "configs").is_dir() and directory not in found:
                found.append(directory)
    return found


def _yamls(directory: Path, group: KeyPath, name: str = "*") -> list[Path]:
    folder = directory.joinpath(*map(str, group))
    check_access(folder, os.R_OK | os.X_OK)  # glob would take it for an empty one
    return sorted(file for suffix in ("yaml", "yml") for file in folder.glob(f"{name}.{suffix}"))


def _only(files: list[Path]) -> Path:
    if len(files) > 1:
        raise InputError(f"there are both {files[0]} and {files[1]}", "keep one of them")
    return files[0]


def _plain(subgroup: Any, file: Path) -> str:
    """A subgroup's name, which is that of a folder, and of none elsewhere."""
    if not isinstance(subgroup, str) or subgroup in ("", ".", "..") or "/" in subgroup or "\\" in subgroup:
        raise InputError(f"'defaults' in {file} has the group {subgroup!r}", "name a folder beside the YAML")
    return subgroup


def _check_layout(directory: Path) -> None:
    try:
        there = directory.is_dir()
    except OSError as error:
        raise InputError(
            f"can't read the config directory {directory}: {error.strerror}", "give another to --config-dir"
        ) from error
    if not there:
        raise InputError(f"the config directory {directory} does not exist", "give a directory to --config-dir")
    if not any((directory / name).exists() for name in ("config.yaml", "config.yml", "task", "train")):
        where = f"{directory / 'cfg'}" if (directory / "cfg").is_dir() else "the one that holds them"
        raise InputError(f"{directory} has no config.yaml, task/ or train/", f"give {where} to --config-dir")
