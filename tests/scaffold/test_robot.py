"""What is told of a robot's model: legs, feet, pose, drives, and traps."""

import numpy as np
import pytest

from gymctl.core.errors import InputError
from gymctl.scaffold.drives import FIRM, guess_drives
from gymctl.scaffold.lines import Lines
from gymctl.scaffold.posture import find_posture
from gymctl.scaffold.reach import find_hand
from gymctl.scaffold.robot import find_legs, read_robot, stands_on
from gymctl.scaffold.traps import find_traps
from gymctl.scaffold.walk import guess_walk
from gymctl.scene.model_files import read_model
from gymctl.scene.robots import free_root, name_parts
from tests.scaffold.conftest import ROBOTS

BALL = '<body name="ball"><freejoint/><geom type="sphere" size=".1"/></body></worldbody>'
SITTING = '<keyframe><key name="home" qpos="0 0 .1 1 0 0 0 {}"/></keyframe></mujoco>'.format("0 1.6 -2.6 " * 4)


def read(name, **settings):
    return read_robot(ROBOTS / name, ROBOTS, **settings)


def edited(tmp_path, name, *changes):
    text = (ROBOTS / name).read_text()
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    path = tmp_path / name
    path.write_text(text)
    return path


def posture(path):
    spec = read_model(path)
    name_parts(spec)
    free_root(spec)
    return find_posture(read_robot(path, path.parent, free=True), spec)


def traps(path):
    spec = read_model(path)
    name_parts(spec)
    return find_traps(read_robot(path, path.parent), spec, Lines([path]))


def test_feet_are_the_ends_of_legs_and_legs_have_their_joints_from_the_trunk_down():
    robot = read("quadruped.xml")
    legs = find_legs(robot)
    assert [robot.body_name(leg.foot) for leg in legs] == [
        f"{end}_{side}_shank" for end in ("front", "rear") for side in ("left", "right")
    ]
    assert [robot.joint_name(joint) for joint in legs[1].joints] == [
        "front_right_roll", "front_right_pitch", "front_right_knee",
    ]  # fmt: skip
    assert legs[0].point[2] == pytest.approx(-0.22, abs=0.005)


def test_a_urdf_has_its_base_let_go_and_its_welded_foot_kept():
    robot = read("hopper.urdf", free=True)
    assert robot.is_free
    (leg,) = find_legs(robot)
    assert robot.body_name(leg.foot) == "foot"
    assert robot.mass == pytest.approx(6.8)


def test_an_arm_has_no_legs_and_its_hand_is_where_fingers_begin():
    robot = read("arm.xml")
    assert not robot.is_free
    assert find_legs(robot) == []
    assert robot.body_name(find_hand(robot)) == "hand"


def test_without_a_keyframe_a_pose_is_found_in_which_the_robot_stands():
    found = posture(ROBOTS / "quadruped.xml")
    assert found.stands
    assert 0.3 < found.height < 0.42
    robot = read("quadruped.xml")
    knees = [found.qpos[robot.model.joint(name).qposadr[0]] for name in ("front_left_knee", "rear_right_knee")]
    assert knees[0] == pytest.approx(knees[1], abs=0.05)
    assert knees[0] < -0.5


def test_a_keyframe_is_taken_unless_the_robot_sits_in_it(tmp_path):
    standing = SITTING.replace("1.6 -2.6", ".8 -1.6").replace("home", "stand")
    assert "keyframe 'stand'" in posture(edited(tmp_path, "quadruped.xml", ("</mujoco>", standing))).source
    assert "sits" in posture(edited(tmp_path, "quadruped.xml", ("</mujoco>", SITTING))).source


def test_neighbouring_legs_step_in_turn_and_diagonal_ones_together():
    robot = read("quadruped.xml")
    spec = read_model(ROBOTS / "quadruped.xml")
    _, fields = guess_walk(robot, spec)
    phases = [line.split("phase: ")[1][:3] for line in str(fields["feet"]).splitlines()]
    assert phases[0] == phases[3] != phases[1] == phases[2]


def test_drives_come_from_the_models_own_actuators():
    drives = guess_drives(read("arm.xml"), [], FIRM)
    assert drives["lift"].drive == (240.0, 16.0, 60.0)
    assert drives["left_slide"].drive == (200.0, 5.0, 20.0)
    hopper = read("hopper.urdf", free=True)
    assert guess_drives(hopper, find_legs(hopper))["knee"].drive == (80.0, 2.0, 80.0)


def test_without_limits_a_leg_can_carry_the_robot_with_another(tmp_path):
    path = edited(tmp_path, "quadruped.xml", ('ctrllimited="true"', 'ctrllimited="false"'))
    robot = read_robot(path, tmp_path)
    drive = guess_drives(robot, find_legs(robot))["rear_left_knee"].drive
    assert 0.2 < drive.effort / (robot.mass * 9.81 * 0.4) < 0.8
    assert drive.stiffness == pytest.approx(drive.effort)


def test_weak_motors_hold_a_heavy_robot_as_firmly_as_strong_ones(tmp_path):
    path = edited(tmp_path, "hopper.urdf", ('effort="80"', 'effort="5"'))
    robot = read_robot(path, tmp_path, free=True)
    drive = guess_drives(robot, find_legs(robot))["knee"].drive
    assert drive.effort == 5.0
    assert 0.4 < drive.stiffness / (robot.mass * 9.81 * 0.68) < 0.6


