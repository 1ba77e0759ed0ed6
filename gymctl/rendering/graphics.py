"""Which OpenGL works without a screen: EGL on a GPU or in software, or else OSMesa, which is always software."""

import os
import subprocess
import sys

from gymctl.core.errors import BackendError, InputError

_AUTOMATIC = ("egl", "osmesa")
_NAMES = {
    "egl": "egl",
    "osmesa": "osmesa",
    **dict.fromkeys(("glfw", "glx", "enable", "enabled", "on", "true", "1"), "glfw"),
}
_OFF = ("disable", "disabled", "off", "false", "0")
_SECONDS = 60
_INSTALL = "on Debian or Ubuntu: apt install libegl1 libgl1 libgl1-mesa-dri; elsewhere Mesa with EGL"


def choose() -> str:
    """Finds an OpenGL that draws: what the environment variable ``MUJOCO_GL`` says, else EGL, else OSMesa.

    Each is tried in a process of its own, for a broken driver can end one.

    Returns:
        ``egl``, ``osmesa`` or ``glfw``.

    Raises:
        BackendError: None draws.
        InputError: ``MUJOCO_GL`` is no name of an OpenGL.
    """
    wanted = os.environ.get("MUJOCO_GL", "").strip().lower()
    if wanted in _OFF:
        raise BackendError(f"MUJOCO_GL={wanted} switches rendering off", "unset MUJOCO_GL")
    if wanted and wanted not in _NAMES:
        raise InputError(f"MUJOCO_GL can't be {wanted!r}", "set it to egl, osmesa or glfw, or unset it")
    reasons = []
    for name in (_NAMES[wanted],) if wanted else _AUTOMATIC:
        reason = _obstacle(name)
        if reason is None:
            return name
        reasons.append(f"{name}: {reason}")
    how = f"unset MUJOCO_GL, or {_INSTALL}" if wanted else _INSTALL
    raise BackendError(f"nothing can be drawn here: {'; '.join(reasons)}", how)


def _obstacle(name: str) -> str | None:
    """What keeps an OpenGL from drawing; None if nothing does."""
    command = [sys.executable, "-m", "gymctl.rendering.probe", name]
    try:
        tried = subprocess.run(
            command,
            env={**os.environ, "MUJOCO_GL": name},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return f"no answer within {_SECONDS} s"
    if tried.returncode == 0:
        return None
    return tried.stdout.strip() or f"it ends by itself, with exit code {tried.returncode}"
