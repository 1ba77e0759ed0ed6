"""What becomes of an MJCF."""

import mujoco
import numpy as np
import pytest

from gymctl.core.errors import InputError
from gymctl.scene.assets.asset import DriveMode, ImportOptions
from gymctl.scene.assets.reading import read_asset

WALKER = """<mujoco>
  <compiler angle="degree" inertiafromgeom="true"/>
  <default>
    <joint limited="true" damping="5" stiffness="20" armature="0.02" margin="0.1"/>
    <geom density="500" margin="0.01" friction="2 1 1" condim="1" material="nowhere"/>
    <motor ctrllimited="true" ctrlrange="-1 1"/>
  </default>
  <asset><mesh name="look" file="look.glb"/></asset>
  <worldbody>
    <light pos="0 0 5"/>
    <geom name="floor" type="plane" size="1 1 1"/>
    <body name="torso" pos="0 0 1.3">
      <freejoint/>
      <geom type="sphere" size="0.1"/>
      <geom type="mesh" mesh="look" contype="0" conaffinity="0"/>
      <body name="thigh" pos="0 0 -0.2">
        <joint name="hip_x" axis="1 0 0" range="-30 30"/>
        <joint name="hip_z" axis="0 0 1" range="-20 20"/>
        <joint name="hip_y" axis="0 1 0" range="-90 10"/>
        <geom type="capsule" fromto="0 0 0 0 0 -0.3" size="0.05"/>
        <body name="shin" pos="0 0 -0.3">
          <joint name="knee" axis="0 1 0" range="0 0"/>
          <geom type="capsule" fromto="0 0 0 0 0 -0.3" size="0.04"/>
        </body>
      </body>
    </body>
    <body name="table"><geom type="box" size="1 1 1"/></body>
  </worldbody>
  <actuator>
    <motor name="turn" joint="hip_y" gear="120"/>
    <motor name="lift" joint="hip_x" gear="40"/>
    <position name="bend" joint="knee" kp="30" forcerange="-7 7"/>
  </actuator>
  <sensor><gyro site="nowhere"/></sensor>
</mujoco>"""


@pytest.fixture
def walker(tmp_path):
    (tmp_path / "walker.xml").write_text(WALKER)
    return read_asset(tmp_path, "walker.xml", ImportOptions())


def test_links_and_dofs_are_the_first_body_s_in_the_files_order(walker):
    assert [link.name for link in walker.links] == ["torso", "thigh", "shin"]
    assert walker.dofs.names == ("hip_x", "hip_z", "hip_y", "knee")
    assert [shape.link for shape in walker.shapes] == [0, 1, 2]
    assert any("first body" in note for note in walker.notes)


def test_the_files_actuators_say_what_drives_follow(walker):
    assert walker.dofs.drive_mode.tolist() == [DriveMode.EFFORT, DriveMode.NONE, DriveMode.EFFORT, DriveMode.POSITION]
    assert walker.dofs.stiffness.tolist() == [20.0, 20.0, 20.0, 30.0]
    assert walker.dofs.effort.tolist() == [np.inf, np.inf, np.inf, 7.0]
    assert [(actuator.joint, actuator.gear) for actuator in walker.actuators] == [
        ("hip_y", 120.0),
        ("hip_x", 40.0),
        ("knee", 1.0),
    ]


def test_what_is_added_has_none_of_the_files_defaults(walker):
    model = walker.spec.compile()
    joint = model.joint("thigh")
    assert joint.type[0] == mujoco.mjtJoint.mjJNT_BALL.value
    assert not joint.limited[0]
    drives = [model.actuator(name).id for name in walker.dofs.names]
    assert drives == [0, 1, 2, 3] or sorted(drives) == drives
    data = mujoco.MjData(model)
    data.ctrl[drives] = [50.0, 0.0, -60.0, 5.0]
    mujoco.mj_forward(model, data)
    np.testing.assert_allclose(data.qfrc_actuator, [50.0, -60.0, 0.0, 5.0], atol=1e-9)


def test_contacts_are_as_isaac_gym_has_them_whatever_the_file_says(walker):
    model = walker.spec.compile()
    for shape in walker.shapes:
        geom = model.geom(shape.geom)
        assert (geom.margin[0], geom.condim[0], shape.friction) == (0.0, 3, 1.0)


