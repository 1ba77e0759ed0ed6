"""Examines this machine: versions, devices, and the physics engines that work on it."""

import importlib.metadata
import platform
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from gymctl.core.errors import BackendError, GymctlError
from gymctl.core.system import physical_memory
from gymctl.rendering import graphics
from gymctl.sim import devices

if TYPE_CHECKING:
    from gymctl.sim.simulation import Simulation

PACKAGES = (
    "gymctl",
    "torch",
    "mujoco",
    "mujoco-warp",
    "warp-lang",
    "rl-games",
    "numpy",
    "gymnasium",
    "omegaconf",
    "onnx",
    "onnxruntime",
)

_PENDULUM = """
<mujoco>
  <worldbody><body><joint axis="0 1 0"/><geom size=".1" pos="1 0 0"/></body></worldbody>
</mujoco>
"""


def examine(*, full: bool = False) -> dict[str, Any]:
    """Versions, devices, and for each engine whether it works.

    Args:
        full: Also step mujoco_warp, which compiles kernels for half a minute or more the first time.

    Returns:
        ``versions`` by name (None: not installed), ``devices``, ``engines`` with ``reason`` and ``fix`` where one
        doesn't work, ``auto``, the engine and device that are chosen automatically, and ``rendering``, likewise.
    """
    return {
        "versions": versions(),
        "devices": [_cpu(), *_gpus()],
        "engines": _engines(full=full),
        "auto": _automatic(),
        "rendering": _rendering(),
    }


def versions() -> dict[str, str | None]:
    """Versions of Python, of the packages that matter, and of the NVIDIA driver; None for what is not there."""
    return {
        "python": platform.python_version(),
        **{name: _version(name) for name in PACKAGES},
        "nvidia-driver": _driver_version(),
    }


def _version(package: str) -> str | None:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


def _driver_version() -> str | None:
    query = ["nvidia-smi", "--query-gpu=driver_version", "--format=csv,noheader"]
    try:
        found = subprocess.run(query, capture_output=True, text=True, timeout=20, check=True)
    except (OSError, subprocess.SubprocessError):
        return None
    return found.stdout.strip().partition("\n")[0] or None


def _cpu() -> dict[str, Any]:
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    memory = physical_memory()
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return {
        "name": "cpu",
        "description": models[0] if models else platform.processor() or platform.machine(),
        "cores": devices.available_cores(),
        "memory_gib": None if memory is None else round(memory / 2**30, 1),
    }


def _gpus() -> list[dict[str, Any]]:
    found = [(index, torch.cuda.get_device_properties(index)) for index in range(torch.cuda.device_count())]
    return [
        {
            "name": f"cuda:{index}",
            "description": gpu.name,
            "compute_capability": f"{gpu.major}.{gpu.minor}",
            "memory_gib": round(gpu.total_memory / 2**30, 1),
        }
        for index, gpu in found
    ]


def _engines(*, full: bool) -> list[dict[str, Any]]:
    cpu = torch.device("cpu")
    gpus = [torch.device("cuda", index) for index in range(max(1, torch.cuda.device_count()))]
    return [
        _engine("mujoco", cpu, stepped=True),
        *(_engine("mujoco_warp", gpu, stepped=full) for gpu in gpus),
        _engine("mujoco_warp", cpu, stepped=full),
    ]


def _engine(name: str, device: torch.device, *, stepped: bool) -> dict[str, Any]:
    obstacle = None
    if name == "mujoco_warp":
        obstacle = devices.cuda_obstacle(device) or devices.warp_obstacle(device)
    if obstacle is None and stepped:
        obstacle = _step_obstacle(name, device)
    return {
        "name": name,
        "works": obstacle is None,
        "device": str(device),
        "reason": obstacle.what if obstacle else None,
        "fix": obstacle.fix if obstacle else None,
    }


def _step_obstacle(engine: str, device: torch.device) -> BackendError | None:
    """What keeps an engine from swinging a pendulum."""
    try:
        sim = _pendulums(engine, device)
        sim.step()
        moved = bool(sim.qvel.isfinite().all() and (sim.qvel != 0).all())
        sim.close()
    except Exception as error:  # whatever it is, the user is to hear of it
        package = engine.replace("_", "-")
        return BackendError(
            f"{engine} fails on {device}: {error}", f"pip uninstall {package}, then install gymctl again"
        )
    return None if moved else BackendError(f"{engine} on {device} doesn't move a pendulum", "report it as a bug")


def _pendulums(engine: str, device: torch.device) -> "Simulation":
    import mujoco

    from gymctl.sim.engines import create_simulation

    model = mujoco.MjModel.from_xml_string(_PENDULUM)
    return create_simulation(model, 2, devices.Backend(engine, device, device), substeps=1)


def _rendering() -> dict[str, Any]:
    try:
        opengl, obstacle = graphics.choose(), None
    except GymctlError as error:
        opengl, obstacle = None, error
    return {
        "works": obstacle is None,
        "opengl": opengl,
        "reason": obstacle.what if obstacle else None,
        "fix": obstacle.fix if obstacle else None,
    }


def _automatic() -> dict[str, str]:
    backend = devices.resolve()
    return {"engine": backend.engine, "device": str(backend.sim_device)}
