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
