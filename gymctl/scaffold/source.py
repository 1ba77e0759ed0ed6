"""Finds the model that the user means: a file, or a robot of MuJoCo Menagerie."""

import importlib
import re
from pathlib import Path
from typing import Any

from gymctl.core.errors import BackendError, GymctlError, InputError, did_you_mean
from gymctl.core.extras import how_to_install
from gymctl.core.terminal import one_line

_SUFFIXES = ".xml", ".urdf", ".mjcf"
_NAME = re.compile(r"[a-z0-9_]+", re.IGNORECASE)


def find_model(robot: str) -> Path:
    """The model's file.

    Args:
        robot: A path, or a name in the package mujoco-menagerie, which downloads the robot when it is first asked for.

    Raises:
        InputError: There is no such file or robot.
        BackendError: A name is given, and the package isn't installed.
        GymctlError: The robot can't be downloaded.
    """
    path = Path(robot)
    if path.suffix.lower() == ".xacro":
        raise InputError(
            f"'{one_line(robot)}' is a template for a URDF",
            f"expand it: pip install xacro; xacro {one_line(path.name)} > robot.urdf",
        )
    if path.suffix.lower() in _SUFFIXES or path.exists() or not _NAME.fullmatch(robot):
        if path.suffix.lower() not in _SUFFIXES:
            raise InputError(f"'{one_line(robot)}' is no MJCF or URDF", "give a file that ends in .xml, .mjcf or .urdf")
        if not path.is_file():
            raise InputError(f"there is no file '{one_line(robot)}'", "check the path")
        return path
    try:
        menagerie: Any = importlib.import_module("mujoco_menagerie")
    except ImportError as error:
        raise BackendError(
            f"there is no file {robot!r}, and names of robots need the package mujoco-menagerie",
            f"give the path of an MJCF or URDF, or run: {how_to_install('menagerie')}",
        ) from error
    try:
        found = menagerie.get(robot)
    except menagerie.UnknownRobotError as error:
        raise InputError(
            f"there is neither a file nor a robot {robot!r} in mujoco-menagerie",
            did_you_mean(error.suggestions) or "see https://github.com/google-deepmind/mujoco_menagerie for its names",
        ) from error
    try:
        return found.xml(found.default_model)
    except (menagerie.MenagerieError, OSError) as error:
        raise GymctlError(
            f"{found.display_name} can't be downloaded: {one_line(error)}",
            "check the network; or download the robot's folder elsewhere, and give the path of its XML file",
        ) from error
