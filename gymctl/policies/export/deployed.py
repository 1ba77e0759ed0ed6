"""Finds and loads the code of ``examples/deploy``: what runs an exported policy in plain MuJoCo, without gymctl."""

import importlib
import sys
from pathlib import Path
from types import ModuleType

_PACKAGE = Path(__file__).parents[2]
_INSTALLED = _PACKAGE / "examples" / "deploy"
DEPLOY = _INSTALLED if _INSTALLED.is_dir() else _PACKAGE.parent / "examples" / "deploy"
"""The folder."""
_MODULES = ("controller", "sensors", "readers", "hand_control", "joint_control", "robot_model", "rewards", "play")


def load_deploy() -> dict[str, ModuleType]:
    """The modules of the folder, by name. They import each other by bare names, which stay unknown to others."""
    others = {name: sys.modules.pop(name) for name in _MODULES if name in sys.modules}
    sys.path.insert(0, str(DEPLOY))
    try:
        return {name: importlib.import_module(name) for name in _MODULES}
    finally:
        sys.path.remove(str(DEPLOY))
        for name in _MODULES:
            sys.modules.pop(name, None)
        sys.modules.update(others)
