"""Meshes of URDFs that MuJoCo doesn't read itself: COLLADA and binary glTF."""

import mujoco
import numpy as np
import pytest
import trimesh

from gymctl.core.errors import InputError
from gymctl.scene.assets.asset import ImportOptions
from gymctl.scene.assets.collada import read_collada
from gymctl.scene.assets.reading import read_asset

BOX = "-1 -1 -1  1 -1 -1  1 1 -1  -1 1 -1  -1 -1 1  1 -1 1  1 1 1  -1 1 1"
SIDES = [(0, 3, 2, 1), (4, 5, 6, 7), (0, 1, 5, 4), (1, 2, 6, 5), (2, 3, 7, 6), (3, 0, 4, 7)]
QUADS = f"""<polylist count="6"><input semantic="VERTEX" source="#v" offset="0"/>
  <input semantic="NORMAL" source="#n" offset="1"/><vcount>{"4 " * 6}</vcount>
  <p>{" ".join(f"{corner} 0" for side in SIDES for corner in side)}</p></polylist>"""
TRIANGLES = f"""<triangles count="12"><input semantic="VERTEX" source="#v" offset="0"/>
  <p>{" ".join(f"{a} {b} {c} {a} {c} {d}" for a, b, c, d in SIDES)}</p></triangles>"""
POLYGONS = f"""<polygons count="6"><input semantic="VERTEX" source="#v" offset="0"/>
  {"".join(f"<p>{a} {b} {c} {d}</p>" for a, b, c, d in SIDES)}</polygons>"""
SCENE = """<library_visual_scenes><visual_scene id="S"><node id="outer"><translate>10 0 0</translate>
    <rotate>0 0 1 90</rotate><node id="inner"><matrix>1 0 0 0  0 2 0 0  0 0 1 5  0 0 0 1</matrix>
    <instance_geometry url="#box"/></node></node></visual_scene></library_visual_scenes>
  <scene><instance_visual_scene url="#S"/></scene>"""
"""Stretches the box along y, lifts it, turns it about z and moves it along x."""


def collada(faces=QUADS, scene=SCENE, positions=BOX, head="", unit="0.01"):
    """A COLLADA file of a box whose sides are 2 units."""
    return f"""<?xml version="1.0"?>{head}
<COLLADA xmlns="http://www.collada.org/2005/11/COLLADASchema" version="1.4.1">
  <asset><unit name="centimeter" meter="{unit}"/><up_axis>Y_UP</up_axis></asset>
  <library_geometries><geometry id="box"><mesh>
    <source id="p"><float_array id="pa" count="24">{positions}</float_array></source>
    <vertices id="v"><input semantic="POSITION" source="#p"/></vertices>{faces}</mesh></geometry></library_geometries>
  {scene}</COLLADA>"""


def robot(folder, mesh, content, *, kind="collision", scale="1 1 1"):
    """An asset with one link that has a mesh."""
    (folder / mesh).write_bytes(content if isinstance(content, bytes) else content.encode())
    inertial = '<inertial><mass value="1"/><inertia ixx="1" iyy="1" izz="1" ixy="0" ixz="0" iyz="0"/></inertial>'
    geometry = f'<{kind}><geometry><mesh filename="{mesh}" scale="{scale}"/></geometry></{kind}>'
    (folder / "robot.urdf").write_text(f'<robot name="r"><link name="a">{inertial}{geometry}</link></robot>')
    return read_asset(folder, "robot.urdf", ImportOptions())


def corners(asset):
    """Lowest and highest corner of the asset's one geom [m]."""
    model = asset.spec.copy().compile()
    rotation = np.zeros(9)
    mujoco.mju_quat2Mat(rotation, model.geom_quat[0])
    points = model.mesh_vert @ rotation.reshape(3, 3).T + model.geom_pos[0]
    return points.min(0), points.max(0)


