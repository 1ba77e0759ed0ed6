"""Several models of one layout: which world runs which, and what differs between them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import mujoco
import numpy as np
from numpy.typing import ArrayLike

from gymctl.core.errors import InputError

Models = mujoco.MjModel | Sequence[mujoco.MjModel]

_UNSEEN = ("", "name", "names", "paths", "mat", "tex", "skin", "key", "text", "tuple", "numeric", "signature")
"""First words of fields that physics doesn't use, and of private ones."""
_TREES = ("bvh_child", "bvh_depth", "bvh_nodeid")
"""How bounding volumes are nested; the volumes are given in the nesting of the first model."""
_FIRST = ("nq", "nv", "na", "nu", "nbody", "njnt", "ngeom", "nsite", "ntendon", "neq", "nactuator", "nsensor", "nmocap")
"""Sizes that tell most about the difference between two models."""
_UNSEEN_SIZES = ("nname", "npath", "nbuffer", "nmat", "ntex", "nskin", "nkey", "ntuple", "nnumeric")
_UNSEEN_LAST = ("pathadr", "matid", "rgba")
_FREE_INTEGERS = (
    *("sameframe", "contype", "conaffinity", "condim", "priority", "group", "dataid", "limited"),
    *("geom_type", "site_type", "eq_active0", "pair_dim"),
)
"""Last words of integers that don't decide where something is in memory."""
_SAME_STRUCTURE = (
    "give all models the same structure: the same bodies, joints and geoms in the same order, and the same assets"
)
_FIXES = {"nC": "free bodies have their mass at their origin in one only: use gymctl.scene.layouts.compile_alike"}
_OF_ALL = ("opt.timestep",)
"""Numbers that all worlds share: they are stepped together."""


@dataclass(frozen=True)
class Kinds:
    """K models of one layout, and which world runs which."""

    models: tuple[mujoco.MjModel, ...]
    of_env: np.ndarray
    """Index of each world's model ``[num_envs]``."""

    def differing(self) -> list[str]:
        """Names of the fields in which the models differ; ``opt.<name>`` for those of ``MjOption``.

        Fields that physics doesn't use are left out, as names and textures.

        Raises:
            InputError: The models have another layout: another size, or another integer that decides about structure.
        """
        first = self.models[0]
        names = list(dict.fromkeys((*_FIRST, *_sizes(first), *_fields(first))))
        found: dict[str, None] = {}
        for model in self.models[1:]:
            for name in names if model is not first else ():
                one, other = read(first, name), read(model, name)
                if _equal(one, other):
                    continue
                structural = one.dtype.kind in "iub" and not name.endswith(_FREE_INTEGERS)
                if one.shape != other.shape or structural or name in _OF_ALL:
                    raise unlike(name, self)
                found[name] = None
        return list(found)

    def values(self, name: str) -> np.ndarray | None:
        """A field's value in each model ``[K, ...]``; None if all have the same, or no common shape."""
        if name == "bvh_aabb":
            rows = [_bounds(model, self.models[0]) for model in self.models]
        else:
            rows = [read(model, name) for model in self.models]
        if len({row.shape for row in rows}) > 1 or all(_equal(rows[0], row) for row in rows[1:]):
            return None
        return np.stack(rows)

    def model_of(self, env: int) -> mujoco.MjModel:
        """The compiled model of a world."""
        return self.models[self.of_env[env]]


def assign_kinds(models: Models, num_envs: int, kinds: ArrayLike | None = None) -> Kinds:
    """Says which world runs which model.

    Args:
        models: One model, or several of one layout.
        num_envs: Number of worlds.
        kinds: Index of each world's model ``[num_envs]``; may be left out if there is only one.

    Raises:
        InputError: These are no models or no indices of them.
    """
    several = (models,) if isinstance(models, mujoco.MjModel) else tuple(models)
    if not several:
        raise InputError("a simulation of no model", "give at least one compiled model")
    if kinds is None and len(several) > 1:
        raise InputError(f"{len(several)} models and no kinds", "say which world runs which: kinds [num_envs]")
    of_env = np.zeros(num_envs, np.int64) if kinds is None else np.asarray(kinds)
    if of_env.shape != (num_envs,) or of_env.dtype.kind not in "iu":
        raise InputError(
            f"kinds are {of_env.dtype} {list(of_env.shape)}", f"give an integer for each of the {num_envs} worlds"
        )
    if of_env.size and not 0 <= of_env.min() <= of_env.max() < len(several):
        raise InputError(
            f"kinds go from {of_env.min()} to {of_env.max()}",
            f"there are {len(several)} models: 0 to {len(several) - 1}",
        )
    return Kinds(several, of_env.astype(np.int64))


