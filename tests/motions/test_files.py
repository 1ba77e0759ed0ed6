"""Reading clips: each layout, lists with weights, and what is refused in two lines."""

import json
import pickle
import subprocess
import sys
import zipfile

import mujoco
import numpy as np
import pytest

from gymctl.core.errors import InputError
from gymctl.motions.files import read_clips
from gymctl.motions.npz import write_clip
from tests.docs.pages import blocks
from tests.motions.strider import made_clip, strider, turned

FRAMES = 5


@pytest.fixture(scope="module")
def model():
    return strider()


def arrays(**changes):
    """The arrays of a clip in gymctl's layout, of which some are changed, or left out by None."""
    still = np.tile([1.0, 0.0, 0.0, 0.0], (FRAMES, 1))
    made = {
        "fps": 30,
        "joint_names": ["knee", "hip", "ankle"],
        "joint_rotations": np.stack([np.tile(turned((0, 1, 0), 0.4), (FRAMES, 1)), still, still], axis=1),
        "root_positions": np.tile([0.0, 0.0, 1.0], (FRAMES, 1)),
        "root_rotations": still,
    }
    return {name: value for name, value in (made | changes).items() if value is not None}


def written(path, **changes):
    np.savez(path, **arrays(**changes))
    return str(path)


def changed(array, value, at):
    values = arrays()[array].copy()
    values[at] = value
    return {array: values}


def read_one(source, model):
    ((clip, _),) = read_clips(source, model)
    return clip


def test_a_clip_that_is_written_is_read_as_it_was(model, tmp_path):
    clip = made_clip(name="stride")
    write_clip(tmp_path / "stride.npz", clip, model)
    read = read_one(str(tmp_path / "stride.npz"), model)
    assert (read.name, read.fps) == ("stride", 30.0)
    np.testing.assert_allclose(read.qpos, clip.qpos, atol=1e-6)


def test_joints_are_found_by_name_in_any_order_and_others_left_out(model, tmp_path):
    rotations = arrays()["joint_rotations"][:, [0, 0, 1, 2]]
    path = written(tmp_path / "a.npz", joint_names=["tail", "knee", "hip", "ankle"], joint_rotations=rotations)
    qpos = read_one(path, model).qpos
    np.testing.assert_allclose(qpos[2], [0, 0, 1, 1, 0, 0, 0, 1, 0, 0, 0, 0.4, 0], atol=1e-12)


def test_joints_are_found_by_the_bodies_that_they_move(model, tmp_path):
    path = written(tmp_path / "a.npz", joint_names=["shin", "leg", "foot"])
    assert read_one(path, model).qpos[0, 11] == pytest.approx(0.4)


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_a_hinge_gets_the_angle_whatever_the_sign_of_the_quaternion(model, tmp_path, sign):
    rotations = arrays()["joint_rotations"].copy()
    rotations[:, 0] = [sign * turned((0, 1, 0), angle) for angle in (-0.2, -0.1, 0.0, 0.1, 0.2)]
    rotations[3, 0] *= -1.0
    path = written(tmp_path / "a.npz", joint_rotations=rotations)
    np.testing.assert_allclose(read_one(path, model).qpos[:, 11], [-0.2, -0.1, 0.0, 0.1, 0.2], atol=1e-9)


def test_isaac_labs_layout_has_rotation_vectors_and_poses_of_bodies(model, tmp_path):
    names = ["hip_x", "hip_y", "hip_z", "ankle", "knee"]
    dofs = np.tile([0.0, 0.5, 0.0, -0.1, 0.4], (FRAMES, 1))
    bodies = np.zeros((FRAMES, 2, 3))
    bodies[:, 1] = [1.0, 2.0, 3.0]
    rotations = np.tile(turned((0, 0, 1), 0.3), (FRAMES, 2, 1))
    np.savez(
        tmp_path / "lab.npz",
        fps=60,
        dof_names=names,
        dof_positions=dofs.astype(np.float32),
        body_names=["foot", "base"],
        body_positions=bodies,
        body_rotations=rotations,
    )
    clip = read_one(str(tmp_path / "lab.npz"), model)
    expected = [1, 2, 3, *turned((0, 0, 1), 0.3), *turned((0, 1, 0), 0.5), 0.4, -0.1]
    np.testing.assert_allclose(clip.qpos[0], expected, atol=1e-6)
    assert clip.fps == 60.0


