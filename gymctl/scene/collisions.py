"""Which shapes of a world collide: Isaac Gym's groups and filters as MuJoCo's ``contype`` and ``conaffinity``."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from gymctl.core.errors import InputError

_BITS = 31


class ShapeClass(NamedTuple):
    """All that decides what a shape collides with."""

    group: int
    """Shapes of different groups don't collide; -1 is every group."""
    filter: int
    """Bits; shapes that share one don't collide."""
    actor: int = -1
    """The actor whose own shapes `masks` are for."""
    masks: tuple[int, int] | None = None
    """``contype`` and ``conaffinity`` of the file, which decide between shapes of the actor that both have them."""


GROUND = ShapeClass(group=-1, filter=0)


def collide(one: ShapeClass, other: ShapeClass) -> bool:
    """Whether two shapes collide, if nothing else forbids it: links of a joint never do."""
    if one.masks and other.masks and one.actor == other.actor:
        return bool(one.masks[0] & other.masks[1] or other.masks[0] & one.masks[1])
    return (one.group == other.group or -1 in (one.group, other.group)) and not one.filter & other.filter


def collision_masks(shapes: Sequence[ShapeClass]) -> list[tuple[int, int]]:
    """``contype`` and ``conaffinity`` of each shape, so that MuJoCo's rule gives the same pairs.

    Each kind of shape gets a bit of its own in ``contype``; ``conaffinity`` has the bits of the kinds it collides with.

    Raises:
        InputError: There are more kinds than bits.
    """
    kinds = list(dict.fromkeys(shapes))
    pairs = np.array([[collide(one, other) for other in kinds] for one in kinds], dtype=bool).reshape(
        len(kinds), len(kinds)
    )
    rows, bit_of = np.unique(pairs, axis=0, return_inverse=True)  # equal rows collide with the same and with each other
    if len(rows) > _BITS:
        raise InputError(
            f"the actors' collision groups and filters make {len(rows)} kinds of shapes; at most {_BITS} can be told"
            " apart",
            "give shapes that collide with the same ones the same filter",
        )
    bits = dict(zip(kinds, bit_of.reshape(-1).tolist(), strict=True))
    partners = {
        kind: sum({1 << bits[other] for other, meets in zip(kinds, row, strict=True) if meets})
        for kind, row in zip(kinds, pairs, strict=True)
    }
    return [(1 << bits[shape], partners[shape]) if partners[shape] else (0, 0) for shape in shapes]
