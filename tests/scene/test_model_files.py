"""Models from strangers: their files are in their folder, and they end."""

import os
import struct

import mujoco
import pytest

from gymctl.core.errors import InputError
from gymctl.scene.model_files import read_model

TETRAHEDRON = "v 0 0 0\nv 1 0 0\nv 0 1 0\nv 0 0 1\nf 1 3 2\nf 1 2 4\nf 2 3 4\nf 1 4 3\n"
MESH = '<mujoco><asset><mesh name="m" file="{}"/></asset><worldbody><geom type="mesh" mesh="m"/></worldbody></mujoco>'
BODY = '<mujoco><worldbody><body name="b"><geom size="1"/></body></worldbody></mujoco>'


@pytest.fixture
def folder(tmp_path):
    """A folder for a model, beside a mesh and a model that it has no business with."""
    folder = tmp_path / "mine" / "model"
    (folder / "parts").mkdir(parents=True)
    (folder / "parts/m.obj").write_text(TETRAHEDRON)
    (folder / "parts/b.xml").write_text(BODY)
    for name, text in {"m.obj": TETRAHEDRON, "b.xml": BODY}.items():
        (tmp_path / "mine" / name).write_text(text)
    (tmp_path / "m.obj").write_text(TETRAHEDRON)
    (folder / "link").symlink_to(tmp_path / "mine")
    (folder / "m.obj").symlink_to("parts/m.obj")
    return folder


def written(folder, text, name="model.xml"):
    (folder / name).write_text(text)
    return folder / name


@pytest.mark.parametrize(
    "text",
    [
        MESH.format("parts/m.obj"),
        MESH.format("parts/../parts/m.obj"),
        MESH.format("m.obj"),
        MESH.format("m.obj").replace("<asset>", '<compiler meshdir="parts"/><asset>'),
        MESH.format("elsewhere/m.obj").replace("<asset>", '<compiler strippath="true"/><asset>'),
        '<mujoco><include file="parts/b.xml"/></mujoco>',
    ],
)
def test_files_in_its_folder_are_read(folder, text):
    assert read_model(written(folder, text)).compile().ngeom == 1


OUTSIDE = {
    "a mesh above": MESH.format("../m.obj"),
    "a mesh by its whole path": MESH.format("{parent}/m.obj"),
    "a mesh behind a link": MESH.format("link/m.obj"),
    "a mesh above a link": MESH.format("link/../m.obj"),
    "a mesh with other slashes": MESH.format("..\\m.obj"),
    "characters in disguise": MESH.format("&#46;&#x2e;/m.obj"),
    "a folder of meshes": MESH.format("m.obj").replace("<asset>", '<compiler meshdir=".."/><asset>'),
    "a folder of assets": MESH.format("m.obj").replace("<asset>", '<compiler assetdir="{parent}"/><asset>'),
    "a missing mesh": MESH.format("../none.obj"),
    "another scheme": MESH.format("http://127.0.0.1/m.obj"),
    "a name of two lines": MESH.format("link\n/m.obj"),
    "an include": '<mujoco><include file="../b.xml"/></mujoco>',
    "an include in an include": '<mujoco><include file="parts/up.xml"/></mujoco>',
    "a model": '<mujoco><asset><model name="m" file="../b.xml"/></asset></mujoco>',
    "a texture": '<mujoco><asset><texture name="t" type="2d" file="../t.png"/></asset></mujoco>',
    "a side of a cube": '<mujoco><asset><texture name="t" type="cube" fileleft="/etc/passwd"/></asset></mujoco>',
    "a height field": '<mujoco><asset><hfield name="h" file="../h.png" size="1 1 1 1"/></asset></mujoco>',
    "a skin": '<mujoco><asset><skin name="s" file="/etc/passwd"/></asset></mujoco>',
    "a flexible mesh": '<mujoco><worldbody><flexcomp name="f" type="mesh" file="../m.obj"/></worldbody></mujoco>',
    "a mesh of a URDF": '<robot name="r"><link name="l"><visual><geometry><mesh filename="package://../m.obj"/>'
    "</geometry></visual></link></robot>",
}


@pytest.mark.parametrize("name", OUTSIDE)
def test_files_outside_its_folder_are_refused(folder, name):
    (folder / "parts/up.xml").write_text('<mujocoinclude><include file="../../b.xml"/></mujocoinclude>')
    with pytest.raises(InputError, match=r"outside|no file in its folder|several lines"):
        read_model(written(folder, OUTSIDE[name].replace("{parent}", str(folder.parent))))


def test_a_tasks_author_can_name_a_larger_folder(folder):
    path = written(folder, MESH.format("../m.obj"))
    assert read_model(path, folder.parent).compile().ngeom == 1
    with pytest.raises(InputError, match=r"names a file outside '.*mine'"):
        read_model(written(folder, MESH.format("../../m.obj")), folder.parent)
    with pytest.raises(InputError):
        read_model(path, folder / "parts")