def deepmimic_frame(lasts, height=1.0, knee=0.0, yaw=0.0):
    frame = np.zeros(44)
    frame[[0, 2]] = lasts, height
    frame[[4, 8, 12, 16, 21, 25, 30, 35, 39]] = 1.0
    frame[4:8] = turned((0, 1, 0), yaw)
    frame[[20, 34]] = knee
    return frame.tolist()


@pytest.fixture(scope="module")
def humanoid():
    from gymctl.tasks.base import ASSETS

    return mujoco.MjModel.from_xml_path(str(ASSETS / "humanoid_amp.xml"))


def test_deepmimics_axes_are_turned_so_that_z_is_up(humanoid, tmp_path):
    frames = [deepmimic_frame(0.05, knee=-0.5, yaw=0.3), deepmimic_frame(0.0, knee=-0.5, yaw=0.3)]
    frames[0][1:4] = frames[1][1:4] = [1.0, 2.0, 3.0]
    (tmp_path / "bow.txt").write_text(json.dumps({"Loop": "none", "Frames": frames}))
    clip = read_one(str(tmp_path / "bow.txt"), humanoid)
    np.testing.assert_allclose(clip.qpos[0, :7], [1, -3, 2, *turned((0, 0, 1), 0.3)], atol=1e-12)
    knees = clip.qpos[0, [humanoid.joint(name).qposadr[0] for name in ("right_knee", "left_knee")]]
    np.testing.assert_allclose(knees, 0.5)
    assert clip.fps == pytest.approx(20.0)


def test_deepmimics_frames_that_last_differently_become_even(humanoid, tmp_path):
    frames = [
        deepmimic_frame(0.1, 1.0, yaw=0.0),
        deepmimic_frame(0.2, 1.1, yaw=0.1),
        deepmimic_frame(0.1, 1.3, yaw=0.3),
        deepmimic_frame(9.0, 1.4, yaw=0.4),
    ]
    (tmp_path / "uneven.txt").write_text(json.dumps({"Frames": frames}))
    clip = read_one(str(tmp_path / "uneven.txt"), humanoid)
    assert (clip.fps, clip.length) == pytest.approx((10.0, 0.4))
    np.testing.assert_allclose(clip.qpos[:, 2], [1.0, 1.1, 1.2, 1.3, 1.4])
    np.testing.assert_allclose(clip.qpos[:, 6], np.sin(np.array([0.0, 0.1, 0.2, 0.3, 0.4]) / 2))


def test_a_list_names_clips_in_its_folder_with_weights(model, tmp_path):
    (tmp_path / "more").mkdir()
    written(tmp_path / "walk.npz")
    written(tmp_path / "more" / "run.npz", fps=60)
    (tmp_path / "all.yaml").write_text(
        "motions:\n  - {file: walk.npz, weight: 0.25}\n  - file: more/run.npz\n    weight: 3\n"
    )
    read = read_clips(str(tmp_path / "all.yaml"), model)
    assert [(clip.name, clip.fps, weight) for clip, weight in read] == [("walk", 30.0, 0.25), ("run", 60.0, 3.0)]


