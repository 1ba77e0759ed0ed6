"""What mujoco_warp lets differ between worlds, and a model that stands for several."""

import copy

import mujoco
import mujoco_warp as mjw
import numpy as np

from gymctl.sim.kinds import Kinds, read, unlike, write

_UNUSED = (
    *("sameframe", "group", "body_contype", "body_conaffinity", "body_margin", "dof_M0", "dof_length", "bvh_aabb"),
    "eq_active0",
)
"""Last words of fields that mujoco_warp doesn't use, or only for the state to begin with."""
_ROUNDED = ("opt.tolerance",)
"""What mujoco_warp changes when it takes over a model."""


def batched(name: str) -> bool:
    """Whether mujoco_warp can have a model field differ between worlds; ``opt.<name>`` for one of ``MjOption``."""
    owner = mjw.Option if name.startswith("opt.") else mjw.Model
    return getattr(owner.__annotations__.get(name.removeprefix("opt.")), "shape", (0,))[0] == "*"


def differing(kinds: Kinds) -> list[str]:
    """Names of the fields in which models differ.

    Raises:
        InputError: They have no common layout, or mujoco_warp can't have them differ as they do.
    """
    names = [name for name in kinds.differing() if not name.endswith(_UNUSED)]
    for name in names:
        if not batched(name) or name in _ROUNDED:
            raise unlike(name, kinds, "mujoco_warp needs it the same in all models; or use --engine mujoco")
    return names


def representative(kinds: Kinds, names: list[str]) -> mujoco.MjModel:
    """A model that needs all that one of the models needs, for mujoco_warp to prepare for.

    It leaves out what a model makes no use of, as the damping of tendons that have none.

    Args:
        kinds: The models.
        names: Fields in which they differ.
    """
    model = copy.copy(kinds.models[0])
    for name in names:
        values = np.stack([read(one, name) for one in kinds.models])
        largest = np.expand_dims(np.abs(values).argmax(0), 0)
        write(model, name, np.take_along_axis(values, largest, 0)[0])
    return model
