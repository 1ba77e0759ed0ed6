"""Operational-space control: torques with which a hand accelerates as if it were a mass without an arm.

Everything is written out in operations on all worlds: PyTorch's own solvers ask a GPU whether they succeeded, and the host
waits.
"""

import torch
from torch import Tensor

_SMALLEST_PIVOT = 1e-6
"""Pivots below, which come from rounding where a matrix is nearly singular, are taken as this."""


def operational_space_torques(
    jacobian: Tensor, mass_matrix: Tensor, acceleration: Tensor, posture_acceleration: Tensor
) -> Tensor:
    """Torques ``Jᵀ Λ a + (I - Jᵀ Λ J M⁻¹) M n`` with the task-space inertia ``Λ = (J M⁻¹ Jᵀ)⁻¹``, ``[N, n]`` [N m].

    Where the arm can't move its hand in some direction, torques grow without bound, so clamp them; they stay finite.

    Args:
        jacobian: J, from joint velocities to the hand's velocities ``[N, 6, n]``.
        mass_matrix: M, of the joints ``[N, n, n]`` [kg m^2].
        acceleration: a, wanted of the hand: linear, angular ``[N, 6]`` [m/s^2, rad/s^2].
        posture_acceleration: n, wanted of the joints as far as the hand doesn't notice ``[N, n]`` [rad/s^2].
    """
    transposed = jacobian.transpose(1, 2)
    mobility = jacobian @ solve_positive_definite(mass_matrix, transposed)
    missing = acceleration[..., None] - jacobian @ posture_acceleration[..., None]
    force = solve_positive_definite(mobility, missing)
    return (transposed @ force + mass_matrix @ posture_acceleration[..., None]).squeeze(-1)


def solve_positive_definite(matrix: Tensor, right: Tensor) -> Tensor:
    """Solves ``matrix @ x = right`` by Gauss-Jordan elimination, which needs no pivoting here; ``[N, n, k]``.

    Args:
        matrix: Symmetric and positive definite ``[N, n, n]``.
        right: ``[N, n, k]``.
    """
    size = matrix.shape[1]
    rows = torch.cat((matrix, right), dim=2)
    for column in range(size):
        pivot = rows[:, column, column, None].clamp(min=_SMALLEST_PIVOT)
        row = rows[:, column, column:] / pivot
        factors = rows[:, :, column].clone()
        factors[:, column] -= 1.0
        rows[:, :, column:] -= factors[:, :, None] * row[:, None]
        rows[:, column, column:] = row
    return rows[:, :, size:]