def body(text):
    return f"<mujoco><worldbody>{text}</worldbody></mujoco>"


def asset(text):
    return f"<mujoco><asset>{text}</asset></mujoco>"


WRONG = {
    "no XML": ("hello", "no XML"),
    "empty": ("", "no XML"),
    "cut off": ("<mujoco><worldbody><body", "no XML"),
    "another root": ("<html/>", "can't read"),
    "entities": (
        '<!DOCTYPE m [<!ENTITY a "x"><!ENTITY b "&a;&a;&a;">]><mujoco model="&b;"/>',
        "declares a document type",
    ),
    "a file as an entity": (
        '<!DOCTYPE m [<!ENTITY a SYSTEM "file:///etc/passwd">]><mujoco>&a;</mujoco>',
        "declares a document type",
    ),
    "deep": (body("<body>" * 5000 + "</body>" * 5000), "levels deep"),
    "attributes": ("<mujoco {}/>".format(" ".join(f'a{i}=""' for i in range(1000))), "attributes"),
    "NaN": (body('<body pos="0 nan 0"/>'), "pos='0 nan 0' in <body>"),
    "infinite": (body('<geom size="-INF"/>'), "size='-INF'"),
    "a circle": ('<mujoco><include file="model.xml"/></mujoco>', "includes itself"),
    "a circle of models": (asset('<model name="m" file="model.xml"/>'), "includes itself"),
    "copies": (body('<replicate count="1000000000"><geom size="1"/></replicate>'), "too many"),
    "copies of copies": (
        body('<replicate count="1000">' * 3 + '<geom size="1"/>' + "</replicate>" * 3),
        "too many",
    ),
    "a grid": (body('<flexcomp type="grid" name="f" count="9999 9999 9999"/>'), "too many"),
    "a large texture": (asset('<texture name="t" builtin="flat" width="1000000" height="1000000"/>'), "values"),
    "many textures": (
        asset("".join(f'<texture name="t{i}" builtin="flat" width="4000" height="4000"/>' for i in range(9))),
        "values",
    ),
    "a large height field": (asset('<hfield name="h" nrow="1000000" ncol="1000000" size="1 1 1 1"/>'), "values"),
    "a fine mesh": (asset('<mesh name="m" builtin="supersphere" params="100000 1 1"/>'), "values|can't read"),
    "memory": ('<mujoco><size memory="100000G"/></mujoco>', "memory='100000G'"),
    "keys": ('<mujoco><size nkey="2000000000"/></mujoco>', "nkey='2000000000'"),
    "user data": ('<mujoco><size nuser_body="1e9"/></mujoco>', "nuser_body='1e9'"),
    "unknown elements": (body("<robot/>"), "can't read"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_no_model_has_is_refused_in_a_line(folder, name):
    text, told = WRONG[name]
    with pytest.raises(InputError, match=told):
        read_model(written(folder, text))


def test_models_attached_to_models_attached_to_models_are_counted(folder):
    for number in range(12):
        child = f'<asset><model name="m" file="m{number + 1}.xml"/></asset>'
        places = "".join(f'<frame><attach model="m" body="b" prefix="{i}"/></frame>' for i in range(10))
        text = f'<mujoco>{child}<worldbody><body name="b">{places}</body></worldbody></mujoco>'
        written(folder, text, f"m{number}.xml")
    written(folder, BODY, "m12.xml")
    with pytest.raises(InputError, match="too many"):
        read_model(folder / "m0.xml")


def test_a_picture_is_as_large_as_its_header_says(folder):
    size = struct.pack(">II", 100_000, 100_000)
    (folder / "t.png").write_bytes(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + size + bytes(100))
    with pytest.raises(InputError, match="values"):
        read_model(written(folder, asset('<texture name="t" type="2d" file="t.png"/>')))


@pytest.mark.parametrize("name", ["model.xml", "parts/m.obj"])
def test_pipes_and_directories_are_no_model(folder, name):
    path = written(folder, MESH.format("parts/m.obj"))
    (folder / name).unlink()
    os.mkfifo(folder / name)
    with pytest.raises(InputError, match="no regular file"):
        read_model(path)


def test_a_missing_model_is_told(folder):
    with pytest.raises(InputError, match="can't read the model"):
        read_model(folder / "none.xml")


def test_it_reads_as_mujoco_does(folder):
    path = written(folder, body('<replicate count="20" offset="1 0 0"><geom size="1"/></replicate>'))
    assert read_model(path).compile().ngeom == mujoco.MjModel.from_xml_path(str(path)).ngeom == 20
