"""Which device and which physics engine a config means on this machine."""

from dataclasses import dataclass
from typing import Any

import torch

from gymctl.errors import BackendError, InputError

ENGINES = ("mujoco", "mujoco_warp")


@dataclass(frozen=True)
class Backend:
    """The engine and devices that a config resolves to."""

    engine: str
    sim_device: torch.device
    rl_device: torch.device


def resolve(config: dict[str, Any]) -> Backend:
    """Turns ``auto`` into what this machine has, and refuses what it doesn't.

    ``auto`` is the CPU with MuJoCo's batched stepping.

    Args:
        config: The resolved config.

    Raises:
        BackendError: The device or engine that the config asks for can't be used here.
    """
    sim_device = _device(config["sim_device"])
    rl_device = _device(config["rl_device"])
    engine = config["physics_engine"]
    if engine == "mujoco_warp":
        raise BackendError(
            "the engine mujoco_warp is not available in this version",
            "leave --engine out, or use --engine mujoco: physics on the CPU, learning on any device",
        )
    if engine not in ("auto", "mujoco"):
        raise InputError(f"unknown physics engine {engine!r}", f"use one of auto, {', '.join(ENGINES)}")
    return Backend("mujoco", torch.device("cpu"), rl_device if rl_device.type == "cuda" else sim_device)


def _device(name: str) -> torch.device:
    if name == "auto":
        return torch.device("cpu")
    device = torch.device("cuda:0" if name == "cuda" else name)
    if device.type == "cuda":
        if not torch.cuda.is_available():
            raise BackendError(
                f"the device {name} was asked for, but PyTorch finds no usable CUDA GPU",
                "use --device cpu, or install an NVIDIA driver and a CUDA build of PyTorch",
            )
        if (device.index or 0) >= torch.cuda.device_count():
            raise BackendError(
                f"there is no device {name}: this machine has {torch.cuda.device_count()} CUDA device(s)",
                "use --device cuda:0",
            )
    return device