def test_a_joint_whose_limits_are_equal_does_not_move(walker):
    assert (walker.dofs.has_limits[3], walker.dofs.lower[3], walker.dofs.upper[3]) == (True, 0.0, 0.0)
    model = walker.spec.compile()
    assert model.joint("knee").range.max() < 1e-3


def test_masses_are_those_of_the_shapes(walker):
    model = walker.spec.compile()
    sphere = 500.0 * 4 / 3 * np.pi * 0.1**3
    assert model.body("torso").mass[0] == pytest.approx(sphere)


@pytest.mark.parametrize(
    "text",
    [
        "<mujoco><worldbody/></mujoco>",
        "<mujoco><worldbody><body><joint type='ball'/><geom size='1'/></body></worldbody></mujoco>",
        "<mujoco><include file='../../etc/passwd'/></mujoco>",
        "<mujoco><include file='walker.xml'/></mujoco>",
        "<mujoco><worldbody><body><geom size='nan'/></body></worldbody></mujoco>",
        "<nothing/>",
        "no XML",
    ],
)
def test_what_is_no_robot_is_refused(tmp_path, text):
    (tmp_path / "walker.xml").write_text(text)
    with pytest.raises(InputError):
        read_asset(tmp_path, "walker.xml", ImportOptions(fix_base_link=True))


@pytest.mark.parametrize(
    "asset",
    [
        '<mesh name="m" file="{outside}/secret.stl"/>',
        '<mesh name="m" file="../../secret.stl"/>',
        '<mesh name="m" file="linked.stl"/>',
    ],
)
def test_meshes_outside_the_folder_are_refused(tmp_path, asset):
    outside, package = tmp_path / "outside", tmp_path / "outside/package/robot"
    package.mkdir(parents=True)
    (outside / "secret.stl").write_bytes(b"x" * 84)
    (package / "linked.stl").symlink_to(outside / "secret.stl")
    body = '<worldbody><body><geom type="mesh" mesh="m"/><geom size="1"/></body></worldbody>'
    text = f"<mujoco><asset>{asset.format(outside=outside)}</asset>{body}</mujoco>"
    (package / "robot.xml").write_text(text)
    with pytest.raises(InputError, match=r"secret|linked"):
        read_asset(package, "robot.xml", ImportOptions(), inside=package)


def test_other_data_and_copies_are_left_out(tmp_path):
    (tmp_path / "robot.xml").write_text(
        '<mujoco><asset><hfield name="h" file="/etc/passwd"/><model name="m" file="/etc/passwd"/></asset>'
        '<worldbody><body><geom size="1"/><replicate count="1000000000"><geom size="1"/></replicate></body></worldbody>'
        "</mujoco>"
    )
    assert len(read_asset(tmp_path, "robot.xml", ImportOptions()).shapes) == 1


def test_a_mesh_is_found_in_the_folder_that_the_compiler_names(tmp_path):
    (tmp_path / "meshes").mkdir()
    corners = "\n".join(f"v {x} {y} {z}" for x in (0, 1) for y in (0, 1) for z in (0, 1))
    faces = "\n".join(f"f {face}" for face in ("1 2 4 3", "5 7 8 6", "1 5 6 2", "3 4 8 7", "1 3 7 5", "2 6 8 4"))
    (tmp_path / "meshes" / "cube.obj").write_text(f"{corners}\n{faces}\n")
    body = '<worldbody><body><geom type="mesh" mesh="cube" density="1000"/></body></worldbody>'
    text = f'<mujoco><compiler meshdir="meshes"/><asset><mesh file="cube.obj"/></asset>{body}</mujoco>'
    (tmp_path / "robot.xml").write_text(text)
    model = read_asset(tmp_path, "robot.xml", ImportOptions()).spec.compile()
    assert model.body_mass[1] == pytest.approx(1000.0)


def test_a_model_that_includes_file_after_file_is_refused(tmp_path):
    (tmp_path / "part.xml").write_text("<mujoco/>")
    include = '<include file="part.xml"/>'
    (tmp_path / "robot.xml").write_text(f"<mujoco>{include * 100}</mujoco>")
    with pytest.raises(InputError, match="more than 50 files"):
        read_asset(tmp_path, "robot.xml", ImportOptions())