@pytest.mark.parametrize("faces", [QUADS, TRIANGLES, POLYGONS], ids=["polylist", "triangles", "polygons"])
@pytest.mark.parametrize("kind", ["collision", "visual"])
def test_collada_is_read_with_its_unit_and_its_scene(tmp_path, faces, kind):
    low, high = corners(robot(tmp_path, "box.dae", collada(faces), kind=kind, scale="1 1 2"))
    assert low == pytest.approx([0.08, -0.01, 0.08], abs=1e-6)
    assert high == pytest.approx([0.12, 0.01, 0.12], abs=1e-6)


def test_without_a_scene_collada_has_all_its_geometries(tmp_path):
    low, high = corners(robot(tmp_path, "box.dae", collada(scene="")))
    assert (low, high) == (pytest.approx([-0.01] * 3), pytest.approx([0.01] * 3))


def test_a_node_may_be_shown_several_times():
    scene = """<library_nodes><node id="n"><translate>0 0 5</translate><instance_geometry url="#box"/></node>
      </library_nodes><library_visual_scenes><visual_scene id="S"><node><instance_node url="#n"/></node>
      <node><scale>2 2 2</scale><instance_node url="#n"/></node></visual_scene></library_visual_scenes>
      <scene><instance_visual_scene url="#S"/></scene>"""
    vertices, faces = read_collada(collada(scene=scene, unit="1").encode())
    assert (vertices.shape, faces.shape, faces.max()) == ((16, 3), (24, 3), 15)
    assert (vertices[:, 2].min(), vertices[:, 2].max()) == (4.0, 12.0)


def test_binary_gltf_is_read_with_its_scene(tmp_path):
    scene = trimesh.Scene()
    aside = trimesh.transformations.translation_matrix([1.0, 0.0, 0.0])
    scene.add_geometry(trimesh.creation.box((1.0, 2.0, 3.0)), transform=aside)
    low, high = corners(robot(tmp_path, "box.glb", scene.export(file_type="glb")))
    assert (low, high) == (pytest.approx([0.5, -1.0, -1.5]), pytest.approx([1.5, 1.0, 1.5]))


INSTANCES_OF_ITSELF = SCENE.replace("<instance_geometry", '<instance_node url="#outer"/><instance_geometry')
BAD = {
    "nothing": ("box.dae", ""),
    "text": ("box.dae", "solid box"),
    "no triangles": ("box.dae", collada(faces="")),
    "too few numbers": ("box.dae", collada(positions="0 0 0 1")),
    "words": ("box.dae", collada(positions="a b c")),
    "not finite": ("box.dae", collada(positions=BOX.replace("-1", "nan"))),
    "a vertex that isn't there": ("box.dae", collada(positions="0 0 0 1 1 1")),
    "other corners": ("box.dae", collada(QUADS.replace("4 4", "4 5", 1))),
    "entities": ("box.dae", collada(head='<!DOCTYPE x [<!ENTITY a "b">]>')),
    "a scene in itself": ("box.dae", collada(scene=INSTANCES_OF_ITSELF)),
    "a broken matrix": ("box.dae", collada(scene=SCENE.replace("0 0 0 1</matrix>", "</matrix>"))),
    "no unit": ("box.dae", collada(unit="long")),
    "no glTF": ("box.glb", "glTF" + "\0" * 100),
    "a short glTF": ("box.glb", trimesh.Scene(trimesh.creation.box()).export(file_type="glb")[:400]),
}


@pytest.mark.parametrize("name", BAD)
def test_a_file_that_is_broken_or_hostile_is_refused_for_collisions_and_left_out_of_looks(tmp_path, name):
    mesh, content = BAD[name]
    with pytest.raises(InputError, match="can't be read"):
        robot(tmp_path, mesh, content)
    asset = robot(tmp_path, mesh, content, kind="visual")
    assert asset.spec.copy().compile().ngeom == 0
    assert any("visual meshes are left out that can't be read" in note for note in asset.notes)


def test_other_formats_say_which_there_are(tmp_path):
    with pytest.raises(InputError, match=r"neither \.obj, \.stl, \.dae nor \.glb"):
        robot(tmp_path, "box.fbx", "")
