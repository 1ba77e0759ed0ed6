"""Which files an asset may be made of."""

import pytest
import trimesh

from gymctl.core.errors import InputError
from gymctl.scene.assets.asset import ImportOptions
from gymctl.scene.assets.reading import read_asset

ROBOT = """<robot name="block"><link name="block">
  <collision><geometry><mesh filename="{mesh}"/></geometry></collision>
</link></robot>"""


def _package(folder, mesh):
    for name in ("urdf", "meshes"):
        (folder / name).mkdir(parents=True)
    trimesh.creation.box((1.0, 1.0, 1.0)).export(folder / "meshes" / "block.stl")
    (folder / "urdf" / "robot.urdf").write_text(ROBOT.format(mesh=mesh))


@pytest.mark.parametrize("mesh", ["../meshes/block.stl", "package://robot/meshes/block.stl"])
def test_meshes_lie_beside_the_folder_of_the_urdf(tmp_path, mesh):
    _package(tmp_path / "robot", mesh)
    for root, file in (("urdf", "robot.urdf"), ("", "urdf/robot.urdf")):
        asset = read_asset(tmp_path / "robot" / root, file, ImportOptions())
        assert len(asset.shapes) == 1


def test_a_package_may_lie_anywhere_under_the_root(tmp_path):
    _package(tmp_path / "assets" / "urdf" / "robot", "package://robot/meshes/block.stl")
    asset = read_asset(tmp_path / "assets", "urdf/robot/urdf/robot.urdf", ImportOptions())
    assert len(asset.shapes) == 1


def test_the_root_may_be_the_current_folder(tmp_path, monkeypatch):
    _package(tmp_path / "robot", "../meshes/block.stl")
    monkeypatch.chdir(tmp_path / "robot" / "urdf")
    assert len(read_asset(type(tmp_path)(), "robot.urdf", ImportOptions()).shapes) == 1


@pytest.mark.parametrize("root", ["urdf", ""])
def test_meshes_farther_away_are_refused(tmp_path, root):
    _package(tmp_path / "robot", "../../block.stl")
    (tmp_path / "robot" / "meshes" / "block.stl").rename(tmp_path / "block.stl")
    with pytest.raises(InputError, match="leads out of"):
        read_asset(tmp_path / "robot" / root, "robot.urdf" if root else "urdf/robot.urdf", ImportOptions())


@pytest.mark.parametrize("encoding", ["utf-8", "latin-1", "utf-16", "utf-7", "rot13", "no-such"])
def test_a_file_is_read_as_utf_8_whatever_it_claims(tmp_path, encoding):
    for name, text in (
        ("robot.urdf", '<robot name="é"><link name="é"/></robot>'),
        ("robot.xml", '<mujoco><worldbody><body name="é"><geom size="1"/></body></worldbody></mujoco>'),
    ):
        (tmp_path / name).write_text(f'<?xml version="1.0" encoding="{encoding}"?>{text}', encoding="utf-8")
        assert read_asset(tmp_path, name, ImportOptions()).links[0].name == "é"


BALL = '<collision><geometry><sphere radius="1"/></geometry></collision>'
GEOM = '<geom size="1"/>'
JOINT = '<joint name="{0}" type="fixed"><parent link="{0}"/><child link="{1}"/></joint>'
URDF, MJCF = "<robot>{}</robot>", "<mujoco><worldbody>{}</worldbody></mujoco>"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (URDF.format("".join(f'<link name="{number}"/>' for number in range(501))), "501 links; at most 500"),
        (URDF.format('<link name="0"/>' + "".join(JOINT.format(n, n + 1) for n in range(501))), "501 joints"),
        (URDF.format(f'<link name="0">{BALL * 5001}</link>'), "5,001 shapes"),
        (URDF.format(f'<link name="0">{"<x/>" * 200_000}</link>'), "more than 200,000 elements"),
        (MJCF.format(f"<body>{GEOM}{f'<body>{GEOM}</body>' * 500}</body>"), "more than 500 bodies"),
        (MJCF.format(f"<body>{GEOM * 10_000}</body>"), "too large"),
        (MJCF.format('<body name="b"><geom size="1"/><geom name="b/geom_0" size="1"/></body>'), "repeated name"),
        (MJCF.format(f"<body>{GEOM}</body>{GEOM * 1000}"), "1,001 elements in its world"),
        (MJCF.format(f'<body>{GEOM}<body><joint ref="1e20"/>{GEOM}</body></body>'), "is at 1e\\+20"),
        (MJCF.format(f'<body>{GEOM}<body><joint stiffness="1e200"/>{GEOM}</body></body>'), "stiffness='1e200'"),
        (MJCF.format(f'<body>{GEOM}<body><joint armature="NAN(7)"/>{GEOM}</body></body>'), r"'NAN\(7\)'"),
        (f"<mujoco><actuator>{'<motor/>' * 1001}</actuator></mujoco>", "1,001 actuators"),
    ],
)
def test_what_would_take_minutes_or_has_no_start_is_refused(tmp_path, text, says):
    name = "robot.urdf" if text.startswith("<robot") else "robot.xml"
    (tmp_path / name).write_text(text)
    with pytest.raises(InputError, match=says):
        read_asset(tmp_path, name, ImportOptions())


def test_names_that_are_given_often_become_different_ones(tmp_path):
    geoms = "".join(f'<geom name="{name}" size="1"/>' for name in ("a", "a_2", "a", "a", "b", "b"))
    (tmp_path / "robot.xml").write_text(MJCF.format(f"<body>{geoms}</body>"))
    shapes = read_asset(tmp_path, "robot.xml", ImportOptions()).shapes
    assert [shape.geom for shape in shapes] == ["a", "a_2", "a_3", "a_4", "b", "b_2"]
