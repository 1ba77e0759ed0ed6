"""Pictures of several worlds: tiled into one, or one of each, in arrays that are the caller's own."""

import numpy as np
import pytest
import torch

from gymctl.core.errors import InputError
from gymctl.rendering.canvas import tiles
from gymctl.rendering.notes import Arrow, Note
from gymctl.rendering.renderer import Renderer


@pytest.fixture
def renderer(make, opengl):
    """Of three Ants that have moved a little."""
    env = make("Ant", 3)
    env.reset()
    env.step(torch.ones(3, 8))
    renderer = Renderer(env.sim, 3, 64, 48, opengl)
    yield renderer
    renderer.close()


def test_each_world_has_a_picture_of_its_own(renderer):
    pictures = renderer.draw_each(0.0, [False] * 3)
    copies = [picture.copy() for picture in pictures]
    renderer.draw_tiled(0.0, [False] * 3)
    assert [(picture.shape, picture.dtype) for picture in pictures] == [((48, 64, 3), np.uint8)] * 3
    assert all(np.array_equal(picture, copy) for picture, copy in zip(pictures, copies, strict=True))
    assert all(picture.mean() > 60 for picture in pictures)
    assert not np.array_equal(pictures[0], pictures[1])


def test_drawing_again_without_a_change_gives_the_same_picture(renderer):
    first = renderer.draw_each(0.0, [False] * 3)
    assert np.array_equal(first, renderer.draw_each(0.0, [True] * 3))


def test_a_picture_that_is_too_large_for_opengl_is_refused(make, opengl):
    with pytest.raises(InputError, match="100000x64"):
        Renderer(make("Cartpole", 1).sim, 1, 100_000, 64, opengl)


@pytest.mark.parametrize("count", [1, 2, 3, 4, 5, 9, 12, 64])
def test_tiles_are_equal_and_do_not_overlap(count):
    picture = np.zeros((360, 640), int)
    places = tiles(count, 640, 360)
    for place in places:
        assert place.left >= 0 <= place.bottom
        picture[place.bottom : place.bottom + place.height, place.left : place.left + place.width] += 1
    assert picture.max() == 1
    assert picture.sum() == count * places[0].width * places[0].height
    assert len(places) == count


def test_a_title_stands_in_the_upper_left_corner(make, opengl):
    sim = make("Cartpole", 1).sim
    pictures = []
    for title in ("", "Cartpole"):
        renderer = Renderer(sim, 1, 320, 200, opengl, title)
        pictures.append(renderer.draw_each(0.0, [False])[0].astype(int))
        renderer.close()
    changed = np.abs(pictures[1] - pictures[0]).max(2) > 20
    assert changed[:40, :120].mean() > 0.1
    assert not changed[60:].any()


def test_notes_are_written_in_the_corner_and_their_arrows_drawn_in_the_world(make, opengl):
    sim = make("Cartpole", 1).sim
    arrow = Arrow(np.array([0.0, 0.0, 2.5]), np.array([0.0, 1.0, 2.5]), 0.05, (0.0, 1.0, 0.0))
    pictures = []
    for note in (Note(), Note(lines=(("time", "1.0 s"), ("return", "3.2"))), Note(arrows=(arrow,))):
        renderer = Renderer(sim, 1, 320, 200, opengl)
        pictures.append(renderer.draw_tiled(0.0, [False], [note]).astype(int))
        renderer.close()
    plain, text, drawn = pictures
    changed = np.abs(text - plain).max(2) > 30
    assert changed[:60, :120].sum() > 100
    assert not changed[100:].any()
    green = (drawn[:, :, 1] > drawn[:, :, 0] + 60) & (drawn[:, :, 1] > drawn[:, :, 2] + 60)
    assert green.sum() > 30


def test_small_tiles_have_no_text_that_would_hide_the_robot(make, opengl):
    sim = make("Cartpole", 1).sim
    renderer = Renderer(sim, 1, 160, 90, opengl)
    plain = renderer.draw_tiled(0.0, [False]).copy()
    assert np.array_equal(plain, renderer.draw_tiled(0.0, [True], [Note(lines=(("time", "1.0 s"),))]))
    renderer.close()
