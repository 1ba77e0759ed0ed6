"""Masses, centres of mass and inertias of links, as Isaac Gym counts them: in the axes of the link."""

from collections.abc import Sequence
from typing import NamedTuple

import mujoco
import numpy as np

from gymctl.isaacgym.properties import RigidBodyProperties
from gymctl.scene.assets.inertia import from_principal

_ROW: np.dtype = np.dtype(RigidBodyProperties)


class BodyTable(NamedTuple):
    """A row for each link."""

    mass: np.ndarray
    """``[links]`` [kg]."""
    com: np.ndarray
    """Centre of mass, link frame ``[links, 3]`` [m]."""
    inertia: np.ndarray
    """About the centre of mass, link axes ``[links, 3, 3]`` [kg m^2]."""
    flags: np.ndarray
    """``[links]``, see ``RIGID_BODY_DISABLE_GRAVITY``."""


def bodies_of(model: mujoco.MjModel, ids: Sequence[int]) -> BodyTable:
    """The table of some of a model's bodies."""
    rows = np.asarray(ids, int)
    return BodyTable(
        model.body_mass[rows].copy(),
        model.body_ipos[rows].copy(),
        from_principal(model.body_inertia[rows], model.body_iquat[rows]),
        (model.body_gravcomp[rows] != 0.0).astype(int),
    )


def packed(table: BodyTable) -> bytes:
    """The memory of Isaac Gym's objects of a table, one after the other."""
    rows: np.ndarray = np.zeros(len(table.mass), _ROW)
    rows["mass"], rows["flags"] = table.mass, table.flags
    rows["invMass"] = np.divide(1.0, table.mass, out=np.zeros(len(rows)), where=table.mass > 0.0)
    inverse = np.zeros_like(table.inertia)
    regular = np.linalg.det(table.inertia) != 0.0
    inverse[regular] = np.linalg.inv(table.inertia[regular])
    for column, axis in enumerate("xyz"):
        rows["com"][axis] = table.com[:, column]
        for row, name in enumerate("xyz"):
            rows["inertia"][name][axis] = table.inertia[:, row, column]
            rows["invInertia"][name][axis] = inverse[:, row, column]
    return rows.tobytes()


def unpacked(memory: bytes) -> list[RigidBodyProperties]:
    """Isaac Gym's objects, from their memory."""
    return [RigidBodyProperties.from_buffer_copy(memory, start) for start in range(0, len(memory), _ROW.itemsize)]


def table_of(props: Sequence[RigidBodyProperties]) -> BodyTable:
    """The table of Isaac Gym's objects."""
    rows: np.ndarray = np.frombuffer(b"".join(props), _ROW)
    numbers = np.dtype((np.float32, 3)), np.dtype((np.float32, (3, 3)))
    com, inertia = (
        np.ascontiguousarray(rows[name]).view(kind).astype(float)
        for name, kind in zip(("com", "inertia"), numbers, strict=True)
    )
    return BodyTable(rows["mass"].astype(float), com, inertia, rows["flags"].astype(int))