def test_a_list_can_name_gymctls_own_clips(humanoid, tmp_path):
    (tmp_path / "all.yaml").write_text("motions: [{file: amp_humanoid_walk, weight: 1.0}]")
    assert read_one(str(tmp_path / "all.yaml"), humanoid).name == "amp_humanoid_walk"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("motions: []", "no list"),
        ("motion: [{file: walk.npz, weight: 1.0}]", "no list"),
        ("motions: [walk.npz]", "no file with a weight"),
        ("motions: [{file: walk.npz}]", "no file with a weight"),
        ("motions: [{file: walk.npz, weight: -1}]", "no file with a weight"),
        ("motions: [{file: walk.npz, weight: .nan}]", "no file with a weight"),
        ("motions: [{file: walk.npz, weight: 1, speed: 2}]", "no file with a weight"),
        ("motions: [{file: walk.npz, weight: 0}]", "positive weight"),
        ("motions: [{file: ../out.npz, weight: 1}]", "leads out"),
        ("motions: [{file: link.npz, weight: 1}]", "leads out"),
        ("motions: [{file: none.npz, weight: 1}]", "can't read"),
        ("motions: [{file: all.yaml, weight: 1}]", "no clip"),
    ],
)
def test_lists_that_are_refused(model, tmp_path, text, told):
    folder = tmp_path / "folder"
    folder.mkdir()
    written(folder / "walk.npz")
    written(tmp_path / "out.npz")
    (folder / "link.npz").symlink_to(tmp_path / "out.npz")
    (folder / "all.yaml").write_text(text)
    with pytest.raises(InputError, match=told) as refused:
        read_clips(str(folder / "all.yaml"), model)
    assert refused.value.fix


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"fps": 0}, "frames per second"),
        ({"fps": float("nan")}, "frames per second"),
        ({"fps": [30]}, "no number"),
        ({"fps": None}, "'fps' is missing"),
        ({"joint_rotations": None}, "'joint_rotations' is missing"),
        ({"joint_names": ["knee", "hip", "wrist"]}, "has no ankle"),
        ({"joint_names": ["knee", "hip", "hip"]}, "a name twice"),
        ({"joint_names": ["knee", "hip"]}, "3 columns for 2 names"),
        ({"joint_names": [1, 2, 3]}, "no list of names"),
        ({"root_positions": np.zeros((FRAMES, 2))}, "5×2 numbers, not 5×3"),
        ({"root_positions": np.zeros((1, 3))}, "has 1 frames"),
        ({"root_rotations": np.zeros((FRAMES, 4))}, "length 0"),
        ({"root_rotations": np.array(["a"])}, "no array of numbers"),
        (changed("root_positions", np.nan, (3, 1)), "frame 3 have values that are no numbers"),
        (changed("root_positions", 1e7, (3, 1)), "10 km"),
        (changed("joint_rotations", [0.5, 0, 0, 0], (2, 1)), "rotation of hip in frame 2 .* length 0.5"),
        (changed("joint_rotations", turned((0, 0, 1), 0.5), (2, 0)), "knee turns by 29° about other axes"),
        ({"root_positions": np.array([{}] * FRAMES, dtype=object)}, "Python objects"),
    ],
)
def test_clips_that_are_refused(model, tmp_path, changes, told):
    path = written(tmp_path / "bad.npz", **changes)
    with pytest.raises(InputError, match=told) as refused:
        read_clips(path, model)
    assert refused.value.fix


def test_what_is_no_clip_is_refused(model, tmp_path):
    for name, content in (
        ("text.npz", b"hello"),
        ("empty.npz", b""),
        ("text.txt", b"hello"),
        ("other.txt", b'{"Frames": [[0.1, 1], [0.1, 1]]}'),
        ("words.txt", b'{"Frames": [["a"]]}'),
        ("deep.txt", b'{"a": ' + b"[" * 100_000),
        ("latin.txt", b'{"\xff": 1}'),
    ):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(InputError) as refused:
            read_clips(str(tmp_path / name), model)
        assert refused.value.fix
    with pytest.raises(InputError, match="can't read"):
        read_clips(str(tmp_path / "none.npz"), model)
    with pytest.raises(InputError, match="no clip"):
        read_clips("jog", model)


