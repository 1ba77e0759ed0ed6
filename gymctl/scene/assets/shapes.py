"""Objects of one simple shape; each function raises an `InputError` for sizes that aren't above 0 and finite."""

import math
from collections.abc import Sequence

import mujoco
import numpy as np

from gymctl.core.errors import InputError
from gymctl.scene.assets.asset import Asset, ImportOptions, Link, Shape, empty_dofs
from gymctl.scene.assets.finishing import set_inertials


def make_box(width: float, height: float, depth: float, options: ImportOptions) -> Asset:
    """A box of full lengths along x, y and z [m]."""
    return _make("box", mujoco.mjtGeom.mjGEOM_BOX, (width, height, depth), (0.5, 0.5, 0.5), options)


def make_sphere(radius: float, options: ImportOptions) -> Asset:
    """A sphere of a radius [m]."""
    return _make("sphere", mujoco.mjtGeom.mjGEOM_SPHERE, (radius,), (1.0,), options)


def make_capsule(radius: float, length: float, options: ImportOptions) -> Asset:
    """A capsule along x, of a radius and a length without its ends [m]."""
    quarter = np.sqrt(0.5)
    turn = quarter, 0.0, quarter, 0.0
    return _make("capsule", mujoco.mjtGeom.mjGEOM_CAPSULE, (radius, length), (1.0, 0.5), options, turn)


def _make(
    name: str,
    kind: mujoco.mjtGeom,
    sizes: Sequence[float],
    factors: Sequence[float],
    options: ImportOptions,
    quat: Sequence[float] = (1.0, 0.0, 0.0, 0.0),
) -> Asset:
    if not all(0.0 < size < math.inf for size in sizes):
        raise InputError(f"a {name} of {' by '.join(f'{size:g}' for size in sizes)} m is none", "give sizes above 0")
    size = np.zeros(3)
    size[: len(sizes)] = np.multiply(sizes, factors)
    spec = mujoco.MjSpec()
    body = spec.worldbody.add_body(name=name, gravcomp=float(options.disable_gravity))
    body.add_geom(name=name, type=kind, size=size, quat=quat, density=options.density)
    notes: list[str] = []
    set_inertials(spec, [name], {}, options, notes)
    return Asset(name, spec, options, [Link(name, -1)], empty_dofs(), [Shape(name, 0)], notes=notes)
