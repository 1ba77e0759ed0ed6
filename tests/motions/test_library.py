"""Sampling of clips: what lies between frames, velocities, and how often what is drawn."""

import mujoco
import numpy as np
import pytest
import torch

from gymctl.motions.clips import Clip
from gymctl.motions.library import MotionLibrary
from tests.motions.strider import made_clip, strider, turned


@pytest.fixture(scope="module")
def model():
    return strider()


@pytest.fixture
def library(model):
    return MotionLibrary([made_clip(), made_clip(61, 120.0)], [1.0, 3.0], model, ["foot", "base"], "cpu")


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def test_lengths_are_from_the_first_frame_to_the_last(library):
    assert library.lengths.tolist() == pytest.approx([1.0, 0.5])


def test_a_frame_is_given_as_it_is(library):
    states = library.states(torch.tensor([0, 1]), torch.tensor([10 / 30, 12 / 120]))
    expected = np.stack([made_clip().qpos[10], made_clip(61, 120.0).qpos[12]])
    np.testing.assert_allclose(states.qpos, expected, atol=1e-5)


def test_between_frames_positions_are_linear_and_rotations_turn_evenly(library):
    t = 10.3 / 30
    states = library.states(torch.tensor([0]), torch.tensor([t]))
    expected = [2 * t, 0, 1, *turned((0, 0, 1), 0.5 * t), *turned((0, 1, 0), t), 3 * t, -0.1]
    np.testing.assert_allclose(states.qpos[0], expected, atol=1e-5)


def test_quaternions_of_either_sign_are_the_same_rotation(model):
    clip = made_clip()
    flipped = clip.qpos.copy()
    flipped[1::2, 3:11] *= -1.0
    states = [
        MotionLibrary([Clip("", 30.0, qpos)], [1.0], model, [], "cpu").states(torch.tensor([0]), torch.tensor([0.35]))
        for qpos in (clip.qpos, flipped)
    ]
    torch.testing.assert_close(states[0].qpos, states[1].qpos, atol=1e-6, rtol=0)
    torch.testing.assert_close(states[0].qvel, states[1].qvel, atol=1e-4, rtol=0)


def test_velocities_are_those_of_mujoco(model, library):
    """A step with them leads from a frame to the next."""
    clip = made_clip()
    velocity = library.states(torch.tensor([0]), torch.tensor([10.5 / 30])).qvel[0]
    np.testing.assert_allclose(velocity, [2, 0, 0, 0, 0, 0.5, 0, 1, 0, 3, 0], atol=1e-4)
    qpos = clip.qpos[10].copy()
    mujoco.mj_integratePos(model, qpos, velocity.double().numpy(), 1 / 30)
    np.testing.assert_allclose(qpos, clip.qpos[11], atol=1e-5)


def test_bodies_are_where_mujoco_has_them(model, library):
    data = mujoco.MjData(model)
    data.qpos[:] = made_clip().qpos[10]
    mujoco.mj_kinematics(model, data)
    positions = library.states(torch.tensor([0]), torch.tensor([10 / 30])).body_pos[0]
    np.testing.assert_allclose(positions, data.xpos[[model.body("foot").id, model.body("base").id]], atol=1e-5)


def test_before_the_begin_and_after_the_end_the_pose_stays(library):
    states = library.states(torch.tensor([0, 0, 1, 1]), torch.tensor([-5.0, 0.0, 0.5, 99.0]))
    torch.testing.assert_close(states.qpos[0], states.qpos[1])
    torch.testing.assert_close(states.qpos[2], states.qpos[3])


def test_clips_are_drawn_by_weight(model):
    clips = [made_clip()] * 3
    library = MotionLibrary(clips, [1.0, 0.0, 3.0], model, [], "cpu")
    drawn = library.sample_clips(10_000, generator())
    assert drawn.bincount(minlength=3).tolist() == pytest.approx([2500, 0, 7500], abs=200)


def test_times_are_drawn_evenly_up_to_what_is_left_out(library):
    clips = torch.tensor([0, 1]).repeat(5000)
    times = library.sample_times(clips, generator(), truncate=0.2)
    for clip, limit in ((0, 0.8), (1, 0.3)):
        drawn = times[clips == clip]
        assert drawn.min() >= 0.0
        assert limit * 0.99 < drawn.max() <= limit
        assert drawn.mean() == pytest.approx(limit / 2, rel=0.05)


def test_of_a_clip_that_is_shorter_than_what_is_left_out_the_begin_is_drawn(library):
    assert (library.sample_times(torch.tensor([1, 1]), generator(), truncate=2.0) == 0.0).all()


def test_one_seed_draws_the_same(library):
    first, second = (library.sample_times(library.sample_clips(50, g), g) for g in (generator(7), generator(7)))
    assert torch.equal(first, second)


@pytest.mark.parametrize("weights", [[1.0], [1.0, -1.0], [0.0, 0.0], [1.0, float("nan")]])
def test_weights_that_cant_be_are_refused(model, weights):
    with pytest.raises(ValueError, match="weight"):
        MotionLibrary([made_clip()] * 2, weights, model, [], "cpu")


def test_a_model_without_a_free_joint_is_refused():
    fixed = mujoco.MjModel.from_xml_string(
        "<mujoco><worldbody><body><joint/><geom size='1'/></body></worldbody></mujoco>"
    )
    with pytest.raises(ValueError, match="free joint"):
        MotionLibrary([made_clip()], [1.0], fixed, [], "cpu")
