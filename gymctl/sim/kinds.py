"""Worlds of several models that share one layout: the fields in which the models differ."""

from collections.abc import Iterator, Sequence

import mujoco
import numpy as np
import torch

from gymctl.core.errors import BackendError
from gymctl.sim.simulation import Simulation

_IRRELEVANT = "names", "paths", "signature"
"""What tells models apart and decides nothing."""


def differing_fields(models: Sequence[mujoco.MjModel]) -> dict[str, np.ndarray]:
    """Fields of `MjModel`, and of its options as ``opt.<name>``, in which models differ ``[models, ...]``.

    Raises:
        BackendError: The models have another number of something.
    """
    for name, values in _fields(models):
        if len({value.shape for value in values}) > 1:
            raise BackendError(
                f"envs of different kinds have models of different layouts: they differ in the size of {name}",
                "give all envs actors with the same numbers of links, joints, shapes and mesh vertices",
            )
    return {name: np.stack(values) for name, values in _fields(models) if any((v != values[0]).any() for v in values)}


def spread_kinds(sim: Simulation, models: Sequence[mujoco.MjModel], kinds: np.ndarray) -> None:
    """Gives each world what its own model has, where models differ.

    Args:
        sim: Worlds of the first model.
        models: All models.
        kinds: Of each world which model it is of ``[num_envs]``.

    Raises:
        BackendError: The models have other layouts, or differ in what the engine can't have differ between worlds.
    """
    which = torch.from_numpy(np.asarray(kinds, np.int64)).to(sim.device)
    for name, values in differing_fields(models).items():
        try:
            field = sim.expand(name)
        except ValueError as error:
            raise BackendError(
                f"envs of different kinds differ in {name}, which the engine can't have differ: {error}",
                "give all envs the same, or use another engine",
            ) from error
        rows = torch.from_numpy(values).to(sim.device, field.dtype)
        field.copy_(rows[which].view_as(field))


def _fields(models: Sequence[mujoco.MjModel]) -> Iterator[tuple[str, list[np.ndarray]]]:
    first = models[0]
    for name in dir(first):
        if not name.startswith("_") and name not in _IRRELEVANT and isinstance(getattr(first, name), np.ndarray):
            yield name, [getattr(model, name) for model in models]
    for name in dir(first.opt):
        if not name.startswith("_") and isinstance(getattr(first.opt, name), int | float | np.ndarray):
            yield f"opt.{name}", [np.asarray(getattr(model.opt, name)) for model in models]