def test_a_limit_that_no_leg_can_have_is_no_effort(tmp_path):
    path = edited(tmp_path, "hopper.urdf", ('effort="80"', 'effort="5000"'))
    robot = read_robot(path, tmp_path, free=True)
    guess = guess_drives(robot, find_legs(robot))["knee"]
    assert guess.drive.effort < 30.0
    assert "5000 is more than any leg has" in guess.effort_source


def test_parts_that_are_welded_to_a_leg_should_touch_nothing_either(tmp_path):
    guard = "<inertial><mass value='.1'/><inertia ixx='1e-4' iyy='1e-4' izz='1e-4' ixy='0' ixz='0' iyz='0'/></inertial>"
    path = edited(
        tmp_path,
        "hopper.urdf",
        (
            "</robot>",
            f"<link name='guard'>{guard}<collision><geometry><box size='.1 .1 .1'/></geometry></collision></link>"
            "<joint name='weld' type='fixed'><parent link='thigh'/><child link='guard'/></joint></robot>",
        ),
    )
    spec = read_model(path)
    name_parts(spec)
    free_root(spec)
    _, fields = guess_walk(read_robot(path, tmp_path, free=True), spec)
    assert fields["limbs"] == "[thigh, shank, guard]"


def test_a_single_limb_that_lies_is_an_arm_and_one_that_stands_a_leg(tmp_path):
    standing = read("hopper.urdf", free=True)
    assert stands_on(standing, find_legs(standing))
    lying = edited(tmp_path, "hopper.urdf", ('<origin xyz="0 0 -0.1"/>', '<origin xyz="0 0 -0.1" rpy="0 -1.57 0"/>'))
    arm = read_robot(lying, tmp_path, free=True)
    assert not stands_on(arm, find_legs(arm))


def test_frames_share_a_line(tmp_path):
    frames = "".join(f'<body name="frame {index}"/>' for index in range(5))
    path = edited(tmp_path, "arm.xml", ('<body name="hand"', f'{frames}<body name="hand"'))
    told = [line for line in traps(path) if "no mass" in line]
    assert len(told) == 1
    assert "'frame 0' and 4 others have no mass" in told[0]


def test_traps_have_the_name_and_the_line():
    found = "\n".join(traps(ROBOTS / "arm.xml"))
    lines = (ROBOTS / "arm.xml").read_text().splitlines()

    def line(text):
        return next(number for number, found in enumerate(lines, 1) if text in found)

    assert f"arm.xml:{line('joint name')}: joint 'turn' has no limits" in found
    assert f"arm.xml:{line('position name')}: actuator 'left_finger' is of another kind" in found
    assert "body 'shoulder' touches the neighbouring body 'base' at rest" in found


@pytest.mark.parametrize(
    ("name", "change", "told"),
    [
        ("quadruped.xml", ("<worldbody>", '<option timestep=".001"/><worldbody>'), "asks for a time step of 0.001 s"),
        ("quadruped.xml", ('pos="0 0 .5">', 'pos="0 0 .5" euler="1 0 0">'), "body 'trunk' isn't upright"),
        ("quadruped.xml", ("</worldbody>", BALL), "body 'ball' moves too"),
        ("arm.xml", ('<body name="hand"', '<body name="frame"/><body name="hand"'), "body 'frame' has no mass"),
        ("arm.xml", ('    <motor name="wrist" joint="wrist" ctrllimited="true" ctrlrange="-10 10"/>\n', ""),
         "joint 'wrist' has no actuator"),
    ],
)  # fmt: skip
def test_traps(tmp_path, name, change, told):
    assert any(told in line for line in traps(edited(tmp_path, name, change)))


def test_many_contacts_at_rest_are_told(tmp_path):
    boxes = "".join(f'<geom type="box" size=".02 .02 .01" pos="{x / 20:g} 0 -.3"/>' for x in range(6))
    path = edited(
        tmp_path, "quadruped.xml", ("<freejoint/>", f"<freejoint/>{boxes}"), ('pos="0 0 .5"', 'pos="0 0 .31"')
    )
    assert any("contacts at rest" in line for line in traps(path))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("<mujoco><worldbody><body><geom size='1'/></body></worldbody></mujoco>", "has no joints"),
        ("<mujoco><worldbody><body><joint type='ball'/><geom size='1'/></body></worldbody></mujoco>", "ball joint"),
        ("<mujoco><worldbody><body name='b'><joint/></body></worldbody></mujoco>", "can't be compiled"),
        (
            "<mujoco><worldbody><body><joint/><geom size='1'/><replicate count='1001' offset='1 0 0'>"
            "<body><geom size='.1'/></body></replicate></body></worldbody></mujoco>",
            "1,002 bodies",
        ),
    ],
)
def test_models_that_are_no_robot_are_refused(tmp_path, text, told):
    path = tmp_path / "model.xml"
    path.write_text(text)
    with pytest.raises(InputError, match=told):
        read_robot(path, tmp_path)


def test_a_pose_of_a_robot_without_keyframe_keeps_within_its_limits():
    robot = read("quadruped.xml")
    for joint in robot.joints:
        low, high = robot.model.jnt_range[joint]
        assert low <= robot.qpos[robot.column(joint)] <= high
    assert np.isfinite(robot.qpos).all()
