"""URDFs that were written for ROS: their meshes are found, and what MuJoCo can't read is told or left out."""

import re

import mujoco
import pytest
import yaml

from gymctl.core.errors import InputError
from gymctl.scaffold.package import write_package
from gymctl.scaffold.robot import read_robot
from tests.scaffold.conftest import ROBOTS

BOX = '<box size="0.18 0.12 0.03"/>'
SOLE = '<mesh filename="package://hopper_description/meshes/sole.obj"/>'
LOOKS = '<mesh filename="package://hopper_description/meshes/sole.dae"/>'
TORSO = '<visual><geometry><box size="0.2 0.3 0.2"/></geometry></visual>'
MANIFEST = "<package><name>hopper_description</name></package>"
CORNERS = [(x, y, z) for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)]


def wavefront(scale=1.0):
    """A box of 0.18 by 0.12 by 0.03, times the scale."""
    rows = [f"v {0.09 * x * scale} {0.06 * y * scale} {0.015 * z * scale}" for x, y, z in CORNERS]
    faces = [(1, 3, 4), (1, 4, 2), (5, 6, 8), (5, 8, 7), (1, 2, 6), (1, 6, 5), (3, 7, 8), (3, 8, 4), (1, 5, 7),
             (1, 7, 3), (2, 4, 8), (2, 8, 6)]  # fmt: skip
    return "\n".join(rows + [f"f {a} {b} {c}" for a, b, c in faces]) + "\n"


@pytest.fixture
def ros(tmp_path):
    """A ROS package with ``urdf/`` beside ``meshes/``; gives its folder."""
    folder = tmp_path / "src" / "hopper_description"
    (folder / "meshes").mkdir(parents=True)
    (folder / "urdf").mkdir()
    (folder / "package.xml").write_text(MANIFEST)
    (folder / "meshes" / "sole.obj").write_text(wavefront())
    (folder / "meshes" / "sole.dae").write_text("<COLLADA/>")
    return folder


def urdf(folder, *changes):
    text = (ROBOTS / "hopper.urdf").read_text()
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    path = folder / "hopper.urdf"
    path.write_text(text)
    return path


def write(tmp_path, model, package="my_hopper", **settings):
    return write_package(package, model, [], parent=tmp_path, **settings)


def compiled(task):
    return mujoco.MjModel.from_xml_path(str(task.directory / task.directory.name / "model" / "hopper.urdf"))


def test_meshes_are_found_in_the_package_that_the_file_is_in_and_lie_beside_the_copy(tmp_path, ros):
    task = write(tmp_path, urdf(ros / "urdf", (BOX, SOLE)))
    assert compiled(task).nmesh == 1
    model = task.directory / "my_hopper" / "model"
    assert {path.relative_to(model).as_posix() for path in model.rglob("*") if path.is_file()} == {
        "hopper.urdf", "meshes/sole.obj",
    }  # fmt: skip
    settings = yaml.safe_load((task.directory / "my_hopper/configs/task/MyHopper.yaml").read_text())
    assert list(settings["env"]["gait"]["feet"]) == ["foot"]


@pytest.mark.parametrize("inside", ["src", "src/hopper_description", "."])
def test_meshes_of_a_package_elsewhere_are_found_inside_the_folder_that_the_user_names(tmp_path, ros, inside):
    (tmp_path / "workspace").mkdir()
    home = ros if inside.endswith("description") else tmp_path / inside
    model = urdf(home, (BOX, SOLE))
    (ros / "package.xml").write_text(MANIFEST.replace("hopper_description", "other"))
    assert compiled(write(tmp_path / "workspace", model, inside=tmp_path / inside)).nmesh == 1


def test_the_folder_above_is_taken_if_the_names_begin_with_it(tmp_path, ros):
    (ros / "package.xml").unlink()
    assert compiled(write(tmp_path, urdf(ros / "urdf", (BOX, SOLE)))).nmesh == 1


def test_another_package_isnt_looked_for_unless_the_user_names_a_folder(tmp_path, ros):
    other = ros.parent / "other_description" / "meshes"
    other.mkdir(parents=True)
    (other / "sole.obj").write_text(wavefront())
    model = urdf(ros / "urdf", (BOX, SOLE.replace("hopper_", "other_").replace("sole", "sole")))
    with pytest.raises(InputError, match="1 file that is missing") as refused:
        write(tmp_path, model)
    assert "--inside" in refused.value.fix
    assert refused.value.details[0].startswith("hopper.urdf:")
    assert compiled(write(tmp_path, model, inside=ros.parent)).nmesh == 1


def test_a_mesh_outside_is_refused_also_by_a_link(tmp_path, ros):
    (tmp_path / "secret.obj").write_text(wavefront())
    with pytest.raises(InputError, match="outside"):
        write(tmp_path, urdf(ros / "urdf", (BOX, '<mesh filename="../../../secret.obj"/>')))
    (ros / "package.xml").unlink()
    above = '<mesh filename="package://urdf/../../secret.obj"/>'
    (ros.parent / "secret.obj").write_text(wavefront())
    (ros / "secret.obj").write_text(wavefront())
    for depth in ("..", "../.."):
        with pytest.raises(InputError, match="outside"):
            write(tmp_path, urdf(ros / "urdf", (BOX, above.replace("../..", depth))))
    (ros / "package.xml").write_text(MANIFEST)
    (ros / "meshes" / "sole.obj").unlink()
    (ros / "meshes" / "sole.obj").symlink_to(tmp_path / "secret.obj")
    with pytest.raises(InputError, match="leads out"):
        write(tmp_path, urdf(ros / "urdf", (BOX, SOLE)))
    assert not (tmp_path / "my_hopper").exists()


