"""Collision groups and filters, as MuJoCo's masks."""

import itertools

import pytest

from gymctl.core.errors import InputError
from gymctl.scene.collisions import GROUND, ShapeClass, collide, collision_masks


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (ShapeClass(0, 0), ShapeClass(0, 0), True),
        (ShapeClass(0, 1), ShapeClass(0, 1), False),
        (ShapeClass(0, 1), ShapeClass(0, 2), True),
        (ShapeClass(0, 3), ShapeClass(0, 2), False),
        (ShapeClass(0, 0), ShapeClass(1, 0), False),
        (ShapeClass(-1, 0), ShapeClass(1, 0), True),
        (ShapeClass(-1, 4), ShapeClass(1, 4), False),
        (ShapeClass(5, 7), GROUND, True),
        (ShapeClass(0, 0, 0, (1, 0)), ShapeClass(0, 0, 0, (0, 1)), True),
        (ShapeClass(0, 0, 0, (1, 0)), ShapeClass(0, 0, 0, (1, 0)), False),
        (ShapeClass(0, 0, 0, (1, 0)), ShapeClass(0, 0, 1, (1, 0)), True),
        (ShapeClass(0, 0, 0, (1, 0)), ShapeClass(0, 1), True),
    ],
)
def test_shapes_collide_in_a_common_group_without_a_common_bit(one, other, expected):
    assert collide(one, other) is expected
    assert collide(other, one) is expected


def test_masks_give_the_same_pairs_as_the_rule():
    shapes = [
        GROUND,
        *(ShapeClass(group, bits) for group, bits in itertools.product((-1, 0, 1), (0, 1, 2, 3))),
        *(ShapeClass(0, 0, actor, masks) for actor in (0, 1) for masks in ((1, 1), (2, 1), (0, 2))),
    ]
    masks = collision_masks(shapes)
    for (one, (contype, conaffinity)), (other, (other_type, other_affinity)) in itertools.product(
        zip(shapes, masks, strict=True), repeat=2
    ):
        assert bool(contype & other_affinity or other_type & conaffinity) == collide(one, other)


def test_a_shape_that_meets_nothing_has_no_bits():
    assert collision_masks([ShapeClass(0, 1), ShapeClass(0, 1)]) == [(0, 0), (0, 0)]


def test_many_filters_that_mean_the_same_are_one_kind():
    masks = collision_masks([GROUND, *(ShapeClass(group, 1) for group in range(1000))])
    assert len(set(masks)) == 2


def test_more_kinds_than_bits_are_refused():
    with pytest.raises(InputError, match="kinds of shapes"):
        collision_masks([ShapeClass(0, 1 << bit) for bit in range(40)])
