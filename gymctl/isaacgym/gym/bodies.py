"""Masses, centres of mass and inertias of links, as Isaac Gym counts them: in the axes of the link."""

from collections.abc import Sequence
from typing import NamedTuple

import mujoco
import numpy as np


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
    axes = np.zeros((len(rows), 9))
    for row, body in zip(axes, rows, strict=True):
        mujoco.mju_quat2Mat(row, model.body_iquat[body])
    axes = axes.reshape(-1, 3, 3)
    return BodyTable(
        model.body_mass[rows].copy(),
        model.body_ipos[rows].copy(),
        np.einsum("bij,bj,bkj->bik", axes, model.body_inertia[rows], axes),
        (model.body_gravcomp[rows] != 0.0).astype(int),
    )