def test_visual_meshes_that_cant_be_had_are_left_out_and_told(tmp_path, ros):
    looks = TORSO.replace('<box size="0.2 0.3 0.2"/>', LOOKS)
    gone = looks.replace("sole.dae", "gone.obj")
    task = write(tmp_path, urdf(ros / "urdf", (TORSO, looks + gone)))
    assert "2 visual meshes left out" in task.traps[0]
    assert compiled(task).nmesh == 0


def test_collision_meshes_that_mujoco_cant_read_are_told_with_their_lines(tmp_path, ros):
    model = urdf(ros / "urdf", (BOX, LOOKS))
    with pytest.raises(InputError, match="can't read 1 collision mesh") as refused:
        write(tmp_path, model)
    line = next(number for number, text in enumerate(model.read_text().splitlines(), 1) if "sole.dae" in text)
    assert refused.value.details == (f"hopper.urdf:{line}: file 'hopper_description/meshes/sole.dae'",)
    assert ".stl" in refused.value.fix


def test_meshes_of_one_name_in_two_folders_stay_two(tmp_path, ros):
    (ros / "more").mkdir()
    (ros / "more" / "Sole.obj").write_text(wavefront(0.5))
    shank = '<collision><origin xyz="0 0 -0.12"/>'
    two = f"<collision><geometry>{SOLE.replace('meshes/sole', 'more/Sole')}</geometry></collision>{shank}"
    model = compiled(write(tmp_path, urdf(ros / "urdf", (BOX, SOLE), (shank, two))))
    assert model.nmesh == 2
    assert sorted(abs(model.mesh_vert[first : first + 8]).max() for first in model.mesh_vertadr) == pytest.approx(
        [0.045, 0.09]
    )


def test_what_only_gazebo_reads_is_no_missing_file(tmp_path):
    model = urdf(tmp_path, ("</robot>", '<gazebo><plugin filename="libgazebo_ros_control.so"/></gazebo></robot>'))
    assert compiled(write(tmp_path, model)).njnt == 3


@pytest.mark.parametrize(
    ("inertia", "told"),
    [
        ('ixx="0.001" iyy="0.001" izz="0.001" ixy="0.001" ixz="0.001" iyz="0.001"', "the products of inertia"),
        ('ixx="0.0001" iyy="0.0001" izz="0.9" ixy="0" ixz="0" iyz="0"', "the mean of its three moments"),
    ],
)
def test_an_inertia_that_no_body_can_have_is_mended_and_told(tmp_path, inertia, told):
    foot = 'ixx="0.0001" iyy="0.0001" izz="0.0001" ixy="0" ixz="0" iyz="0"'
    model = urdf(tmp_path, (foot, inertia))
    task = write(tmp_path, model)
    line = next(number for number, text in enumerate(model.read_text().splitlines(), 1) if 'link name="foot"' in text)
    assert task.traps[0].startswith(f"hopper.urdf:{line}: body 'foot' has an inertia")
    assert told in task.traps[0]
    compiled(task)


def test_a_base_whose_mass_is_in_a_link_fixed_to_it_has_none_of_its_own(tmp_path):
    inertia = '<inertia ixx="0.05" iyy="0.05" izz="0.03" ixy="0" ixz="0" iyz="0"/>'
    inertial = f'<inertial><origin xyz="0 0 0"/><mass value="5"/>{inertia}</inertial>'
    dummy = (
        f'<link name="torso_inertia">{inertial}</link><joint name="weld" type="fixed"><parent link="torso"/>'
        '<child link="torso_inertia"/></joint></robot>'
    )
    task = write(tmp_path, urdf(tmp_path, (inertial, ""), ("</robot>", dummy)))
    robot = read_robot(task.directory / "my_hopper" / "model" / "hopper.urdf", tmp_path, free=True)
    assert robot.mass == pytest.approx(6.8, abs=1e-3)
    assert not any("no mass" in trap for trap in task.traps)


def test_a_urdf_that_needs_nothing_is_copied_as_it_is(tmp_path):
    task = write(tmp_path, ROBOTS / "hopper.urdf")
    copied = task.directory / "my_hopper" / "model" / "hopper.urdf"
    assert copied.read_bytes() == (ROBOTS / "hopper.urdf").read_bytes()


def test_a_model_that_isnt_in_the_named_folder_is_told(tmp_path):
    with pytest.raises(InputError, match="isn't in"):
        write(tmp_path, ROBOTS / "hopper.urdf", inside=tmp_path)


@pytest.mark.parametrize(
    ("right", "wrong", "says"),
    [
        ('type="revolute"', 'type="wobbly"', "invalid joint type"),
        ('<parent link="torso"/>', "", "missing element: 'parent'"),
        ('ixx="0.05"', 'ixx="wide"', "bad format in attribute 'ixx'"),
    ],
)
def test_what_mujoco_says_of_the_copy_is_told_of_the_users_file(tmp_path, ros, right, wrong, says):
    model = urdf(ros / "urdf", (BOX, SOLE))
    text = model.read_text()
    assert right in text
    rows = text.replace(right, wrong, 1).replace("<link", "<!-- of two\n lines -->\n<link", 1).splitlines()
    model.write_text("\n".join(rows))
    with pytest.raises(InputError, match=says) as refused:
        write(tmp_path, model)
    assert f"'{model}'" in refused.value.what
    assert "gymctl-" not in str(refused.value)
    tag, line = re.search(r"Element '(\w+)', line (\d+)", refused.value.what).groups()
    assert f"<{tag}" in rows[int(line) - 1]
    assert int(line) - 1 == next(n for n, row in enumerate(rows) if (wrong or '<joint name="hip_roll"') in row)