def read(model: mujoco.MjModel, name: str) -> np.ndarray:
    """A field of a model; ``opt.<name>`` for one of ``MjOption``."""
    if name.startswith("opt."):
        return np.asarray(getattr(model.opt, name.removeprefix("opt.")))
    return np.asarray(getattr(model, name))


def write(model: mujoco.MjModel, name: str, value: np.ndarray) -> None:
    """Sets a field of a model; ``opt.<name>`` for one of ``MjOption``."""
    owner, attribute = (model.opt, name.removeprefix("opt.")) if name.startswith("opt.") else (model, name)
    if isinstance(target := getattr(owner, attribute), np.ndarray):
        target[: len(value)] = value.reshape(-1, *target.shape[1:])  # bvh_aabb's rows are fewer than the model's
    else:
        setattr(owner, attribute, value.item())


def unlike(name: str, kinds: Kinds, fix: str = "") -> InputError:
    """The error for models that can't run side by side, because of a field in which they differ."""
    one, *others = (read(model, name) for model in kinds.models)
    number, other = next((number, other) for number, other in enumerate(others, 1) if not _equal(one, other))
    if one.shape != other.shape:
        values = f"shapes {list(one.shape)} and {list(other.shape)}"
    elif one.shape:
        place = tuple(int(index) for index in np.unravel_index(int(np.argmax(one != other)), one.shape))
        values = f"{one[place]} and {other[place]} at {list(place)}"
    else:
        values = f"{one} and {other}"
    return InputError(
        f"models 0 and {number} can't run in one simulation: {name} differs ({values})",
        fix or _FIXES.get(name, _SAME_STRUCTURE),
    )


def _sizes(model: mujoco.MjModel) -> Iterator[str]:
    """Names of all sizes that physics depends on."""
    for name in dir(model):
        if name.startswith("n") and not name.startswith(_UNSEEN_SIZES) and isinstance(getattr(model, name), int):
            yield name


def _fields(model: mujoco.MjModel) -> Iterator[str]:
    """Names of all fields that physics depends on."""
    for name in dir(model):
        seen = name.split("_")[0] not in _UNSEEN and not name.endswith(_UNSEEN_LAST)
        if seen and name not in _TREES and isinstance(getattr(model, name), np.ndarray):
            yield name
    for name in dir(model.opt):
        if not name.startswith("_") and isinstance(getattr(model.opt, name), (int, float, np.ndarray)):
            yield f"opt.{name}"


def _bounds(model: mujoco.MjModel, nesting: mujoco.MjModel) -> np.ndarray:
    """The bounding volumes of a model's bodies, ``bvh_aabb``, nested as those of another model.

    A leaf is a geom's volume, centre and half size; the others hold their two children.
    """
    volumes = model.bvh_aabb[: model.body_bvhnum.sum()].copy()
    if all(np.array_equal(read(model, name), read(nesting, name)) for name in _TREES):
        return volumes
    for start, count in zip(model.body_bvhadr.tolist(), model.body_bvhnum.tolist(), strict=True):
        nodes = slice(start, start + count)
        leaf_of = {geom: start + node for node, geom in enumerate(model.bvh_nodeid[nodes].tolist()) if geom >= 0}
        for node in reversed(range(start, start + count)):  # children come after their parent
            if (geom := int(nesting.bvh_nodeid[node])) >= 0:
                volumes[node] = model.bvh_aabb[leaf_of[geom]]
                continue
            centre, half = np.split(volumes[nesting.bvh_child[node] + start], 2, axis=1)
            low, high = (centre - half).min(0), (centre + half).max(0)
            volumes[node] = np.concatenate(((high + low) / 2, (high - low) / 2))
    return volumes


def _equal(one: np.ndarray, other: np.ndarray) -> bool:
    return one.shape == other.shape and one.tobytes() == other.tobytes()
