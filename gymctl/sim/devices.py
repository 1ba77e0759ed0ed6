"""Choosing the physics engine and the devices, and telling why one can't be used on this machine."""

import os
from dataclasses import dataclass

import torch

from gymctl.core.errors import BackendError, InputError
from gymctl.core.extras import how_to_install
from gymctl.core.system import usable_cores
from gymctl.core.words import counted

ENGINES = ("mujoco", "mujoco_warp")
_CPU = torch.device("cpu")


@dataclass(frozen=True)
class Backend:
    """The engine and devices to work with."""

    engine: str
    sim_device: torch.device
    rl_device: torch.device


def resolve(engine: str = "auto", sim_device: str = "auto", rl_device: str = "auto") -> Backend:
    """Returns the engine and devices to use: ``auto`` becomes what this machine has.

    ``auto`` is mujoco_warp on a CUDA GPU if both can be used, otherwise MuJoCo on the CPU. Unless ``rl_device`` is
    given, learning takes place on ``sim_device``.

    Args:
        engine: ``auto``, ``mujoco`` or ``mujoco_warp``.
        sim_device: Where to simulate: ``auto``, ``cpu``, ``cuda`` or ``cuda:N``.
        rl_device: Where to learn, likewise.

    Raises:
        BackendError: The device or engine that was asked for can't be used here.
        InputError: There is no such engine.
    """
    simulating, learning = _device(sim_device), _device(rl_device)
    if engine == "auto":
        on_gpu = simulating.type == "cuda" if simulating else has_cuda_engine()
        engine = "mujoco_warp" if on_gpu else "mujoco"
    if engine == "mujoco":
        return Backend(engine, _CPU, learning or simulating or _CPU)
    if engine != "mujoco_warp":
        raise InputError(f"unknown physics engine {engine!r}", f"use one of auto, {', '.join(ENGINES)}")
    simulating = simulating or torch.device("cuda:0")
    if obstacle := cuda_obstacle(simulating) or warp_obstacle(simulating):
        raise obstacle
    return Backend(engine, simulating, learning or simulating)


def make_current(backend: Backend) -> None:
    """Makes the GPU that learns, or else simulates, the one that torch means where none is named.

    Events, streams, generators and figures of memory would otherwise be those of ``cuda:0``.
    """
    gpus = [device for device in (backend.rl_device, backend.sim_device) if device.type == "cuda"]
    if gpus:
        torch.cuda.set_device(gpus[0])


def has_cuda_engine() -> bool:
    """Returns whether mujoco_warp can be used on this machine's first GPU."""
    first = torch.device("cuda:0")
    return cuda_obstacle(first) is None and warp_obstacle(first) is None


def cuda_obstacle(device: torch.device) -> BackendError | None:
    """Returns why PyTorch can't use a device; None if it can."""
    if device.type != "cuda":
        return None
    if torch.version.cuda is None:
        return BackendError(
            f"{device} can't be used: this PyTorch ({torch.__version__}) was built without CUDA",
            "use --device cpu, or install a CUDA build of PyTorch, as 'pip install torch' does on Linux",
        )
    if not torch.cuda.is_available():
        return BackendError(
            f"{device} can't be used: PyTorch finds no usable CUDA GPU",
            f"use --device cpu, or install an NVIDIA driver for CUDA {torch.version.cuda} or newer",
        )
    if (device.index or 0) >= (count := torch.cuda.device_count()):
        return BackendError(
            f"there is no {device}: this machine has {counted(count, 'CUDA device')}", "use --device cuda:0"
        )
    return None


def warp_obstacle(device: torch.device) -> BackendError | None:
    """Returns why mujoco_warp can't use a device that PyTorch can use; None if it can."""
    try:
        import mujoco_warp  # noqa: F401

        from gymctl.sim.warp_runtime import wp
    except ImportError as error:
        return BackendError(
            f"the engine mujoco_warp can't be imported: {error}",
            f"run: {how_to_install('cuda')}; or use --engine mujoco: physics on the CPU, learning on any device",
        )
    if device.type == "cuda" and (device.index or 0) >= wp.get_cuda_device_count():
        needs, has = wp.get_cuda_toolkit_version(), wp.get_cuda_driver_version()
        return BackendError(
            f"the engine mujoco_warp can't use {device}: Warp {wp.__version__} is built for CUDA {_dotted(needs)}, the "
            f"driver is for {_dotted(has)}",
            "update the NVIDIA driver, or use --engine mujoco: physics on the CPU, learning on any device",
        )
    return None


def has_bfloat16_units() -> bool:
    """Whether the CPU multiplies bfloat16 matrices faster than float32 ones; elsewhere they would be emulated."""
    capabilities = torch.cpu.get_capabilities() if hasattr(torch.cpu, "get_capabilities") else {}
    return any(capabilities.get(unit) for unit in ("avx512_bf16", "amx_bf16"))


def available_cores() -> int:
    """Returns how many cores this process may use; MuJoCo's own default ignores affinity and container limits."""
    return len(usable_cores() or ()) or os.cpu_count() or 1


def _device(name: str) -> torch.device | None:
    """Returns the device of that name, if it can be used; None for ``auto``."""
    if name == "auto":
        return None
    device = torch.device("cuda:0" if name == "cuda" else name)
    if obstacle := cuda_obstacle(device):
        raise obstacle
    return device


def _dotted(version: tuple[int, int] | None) -> str:
    return ".".join(map(str, version)) if version else "no CUDA"
