"""Writes a package with a task for a robot: what is guessed from the model goes into YAML files to be edited."""

import os
import secrets
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import mujoco

from gymctl.core.errors import InputError
from gymctl.core.inside import as_input_errors, read_regular
from gymctl.core.terminal import one_line
from gymctl.scaffold.lines import Lines
from gymctl.scaffold.names import check_package, check_parts, class_of
from gymctl.scaffold.reach import guess_blank, guess_reach
from gymctl.scaffold.robot import Robot, find_legs, read_robot, stands_on
from gymctl.scaffold.text import fill
from gymctl.scaffold.traps import check_complete, find_traps
from gymctl.scaffold.urdf import Source, readable
from gymctl.scaffold.walk import guess_walk
from gymctl.scene.model_files import list_model_files, read_model
from gymctl.scene.robots import free_root, name_parts

_LARGEST = 2**30
_LARGEST_TOGETHER = 2 * 2**30


class Kind(StrEnum):
    """What a task has its robot do."""

    WALK = "walk"
    REACH = "reach"
    BLANK = "blank"


_EPOCHS = {Kind.WALK: 500, Kind.REACH: 200, Kind.BLANK: 200}
_AGENT_NOTES = {
    Kind.WALK: "observations, reward and resets are inherited from `gymctl.tasks.locomotion.walker.Walker`. To change "
    "them,\n  override its methods here.",
    Kind.REACH: "observations, reward and resets are inherited from `gymctl.tasks.manipulation.reach.Reach`. To change "
    "them,\n  override its methods here.",
    Kind.BLANK: "the whole task. Its reward is an example, to be replaced.",
}
_TESTED = {
    Kind.WALK: "the robot doesn't fall at once",
    Kind.REACH: "the arm moves",
    Kind.BLANK: "the robot moves",
}


@dataclass(frozen=True)
class NewTask:
    """What was written."""

    directory: Path
    name: str
    """Of the task."""
    kind: Kind
    observations: int
    actions: int
    files: tuple[str, ...]
    """In the directory, but for the model's."""
    guesses: tuple[str, ...]
    """What was guessed of the robot, in a line each."""
    traps: tuple[str, ...]
    """What to look at in the model, in a line each."""


def write_package(
    package: str, model: Path, tasks: list[str], *, parent: Path, kind: Kind | None = None, inside: Path | None = None
) -> NewTask:
    """Makes a directory with a package that can be installed, and a task in it that can be trained.

    Args:
        package: Its name.
        model: An MJCF or URDF.
        tasks: Names of the tasks that there are.
        parent: Where to make the directory.
        kind: Of the task; None to guess it from the model.
        inside: The folder that the model and all files that it names must be in; None for the model's own.

    Raises:
        InputError: The name can't be used, the directory is there already, or the model can't be used.
    """
    check_package(package, tasks)
    directory = parent / package
    if os.path.lexists(directory):
        raise InputError(f"there is '{directory}' already", "take another name, or move it away")
    if not parent.is_dir():
        raise InputError(f"there is no directory '{parent}'", "make it, or give another to --output")
    if inside is not None and not model.absolute().is_relative_to(inside.absolute()):
        raise InputError(f"the model '{model}' isn't in '{inside}'", "name a folder with --inside that has it, too")
    with readable(model.absolute(), None if inside is None else inside.absolute()) as source:
        return _write_package(package, source, directory, kind)


def _write_package(package: str, source: Source, directory: Path, kind: Kind | None) -> NewTask:
    model, folder = source.model, source.folder
    found, missing = list_model_files(model, folder)
    lines = source.lines or Lines(file for file in found if file.suffix.lower() in (".xml", ".mjcf", ".urdf"))
    check_complete(missing, lines)
    robot, kind = _read(model, folder, kind)
    check_parts(model, [*map(robot.body_name, robot.block.bodies), *map(robot.joint_name, robot.joints)])
    robot, guessed = _guess(robot, model, folder, kind)
    traps = [*source.notes, *find_traps(robot, _spec(model, folder, free=robot.is_free), lines)]
    name = class_of(package)
    model_path = Path(os.path.relpath(model, folder)).as_posix()
    fields: dict[str, object] = {
        "package": package,
        "project": package.replace("_", "-"),
        "class_name": name,
        "model_name": model.name,
        "model_path": model_path,
        "epochs": _EPOCHS[kind],
        "timestep_note": "",
        "tested": _TESTED[kind],
        "agent_note": _AGENT_NOTES[kind],
        **guessed,
        **_words(kind, guessed, model),
    }
    guesses = _guesses(kind, guessed)
    fields |= {
        "kind_test": fill(f"{kind}_test.txt", fields).rstrip(),
        "guesses": "\n".join(f"- {line}" for line in guesses),
        "trap_section": _trap_section(traps),
    }
    fields["advice"] = fill(f"{kind}_advice.md", fields).rstrip()
    texts = {
        "pyproject.toml": fill("pyproject.toml.txt", fields),
        "README.md": fill("README.md", fields),
        "AGENTS.md": fill("AGENTS.md", fields),
        f"{package}/__init__.py": fill("init.py.txt", fields),
        f"{package}/task.py": fill(f"{kind}.py.txt", fields),
        f"{package}/configs/task/{name}.yaml": fill(f"{kind}_task.yaml", fields),
        f"{package}/configs/train/{name}PPO.yaml": fill(f"{kind}_train.yaml", fields),
        f"{package}/configs/cpu/{name}.yaml": fill("cpu.yaml", fields),
        f"tests/test_{package}.py": fill("test.py.txt", fields),
    }
    _write(directory, texts, found, folder, f"{package}/model")
    return NewTask(
        directory,
        name,
        kind,
        int(str(guessed["observations"])),
        int(str(guessed["actions"])),
        tuple(texts),
        tuple(guesses),
        tuple(traps),
    )


