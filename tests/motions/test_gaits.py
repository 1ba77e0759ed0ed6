"""The clips that gymctl makes: their feet stand still on the ground, and joints stay within a person's limits."""

from dataclasses import replace

import mujoco
import numpy as np
import pytest
import torch

from gymctl.motions.files import read_clips, shipped_clips
from gymctl.motions.gaits import RUN, WALK, make_gait
from gymctl.motions.library import MotionLibrary
from gymctl.tasks.base import ASSETS

GAITS = {gait.name: gait for gait in (WALK, RUN)}
LIMITS = {
    "abdomen": ((-60, 60), (-60, 90), (-50, 50)),
    "neck": ((-50, 50), (-40, 60), (-45, 45)),
    "right_shoulder": ((-180, 45), (-180, 60), (-90, 90)),
    "right_elbow": ((-160, 0),),
    "right_hip": ((-60, 15), (-140, 60), (-60, 35)),
    "right_knee": ((0, 160),),
    "right_ankle": ((-30, 30), (-55, 55), (-40, 40)),
}
"""Of the original's hinges about x, y and z [°]; the left side's are mirrored."""


@pytest.fixture(scope="module")
def model():
    return mujoco.MjModel.from_xml_path(str(ASSETS / "humanoid_amp.xml"))


@pytest.fixture(scope="module", params=GAITS)
def gait(request):
    return GAITS[request.param]


@pytest.fixture(scope="module")
def clip(gait, model):
    ((clip, _),) = read_clips(gait.name, model)
    return clip


@pytest.fixture(scope="module")
def soles(clip, model):
    """The corners of each foot's sole in the world: ``[frames, 4, 3]``."""
    data, corners = mujoco.MjData(model), {"right": [], "left": []}
    for qpos in clip.qpos:
        data.qpos[:] = qpos
        mujoco.mj_kinematics(model, data)
        for side, found in corners.items():
            box = int(model.body(f"{side}_foot").geomadr[0])
            own = model.geom_size[box] * [(x, y, -1) for x in (-1, 1) for y in (-1, 1)]
            found.append(data.geom_xpos[box] + own @ data.geom_xmat[box].reshape(3, 3).T)
    return {side: np.array(found) for side, found in corners.items()}


def rotation_vectors(clip, model, joint):
    """In degrees ``[frames, 3]``, of a hinge ``[frames, 1]``."""
    address = model.joint(joint).qposadr[0]
    if model.joint(joint).type[0] == mujoco.mjtJoint.mjJNT_HINGE:
        return np.degrees(clip.qpos[:, [address]])
    vectors = np.zeros((len(clip.qpos), 3))
    for vector, qpos in zip(vectors, clip.qpos, strict=True):
        mujoco.mju_quat2Vel(vector, qpos[address : address + 4], 1.0)
    return np.degrees(vectors)


def test_both_are_there():
    assert shipped_clips() == sorted(GAITS)


def test_the_files_are_what_the_module_makes(gait, clip, model):
    made = make_gait(gait, model)
    assert (clip.fps, clip.name) == (made.fps, made.name)
    np.testing.assert_allclose(clip.qpos, made.qpos, atol=1e-5)


def test_it_goes_straight_on_at_its_speed(gait, clip):
    forward, aside, up = (clip.qpos[-1, :3] - clip.qpos[0, :3]) / clip.length
    assert (forward, aside, up) == pytest.approx((gait.speed, 0.0, 0.0), abs=1e-4)


def test_the_feet_never_sink_in_and_one_touches_the_ground_while_it_stands(gait, soles):
    for side, offset in (("right", 0.0), ("left", 0.5)):
        lowest = soles[side][:, :, 2].min(axis=1)
        assert lowest.min() > -0.001
        phase = (np.arange(len(lowest)) / gait.frames + offset) % 1.0
        assert np.abs(lowest[phase < gait.stance]).max() < 0.001
        assert lowest[phase >= gait.stance].max() > 0.05, "the foot that swings clears the ground"


def test_a_walk_always_stands_and_a_run_flies(gait, soles):
    lowest = np.min([corners[:, :, 2].min(axis=1) for corners in soles.values()], axis=0)
    in_the_air = (lowest > 0.005).mean()
    assert in_the_air == 0.0 if gait is WALK else 0.2 < in_the_air < 0.4


def test_what_touches_the_ground_doesnt_slide(clip, soles):
    for corners in soles.values():
        steps = np.linalg.norm(np.diff(corners[:, :, :2], axis=0), axis=2) * clip.fps
        touch = (corners[:-1, :, 2] < 0.002) & (corners[1:, :, 2] < 0.002)
        assert touch.any(axis=1).mean() > 0.3
        assert steps[touch].mean() < 0.05
        assert steps[touch].max() < 0.5


def test_joints_stay_within_limits(clip, model):
    for joint, limits in LIMITS.items():
        for name, mirror in ((joint, [1, 1, 1]), (joint.replace("right", "left"), [-1, 1, -1])):
            values = rotation_vectors(clip, model, name)
            values = values * mirror if values.shape[1] == 3 else values
            low, high = np.array(limits).T
            assert (values >= low).all(), name
            assert (values <= high).all(), name


def test_no_part_touches_another_but_feet_the_ground(clip, model):
    data = mujoco.MjData(model)
    for qpos in clip.qpos[::4]:
        data.qpos[:] = qpos
        mujoco.mj_fwdPosition(model, data)
        touching = {model.body(model.geom_bodyid[geom]).name for pair in data.contact.geom for geom in pair}
        assert touching <= {"world", "right_foot", "left_foot"}


def test_left_does_what_right_did_half_a_cycle_before(gait, clip, model):
    half = gait.frames // 2
    for joint in ("shoulder", "elbow", "hip", "knee", "ankle"):
        right, left = (rotation_vectors(clip, model, f"{side}_{joint}") for side in ("right", "left"))
        mirrored = left[half:] * [-1, 1, -1] if left.shape[1] == 3 else left[half:]
        np.testing.assert_allclose(mirrored, right[:-half], atol=0.01)


def test_the_last_frame_is_the_first_of_the_next_cycle(clip):
    np.testing.assert_allclose(clip.qpos[-1, 1:], clip.qpos[0, 1:], atol=1e-5)


def test_it_moves_without_jerks(clip, model):
    """From frame to frame no joint's velocity changes by more than a fast runner's."""
    library = MotionLibrary([clip], [1.0], model, [], "cpu")
    times = torch.arange(len(clip.qpos)) / clip.fps
    qvel = library.states(torch.zeros(len(times), dtype=torch.long), times + 1e-3).qvel
    assert qvel.abs().max() < 15.0
    assert qvel[:-1].diff(dim=0).abs().max() < 20.0


def test_another_gait_is_made_from_other_numbers(model):
    slow = make_gait(replace(WALK, name="stroll", speed=0.8), model)
    assert (slow.qpos[-1, 0] - slow.qpos[0, 0]) / slow.length == pytest.approx(0.8)
    assert slow.qpos[:, 2].mean() > make_gait(WALK, model).qpos[:, 2].mean(), "shorter steps let it walk upright"


def test_steps_that_legs_are_too_short_for_are_refused(model):
    with pytest.raises(ValueError, match="too short"):
        make_gait(replace(WALK, speed=4.0), model)
