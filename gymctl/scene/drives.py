"""Controls that actions move instead of setting them."""

from torch import Tensor


def move_controls(controls: Tensor, actions: Tensor, rates: Tensor | float, dt: float, ranges: Tensor) -> Tensor:
    """Controls one control step later, moved at speeds in proportion to the actions, within their ranges.

    Args:
        controls: Drive targets or thrusts before ``[N, n]`` [rad or N].
        actions: ``[N, n]``.
        rates: Speed for action 1, ``[n]`` or one for all [rad/s or N/s].
        dt: Time step [s].
        ranges: Lower and upper limits ``[n, 2]``.
    """
    return (controls + actions * rates * dt).clamp(ranges[:, 0], ranges[:, 1])