def test_poselibs_clips_are_never_read(model, tmp_path):
    """They are pickles, which could run code."""

    class Evil:
        def __reduce__(self):
            return (tmp_path / "canary").touch, ()

    (tmp_path / "walk.npy").write_bytes(b"\x93NUMPY" + pickle.dumps(Evil()))
    with pytest.raises(InputError, match="poselib") as refused:
        read_clips(str(tmp_path / "walk.npy"), model)
    assert "docs/motions.md" in refused.value.fix
    with pytest.raises(InputError, match="there is no clip") as missing:
        read_clips("amp_humanoid_dance.npy", model)
    assert "amp_humanoid_walk" in missing.value.fix
    assert not (tmp_path / "canary").exists()


def test_a_small_file_that_unpacks_to_gigabytes_is_refused_unread(model, tmp_path):
    header = b"\x93NUMPY\x01\x00v\x00" + str({"descr": "<f8", "fortran_order": False, "shape": (10**7, 3)}).encode()
    path = tmp_path / "bomb.npz"
    written(path, root_positions=None)
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive, archive.open("root_positions.npy", "w") as file:
        file.write(header.ljust(127) + b"\n")
        for _ in range(240):
            file.write(bytes(10**6))
    with pytest.raises(InputError, match="bytes, more than"):
        read_clips(str(path), model)


def test_an_array_whose_header_promises_more_than_there_is_is_refused(model, tmp_path):
    header = b"\x93NUMPY\x01\x00v\x00" + str({"descr": "<f8", "fortran_order": False, "shape": (10**15, 3)}).encode()
    path = tmp_path / "bomb.npz"
    written(path, root_positions=None)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("root_positions.npy", header.ljust(127) + b"\n")
    with pytest.raises(InputError, match="damaged"):
        read_clips(str(path), model)


@pytest.mark.parametrize("is_local", [True, False])
def test_the_documented_script_converts_poselibs_clips(humanoid, tmp_path, is_local):
    ((clip, _),) = read_clips("amp_humanoid_walk", humanoid)
    np.save(tmp_path / "walk.npy", np.array(poselib_motion(clip, humanoid, is_local), dtype=object), allow_pickle=True)
    (script,) = [block.text for block in blocks("docs/motions.md") if block.title == "convert.py"]
    subprocess.run([sys.executable, "-c", script, tmp_path / "walk.npy", tmp_path / "walk.npz"], check=True)
    converted = read_one(str(tmp_path / "walk.npz"), humanoid)
    assert converted.fps == clip.fps
    np.testing.assert_allclose(np.abs(converted.qpos), np.abs(clip.qpos), atol=1e-5)


def poselib_motion(clip, model, is_local):
    """What is in a file of poselib's: rotations xyzw, of bodies relative to their parents or to the world."""
    names = [model.body(body).name for body in range(1, model.nbody)]
    parents = np.array([model.body_parentid[model.body(name).id] - 1 for name in names])
    rotations, data = [], mujoco.MjData(model)
    for qpos in clip.qpos:
        data.qpos[:] = qpos
        mujoco.mj_kinematics(model, data)
        world = data.xquat[1:].copy()
        own = world.copy()
        for body, parent in enumerate(parents[1:], start=1):
            conjugate = world[parent] * [1, -1, -1, -1]
            mujoco.mju_mulQuat(own[body], conjugate, world[body])
        rotations.append(own if is_local else world)
    return {
        "rotation": {"arr": np.array(rotations, dtype=np.float32)[:, :, [1, 2, 3, 0]]},
        "root_translation": {"arr": clip.qpos[:, :3].astype(np.float32)},
        "skeleton_tree": {"node_names": names, "parent_indices": {"arr": parents}},
        "is_local": is_local,
        "fps": np.int32(clip.fps),
    }
