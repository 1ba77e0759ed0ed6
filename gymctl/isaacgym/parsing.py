"""Command lines and simulation settings of scripts for Isaac Gym."""

import argparse
import warnings
from collections.abc import Iterable, Mapping
from typing import Any

import torch

from gymctl.isaacgym.enums import ContactCollection, SimType, UpAxis
from gymctl.isaacgym.options import SimParams


def parse_device_str(device_str: str) -> tuple[str, int]:
    """The kind and the number of a device.

    Args:
        device_str: ``"cpu"``, ``"cuda"``, ``"gpu"``, or with a number as in ``"cuda:1"``.

    Raises:
        ValueError: It is none of these.
    """
    kind, colon, number = str(device_str).partition(":")
    kind = "cuda" if kind.lower() == "gpu" else kind.lower()
    if kind not in ("cpu", "cuda") or (colon and not number.isdecimal()):
        raise ValueError(f"{device_str!r} is no device; use 'cpu' or, for example, 'cuda:0'")
    return kind, int(number or 0) if kind == "cuda" else 0


def parse_arguments(
    description: str = "",
    headless: bool = False,
    no_graphics: bool = False,
    custom_parameters: Iterable[Mapping[str, Any]] = (),
) -> argparse.Namespace:
    """Reads a script's command line.

    Where there is no GPU, the defaults are the CPU and its pipeline.

    Args:
        description: What the script does.
        headless: There is a switch ``--headless``.
        no_graphics: There is a switch ``--nographics``.
        custom_parameters: Each has a ``name`` (a flag, or a positional's without dashes) and any of argparse's
            keywords: ``type``, ``default``, ``help``, ``action``…

    Returns:
        What was given, and besides ``sim_device_type``, ``compute_device_id``, ``use_gpu``, ``use_gpu_pipeline`` and
        ``physics_engine``.
    """
    parser = argparse.ArgumentParser(description=description, conflict_handler="resolve")
    has_gpu = torch.cuda.is_available()
    if headless:
        parser.add_argument("--headless", action="store_true", help="Run without a viewer")
    if no_graphics:
        parser.add_argument("--nographics", action="store_true", help="Run without a viewer and without cameras")
    add = parser.add_argument
    add("--sim_device", default="cuda:0" if has_gpu else "cpu", help="Device of the physics, such as cpu or cuda:0")
    add("--pipeline", default="gpu" if has_gpu else "cpu", help="Device of the tensors: cpu or gpu")
    add("--graphics_device_id", type=int, default=0, help="GPU that draws")
    engines = parser.add_mutually_exclusive_group()
    engines.add_argument("--flex", action="store_true", help="Has no effect: the physics is MuJoCo")
    engines.add_argument("--physx", action="store_true", help="Has no effect: the physics is MuJoCo")
    add("--num_threads", type=int, default=0, help="Threads of the physics on the CPU")
    add("--subscenes", type=int, default=0, help="Has no effect")
    add("--slices", type=int, default=0, help="Client threads that work on the envs")
    for parameter in custom_parameters:
        _add(parser, dict(parameter))
    args = parser.parse_args()

    args.sim_device_type, args.compute_device_id = parse_device_str(args.sim_device)
    pipeline = str(args.pipeline).lower()
    if pipeline not in ("cpu", "gpu", "cuda"):
        parser.error(f"argument --pipeline: {args.pipeline!r} is neither 'cpu' nor 'gpu'")
    if pipeline != "cpu" and args.sim_device_type == "cpu":
        warnings.warn("the physics is on the CPU, so the tensors are, too: --pipeline cpu", stacklevel=2)
        args.pipeline = pipeline = "cpu"
    args.use_gpu_pipeline = pipeline != "cpu"
    args.use_gpu = args.sim_device_type == "cuda"
    args.physics_engine = SimType.SIM_FLEX if args.flex else SimType.SIM_PHYSX
    args.slices = args.slices or args.subscenes
    if no_graphics and args.nographics:
        args.headless = True
        args.graphics_device_id = -1
    return args


def parse_sim_config(config: Mapping[str, Any], sim_params: SimParams) -> None:
    """Sets a simulation's settings by their names; ``physx`` and ``flex`` are nested. Unknown names are warned of."""
    for name, value in config.items():
        if name in ("physx", "flex"):
            for inner, setting in value.items():
                _set(getattr(sim_params, name), inner, setting)
        else:
            _set(sim_params, name, value)


def _set(params: Any, name: str, value: Any) -> None:
    if not hasattr(params, name):
        warnings.warn(f"{type(params).__name__} has no setting {name!r}: it has no effect", stacklevel=3)
    elif name == "up_axis":
        params.up_axis = {"y": UpAxis.UP_AXIS_Y, "z": UpAxis.UP_AXIS_Z}.get(value, value)
    elif name == "contact_collection":
        params.contact_collection = ContactCollection(value)
    else:
        setattr(params, name, value)


def _add(parser: argparse.ArgumentParser, parameter: dict[str, Any]) -> None:
    name = parameter.pop("name")
    if str(parameter.get("action", "")).startswith("store_"):
        parameter.pop("type", None)  # argparse refuses it there
    parser.add_argument(name, **parameter)
