"""Names of packages and robots."""

import pytest

from gymctl.core.errors import BackendError, InputError
from gymctl.scaffold.names import check_package, class_of
from gymctl.scaffold.source import find_model
from tests.scaffold.conftest import ROBOTS

TASKS = ["Ant", "MyAnt"]


def test_the_task_is_named_after_the_package():
    assert class_of("my_walker2_b") == "MyWalker2B"


@pytest.mark.parametrize("name", ["my_walker", "a1", "go2_flat"])
def test_good_names(name):
    check_package(name, TASKS)


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("my-walker", "my_walker"),
        ("MyWalker", "my_walker"),
        ("../up", "up"),
        ("", "small letters"),
        ("1x", "small letters"),
        ("a" * 61, "at most 60"),
        ("class", "small letters"),
        ("json", "json_task"),
        ("numpy", "numpy_task"),
        ("gymctl", "gymctl_task"),
        ("ant", "my_ant"),
        ("my_ant", "my_my_ant"),
    ],
)
def test_bad_names_are_refused_with_a_better_one(name, told):
    with pytest.raises(InputError) as refused:
        check_package(name, TASKS)
    assert told in refused.value.fix


def test_a_path_is_a_path():
    assert find_model(str(ROBOTS / "arm.xml")) == ROBOTS / "arm.xml"
    with pytest.raises(InputError, match="there is no file"):
        find_model("missing.urdf")
    with pytest.raises(InputError, match="template for a URDF") as refused:
        find_model("robot.urdf.xacro")
    assert "xacro robot.urdf.xacro > robot.urdf" in refused.value.fix
    with pytest.raises(InputError, match="no MJCF or URDF"):
        find_model(str(ROBOTS))


def test_a_name_needs_the_menagerie_and_an_unknown_one_is_told(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "mujoco_menagerie", None)
    with pytest.raises(BackendError, match="mujoco-menagerie") as missing:
        find_model("unitree_go2")
    assert "menagerie" in missing.value.fix


def test_an_unknown_robot_of_the_menagerie_is_told():
    pytest.importorskip("mujoco_menagerie")
    with pytest.raises(InputError) as refused:
        find_model("unitree_goo2")
    assert "unitree_go2" in refused.value.fix
