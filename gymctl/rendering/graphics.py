"""Choice of an OpenGL that works without a screen: on Linux EGL (on a GPU or in software), or else OSMesa (software)."""

import os
import subprocess

from gymctl.core import children
from gymctl.core.errors import BackendError, InputError
from gymctl.core.system import OPENGL

_NAMES = {
    **{name: name for name in OPENGL},
    **dict.fromkeys(("glfw", "glx", "enable", "enabled", "on", "true", "1"), "glfw"),
}
_OFF = ("disable", "disabled", "off", "false", "0")
_SECONDS = 60
_INSTALL = "on Debian or Ubuntu: apt install libegl1 libgl1 libgl1-mesa-dri; elsewhere Mesa with EGL"


def choose() -> str:
    """Finds an OpenGL that works: the one that the environment variable ``MUJOCO_GL`` names, else the system's.

    Each is tried in a process of its own, because a broken driver can crash a process.

    Returns:
        Its name in MuJoCo, as ``egl``.

    Raises:
        BackendError: None works; the error says why and what to install.
        InputError: ``MUJOCO_GL`` doesn't name an OpenGL.
    """
    wanted = os.environ.get("MUJOCO_GL", "").strip().lower()
    if wanted in _OFF:
        raise BackendError(f"MUJOCO_GL={wanted} switches rendering off", "unset MUJOCO_GL")
    if wanted and wanted not in _NAMES:
        raise InputError(f"MUJOCO_GL can't be {wanted!r}", f"set it to {_choices()}, or unset it")
    reasons = []
    for name in (_NAMES[wanted],) if wanted else OPENGL:
        reason = _obstacle(name)
        if reason is None:
            return name
        reasons.append(f"{name}: {reason}")
    how = f"unset MUJOCO_GL, or {_INSTALL}" if wanted else _INSTALL
    raise BackendError(f"nothing can be drawn here: {'; '.join(reasons)}", how)


def _choices() -> str:
    *others, last = dict.fromkeys(_NAMES.values())
    return f"{', '.join(others)} or {last}" if others else last


def _obstacle(name: str) -> str | None:
    """The reason why an OpenGL doesn't work; None if it does."""
    try:
        tried = subprocess.run(
            children.python("gymctl.rendering.probe", name),
            env=children.environment(MUJOCO_GL=name),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return f"no answer within {_SECONDS} s"
    if tried.returncode == 0:
        return None
    return tried.stdout.strip() or f"it ends by itself, with exit code {tried.returncode}"
