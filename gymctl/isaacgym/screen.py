"""What viewers draw on: a page in the browser, or what else was chosen for the simulations of this process."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:  # so that installing the package imports no torch
    import numpy as np

    from gymctl.sim.simulation import Simulation

MOST_ENVS = 100
"""That a screen shows; the first ones."""
Tints = Mapping[tuple[int, int], tuple[float, float, float]]
"""Colours of bodies, rgb from 0 to 1, by env and body of the model."""


class Lines(NamedTuple):
    """Coloured lines that a script draws."""

    env: int | None
    """The env that they belong to; None for the world."""
    ends: "np.ndarray"
    """Where they are in the env's world, z up ``[L, 2, 3]`` [m]."""
    colours: "np.ndarray"
    """rgb from 0 to 1 ``[L, 3]``."""


class Picture(NamedTuple):
    """What is to be seen."""

    simulation: "Simulation"
    """The worlds; another object if they were made anew."""
    frames: int
    """How often they were stepped."""
    time: float
    """Simulated [s]."""
    tints: Tints
    """Of bodies that aren't as in their model; another object if some changed."""
    lines: Sequence[Lines]
    y_up: bool = False
    """Whether the worlds are to be turned about x, so that their y points up. Lines and directions already are."""


class Screen(Protocol):
    """Shows a simulation."""

    def is_watched(self) -> bool:
        """Whether somebody looks at it."""
        ...

    def draw(self, picture: Callable[[], Picture]) -> None:
        """Draws what a function gives, if somebody watches and the last drawing is long enough ago."""
        ...

    def look_from(self, direction: tuple[float, float, float], env: int | None) -> None:
        """Has the camera look from a direction, z up, at an env if one is given."""
        ...

    def offer(self, key: str, action: str) -> None:
        """Lets whoever watches choose an action, for which Isaac Gym has a key pressed."""
        ...

    def take_actions(self) -> list[str]:
        """The actions that were chosen since the last call."""
        ...

    def close(self) -> None:
        """Ends it."""
        ...


Opener = Callable[[], Screen | None]
"""Opens a screen; gives None where there is to be none."""
_opener: Opener | None = None


def choose(opener: Opener) -> None:
    """Has viewers that are created from now on draw on the screen that this opens."""
    global _opener
    _opener = opener


def chosen() -> Opener | None:
    """What opens screens; None if nothing was chosen."""
    return _opener
