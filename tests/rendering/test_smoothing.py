"""Edges that aren't jagged: slanted ones come nearer to the truth, all else stays as it is."""

import numpy as np
import pytest

from gymctl.rendering.smoothing import smooth_edges

DARK, BRIGHT = 40, 220


def half_plane(slope, samples, is_upright=False):
    """A picture of an edge, ``[48, 64, 3]``, each pixel the mean of ``samples²`` points in it."""
    rows, columns = ((np.arange(side * samples) + 0.5) / samples for side in (48, 64))
    points = np.where(rows[:, None] - 24 > slope * (columns - 32), DARK, BRIGHT)
    picture = points.reshape(48, samples, 64, samples).mean((1, 3)).round().astype(np.uint8)
    picture = np.repeat(picture[..., None], 3, 2)
    return picture.transpose(1, 0, 2) if is_upright else picture


def error(picture, truth):
    return np.abs(picture.astype(float) - truth).sum()


@pytest.mark.parametrize("is_upright", [False, True])
@pytest.mark.parametrize(("slope", "left_over"), [(-0.45, 0.6), (-0.2, 0.5), (0.1, 0.3), (0.3, 0.5), (0.7, 0.8)])
def test_a_slanted_edge_comes_nearer_to_the_truth(slope, left_over, is_upright):
    jagged, truth = half_plane(slope, 1, is_upright), half_plane(slope, 16, is_upright)
    before = jagged.copy()
    assert error(smooth_edges(jagged), truth) < left_over * error(jagged, truth)
    assert np.array_equal(jagged, before)


@pytest.mark.parametrize("is_upright", [False, True])
def test_straight_edges_and_even_faces_stay_as_they_are(is_upright):
    picture = half_plane(0.0, 1, is_upright)
    assert np.array_equal(smooth_edges(picture), picture)


@pytest.mark.parametrize("size", [(1, 1), (1, 5), (2, 2), (3, 3)])
def test_tiny_pictures_come_back(size):
    picture = np.arange(size[0] * size[1] * 3, dtype=np.uint8).reshape(*size, 3) * 50
    assert smooth_edges(picture).shape == (*size, 3)