def _read(model: Path, folder: Path, kind: Kind | None) -> tuple[Robot, Kind]:
    """The robot, and what it is to do: a base that a file fixes is let go where legs hang on it."""
    if kind is not None:
        return read_robot(model, folder, free=kind is Kind.WALK), kind
    robot = read_robot(model, folder)
    if robot.is_free:
        return robot, Kind.WALK if find_legs(robot) else Kind.BLANK
    freed = read_robot(model, folder, free=True)
    if freed.is_free and stands_on(freed, find_legs(freed)):
        return freed, Kind.WALK
    return robot, Kind.REACH if len(robot.joints) > 1 else Kind.BLANK


def _guess(robot: Robot, model: Path, folder: Path, kind: Kind) -> tuple[Robot, dict[str, object]]:
    if kind is Kind.REACH:
        return guess_reach(robot)
    if kind is Kind.BLANK:
        return guess_blank(robot)
    if not robot.is_free:
        raise InputError("the robot's base has joints that keep it from walking anywhere", "take --kind reach or blank")
    return guess_walk(robot, _spec(model, folder, free=True))


def _spec(model: Path, folder: Path, *, free: bool) -> mujoco.MjSpec:
    """The model as the robot's was compiled, to be changed."""
    spec = read_model(model, folder)
    name_parts(spec)
    if free:
        free_root(spec)
    return spec


def _words(kind: Kind, guessed: Mapping[str, object], model: Path) -> dict[str, str]:
    """What the task is, in prose."""
    if kind is Kind.WALK:
        balance = (
            "It stands by itself in this pose."
            if guessed["balances"] is False and str(guessed["stands"]).startswith("it stands")
            else "It has to learn to balance: a longer training than a quadruped's."
        )
        return {
            "what": f"a robot on {guessed['legs']} walks at commanded velocities",
            "sentence": f"A robot on {guessed['legs']} walks at commanded velocities, on flat ground",
            "balance": balance,
        }
    if kind is Kind.REACH:
        return {"what": "an arm reaches for a target", "sentence": "An arm brings its last body to a target"}
    return {"what": f"to be written, for {model.stem}", "sentence": f"A task to be written, for {model.stem}"}


def _guesses(kind: Kind, guessed: Mapping[str, object]) -> list[str]:
    drives = f"drives: {guessed['actions']} position drives"
    if kind is Kind.WALK:
        return [
            f"feet: {guessed['feet_named']}",
            f"pose: {guessed['pose_source']}, root at {guessed['height']} m; {guessed['stands']}",
            f"{drives}, a stride of {guessed['period']} s",
            f"commands: up to {guessed['forward']} m/s forward, {guessed['sideways']} m/s sideways, "
            f"{guessed['turning']} rad/s",
        ]
    if kind is Kind.REACH:
        return [f"hand: {guessed['hand']}", f"pose: {guessed['pose_source']}", drives]
    return [f"pose: {guessed['pose_source']}", drives]


def _trap_section(traps: list[str]) -> str:
    if not traps:
        return ""
    return "\n".join(["## What to look at in the model", "", *(f"- {one_line(trap)}" for trap in traps), "", ""])


def _write(directory: Path, texts: Mapping[str, str], model: list[Path], folder: Path, model_folder: str) -> None:
    """Writes all files under a temporary name, then gives the directory its own; nothing is left if that fails."""
    temporary = directory.with_name(f".{directory.name}.{secrets.token_hex(8)}")
    with as_input_errors(f"can't write '{directory}'", "check the rights and the room of that directory"):
        try:
            temporary.mkdir()
            for name, text in texts.items():
                _fill_file(temporary / name, text.encode())
            size = 0
            for file in model:
                content = read_regular(file, _LARGEST, folder)
                if (size := size + len(content)) > _LARGEST_TOGETHER:
                    raise InputError("the model's files are larger than 2 GiB together", "take fewer or smaller meshes")
                _fill_file(temporary / model_folder / os.path.relpath(os.path.normpath(file), folder), content)
            directory.mkdir()  # fails if somebody else made one meanwhile; an empty one is replaced
            temporary.rename(directory)
        finally:
            shutil.rmtree(temporary, ignore_errors=True)


def _fill_file(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