def test_general_actuators_are_motors_or_hold_positions_by_their_bias(tmp_path):
    (tmp_path / "robot.xml").write_text(
        '<mujoco><worldbody><body name="a"><geom size="1"/><body name="b"><geom size="1"/><joint name="x"/></body>'
        '<body name="c"><geom size="1"/><joint name="y"/></body></body></worldbody><actuator>'
        '<general joint="x" gear="3" forcerange="-7 0"/>'
        '<general joint="y" gainprm="20" biastype="affine" biasprm="0 -20 -1"/></actuator></mujoco>'
    )
    asset = read_asset(tmp_path, "robot.xml", ImportOptions(fix_base_link=True))
    assert asset.dofs.drive_mode.tolist() == [DriveMode.EFFORT, DriveMode.POSITION]
    assert asset.dofs.stiffness.tolist() == [0.0, 20.0]
    assert asset.dofs.effort.tolist() == [7.0, np.inf]


def test_what_the_file_says_of_bodies_that_are_left_out_is_left_out_too(tmp_path):
    part = (
        '<body name="{0}"><freejoint name="{0}_root"/><geom name="{0}_hull" size="1"/>'
        '<body name="{0}_arm"><geom size="1"/><joint name="{0}_joint"/></body></body>'
    )
    (tmp_path / "robot.xml").write_text(
        f'<mujoco><worldbody><geom name="floor" type="plane" size="1 1 1"/>{part.format("a")}{part.format("b")}'
        '</worldbody><actuator><motor name="one" joint="a_joint"/><position name="two" joint="b_joint" kp="2"/>'
        '<motor name="three" joint="a_joint"/></actuator>'
        '<contact><pair geom1="a_hull" geom2="floor"/><pair geom1="a_hull" geom2="b_hull"/></contact></mujoco>'
    )
    asset = read_asset(tmp_path, "robot.xml", ImportOptions())
    assert [(actuator.name, actuator.kind) for actuator in asset.actuators] == [("one", "motor"), ("three", "motor")]
    assert asset.spec.compile().nu == 1


def test_actuators_of_a_base_that_is_free_are_left_out(tmp_path):
    (tmp_path / "robot.xml").write_text(
        '<mujoco><worldbody><body name="a"><joint name="lift"/><geom size="1"/></body></worldbody>'
        '<actuator><motor name="lift" joint="lift"/></actuator></mujoco>'
    )
    assert [actuator.name for actuator in read_asset(tmp_path, "robot.xml", ImportOptions()).actuators] == []
    fixed = read_asset(tmp_path, "robot.xml", ImportOptions(fix_base_link=True))
    assert [actuator.name for actuator in fixed.actuators] == ["lift"]


def test_of_two_bodies_without_names_the_first_is_taken(tmp_path):
    body = '<body><freejoint/><geom size="1"/></body>'
    (tmp_path / "robot.xml").write_text(f"<mujoco><worldbody>{body}{body}</worldbody></mujoco>")
    asset = read_asset(tmp_path, "robot.xml", ImportOptions())
    assert asset.spec.compile().nbody == 1 + len(asset.links) == 2


TENDONS = """<tendon>
    <fixed><joint joint="hip_x" coef="0.5"/><joint joint="knee" coef="-1"/></fixed>
    <fixed name="of_another"><joint joint="elsewhere" coef="1"/></fixed>
  </tendon>
  <sensor>"""


def test_hinges_that_a_tendon_couples_stay_a_chain_and_tendons_of_other_bodies_go(tmp_path):
    table = '<body name="table"><joint name="elsewhere"/>'
    (tmp_path / "walker.xml").write_text(WALKER.replace("<sensor>", TENDONS).replace('<body name="table">', table))
    walker = read_asset(tmp_path, "walker.xml", ImportOptions())
    (tendon,) = walker.tendons
    assert (tendon.name, tendon.joints, tendon.coefficients) == ("tendon_0", ("hip_x", "knee"), (0.5, -1.0))
    model = walker.spec.compile()
    assert [model.tendon(index).name for index in range(model.ntendon)] == ["tendon_0"]
    assert set(model.jnt_type) == {mujoco.mjtJoint.mjJNT_HINGE.value}
    assert any("a tendon couples them" in note for note in walker.notes)
    assert any("left out" in note for note in walker.notes)
