"""Models that name files outside their folder, run on and on, fill the memory, or are damaged."""

import os
import random
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from gymctl.core.errors import InputError
from gymctl.scene.model_files import read_model
from gymctl.tasks.base import ASSETS
from gymctl.tasks.user_code import telling_where
from tests.hostile.cases import Case

_TRIANGLES = "v 0 0 0\nv 1 0 0\nv 0 1 0\nv 0 0 1\nf 1 3 2\nf 1 2 4\nf 2 3 4\nf 1 4 3\n"
PATHS = {
    "above": "../outside/file",
    "far above": "../" * 20 + "etc/passwd",
    "absolute": "/etc/passwd",
    "absolute, twice": "//etc/passwd",
    "by a link": "out/file",
    "above a link": "out/../outside/file",
    "above nothing": "none/../../outside/file",
    "with other slashes": "..\\outside\\file",
    "with dots and slashes": ".//./..//./outside/file",
    "in disguise": "&#46;&#46;&#x2F;outside&#47;file",
    "of two lines": "out\n/../../outside/file",
    "with a tab": "\t../outside/file",
    "a scheme": "file:///etc/passwd",
    "a package": "package://../outside/file",
    "a package with a path": "package:///etc/passwd",
    "a drive": "C:\\windows\\win.ini",
    "a process": "/proc/self/environ",
    "a device": "/dev/zero",
    "without an end": "x/" * 100_000,
    "the folder": ".",
    "no name": "",
    "a pipe": "pipe",
    "a circle of links": "circle",
}
_PLACES = {
    "include": '<mujoco><include file="{}"/></mujoco>',
    "model": '<mujoco><asset><model name="m" file="{}"/></asset></mujoco>',
    "a model of a type": '<mujoco><asset><model name="m" content_type="text/xml" file="{}"/></asset></mujoco>',
    "mesh": '<mujoco><asset><mesh name="m" file="{}"/></asset></mujoco>',
    "obj": '<mujoco><asset><mesh name="m" content_type="model/obj" file="{}"/></asset></mujoco>',
    "stl": '<mujoco><asset><mesh name="m" content_type="model/stl" file="{}"/></asset></mujoco>',
    "texture": '<mujoco><asset><texture name="t" type="2d" file="{}"/></asset></mujoco>',
    "cube": '<mujoco><asset><texture name="t" type="cube" fileup="{}"/></asset></mujoco>',
    "hfield": '<mujoco><asset><hfield name="h" size="1 1 1 1" file="{}"/></asset></mujoco>',
    "skin": '<mujoco><asset><skin name="s" file="{}"/></asset></mujoco>',
    "flexcomp": '<mujoco><worldbody><flexcomp name="f" type="mesh" file="{}"/></worldbody></mujoco>',
    "gmsh": '<mujoco><worldbody><flexcomp name="f" type="gmsh" file="{}"/></worldbody></mujoco>',
    "meshdir": '<mujoco><compiler meshdir="{}"/><asset><mesh name="m" file="file"/></asset></mujoco>',
    "texturedir": '<mujoco><compiler texturedir="{}"/><asset><texture name="t" file="f.png"/></asset></mujoco>',
    "assetdir": '<mujoco><compiler assetdir="{}"/><asset><mesh name="m" file="file"/></asset></mujoco>',
    "URDF mesh": '<robot name="r"><link name="l"><visual><geometry><mesh filename="{}"/></geometry></visual></link>'
    "</robot>",
    "URDF collision": '<robot name="r"><mujoco><compiler strippath="false"/></mujoco><link name="l"><collision>'
    '<geometry><mesh filename="{}"/></geometry></collision></link></robot>',
}
NUMBERS = ("0", "-1", "1e9", "2147483648", "-2147483649", "1e400", "9" * 400, "nan", "inf", "1 nan", "x", "", "0x7f")
COUNTED = {
    "replicate": '<mujoco><worldbody><replicate count="{}"><geom size="1"/></replicate></worldbody></mujoco>',
    "replicates": '<mujoco><worldbody><replicate count="99"><replicate count="{}"><geom size="1"/></replicate>'
    "</replicate></worldbody></mujoco>",
    "flexcomp": '<mujoco><worldbody><flexcomp name="f" type="grid" count="{0} {0} 1"/></worldbody></mujoco>',
    "texture": '<mujoco><asset><texture name="t" builtin="flat" width="{0}" height="{0}"/></asset></mujoco>',
    "hfield": '<mujoco><asset><hfield name="h" size="1 1 1 1" nrow="{0}" ncol="{0}"/></asset></mujoco>',
    "mesh": '<mujoco><asset><mesh name="m" builtin="supertorus" params="{} .5 .5 .5"/></asset></mujoco>',
    "numeric": '<mujoco><custom><numeric name="n" size="{}" data="1"/></custom></mujoco>',
    "user sensor": '<mujoco><sensor><user name="u" dim="{}"/></sensor></mujoco>',
    "camera": '<mujoco><worldbody><camera name="c" resolution="{0} {0}"/></worldbody></mujoco>',
    "picture": '<mujoco><visual><global offwidth="{0}" offheight="{0}"/></visual></mujoco>',
    **{
        f"size {name}": f'<mujoco><size {name}="{{}}"/></mujoco>'
        for name in ("memory", "nuserdata", "nkey", "nuser_body", "nuser_geom", "nstack", "njmax", "nconmax")
    },
    "mass": '<mujoco><worldbody><body><freejoint/><geom size="1" mass="{}"/></body></worldbody></mujoco>',
    "position": '<mujoco><worldbody><body pos="{0} {0} {0}"><freejoint/><geom size="1"/></body></worldbody></mujoco>',
    "size of a geom": '<mujoco><worldbody><geom size="{}"/></worldbody></mujoco>',
    "timestep": '<mujoco><option timestep="{}"/></mujoco>',
}
DATA = {
    "m.obj": (
        "mesh",
        [b"f 1 2 99999999999\n", b"v nan nan nan\n" * 4 + b"f 1 2 3\n", b"v 0 0 0\n" * 10, b"f -1 -2 -3\n"],
    ),
    "m.stl": ("mesh", [bytes(80) + b"\xff\xff\xff\xff", bytes(80) + b"\1\0\0\0" + b"\xff" * 50, b"solid x\n" * 99]),
    "m.msh": ("mesh", [b"\xff\xff\xff\x7f" * 4, b"\xff" * 16, bytes(16)]),
    "t.png": ("texture", [b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\1\x86\xa0\0\1\x86\xa0" + bytes(99), b"\x89PNG\r\n\x1a\n"]),
    "h.bin": ("hfield", [b"\xff\xff\xff\x7f\xff\xff\xff\x7f", b"\0\0\1\0\0\0\1\0", b"\xff" * 8]),
    "s.skn": ("skin", [b"\xff\xff\xff\x7f" * 4, b"\xff" * 16]),
}
"""Of each data file its place in a model, and what may stand in it."""


def cases() -> Iterator[Case]:
    """Every place of a path with paths that lead out, every count, broken XML, and changes of real models."""
    for place, text in _PLACES.items():
        for name, path in PATHS.items():
            yield Case("model", f"{place} {name}", partial(_try_text, text, path))
    for name, text in COUNTED.items():
        for number in NUMBERS:
            yield Case("model", f"{name}: {number[:12]!r}", partial(_try_text, text.replace("{0}", "{}"), number))
    for file, (place, contents) in DATA.items():
        for number, content in enumerate([*contents, b"", bytes(10_000), b"\xff" * 10_000]):
            text = _PLACES[place].replace("{}", file)
            yield Case("model", f"{file}: content {number}", partial(_try_data, text, file, content))
    for name, content in BROKEN.items():
        yield Case("model", name, partial(_try_bytes, content))
    for name, shape in {"a pipe": os.mkfifo, "a directory": os.mkdir, "a circle": _circle, "100 GB": _sparse}.items():
        yield Case("model", f"is {name}", partial(_try_shape, shape))
    for asset in ("ant.xml", "humanoid.xml", "anymal.xml", "ingenuity.xml", "ball_balance.xml"):
        for seed in range(40):
            yield Case("model", f"{asset}: changed, {seed}", partial(_try_changed, asset, seed))


BROKEN: dict[str, bytes] = {
    "nothing": b"",
    "zeros": bytes(10_000),
    "no XML": b"hello",
    "UTF-16": '<?xml version="1.0" encoding="utf-16"?><mujoco/>'.encode("utf-16"),
    "EBCDIC": b'<?xml version="1.0" encoding="cp037"?>' + "<mujoco/>".encode("cp037"),
    "no UTF-8": b'<mujoco model="\xff\xfe"/>',
    "a NUL": b'<mujoco model="a\0b"/>',
    "escapes": b'<mujoco model="&#27;[2J"><worldbody><body name="\x1b[2J"/></worldbody></mujoco>',
    "a billion laughs": b'<!DOCTYPE m [<!ENTITY a0 "ha">'
    + b"".join(b'<!ENTITY a%d "%s">' % (i + 1, b"&a%d;" % i * 10) for i in range(10))
    + b']><mujoco model="&a10;"/>',
    "quadratic entities": b'<!DOCTYPE m [<!ENTITY a "%s">]><mujoco model="%s"/>' % (b"x" * 10**5, b"&a;" * 10**5),
    "a file as an entity": b'<!DOCTYPE m [<!ENTITY a SYSTEM "file:///dev/zero">]><mujoco>&a;</mujoco>',
    "a DTD elsewhere": b'<!DOCTYPE m SYSTEM "http://127.0.0.1:9/x.dtd"><mujoco/>',
    "deep": b"<mujoco><worldbody>" + b"<body>" * 10**5 + b"</body>" * 10**5 + b"</worldbody></mujoco>",
    "deep and cut": b"<mujoco>" + b"<default>" * 10**6,
    "many elements": b"<mujoco><worldbody>" + b'<geom size="1"/>' * 10**6 + b"</worldbody></mujoco>",
    "many attributes": b"<mujoco %s/>" % b" ".join(b'a%d=""' % i for i in range(10**5)),
    "one attribute twice": b'<mujoco model="a" model="b"/>',
    "a long attribute": b'<mujoco model="%s"/>' % (b"x" * 10**7),
    "a long element": b"<%s/>" % (b"x" * 10**7),
    "a comment without an end": b"<mujoco><!-- " + b"-" * 10**6,
    "a circle": b'<mujoco><include file="model.xml"/></mujoco>',
    "a circle of models": b'<mujoco><asset><model name="m" file="model.xml"/></asset></mujoco>',
    "a plugin": b'<mujoco><extension><plugin plugin="/tmp/evil.so"/></extension></mujoco>',
    "two roots": b"<mujoco/><mujoco/>",
    "another root": b"<html/>",
    "nothing in a URDF": b"<robot/>",
    "a circle of links in a URDF": b'<robot name="r"><link name="a"/><link name="b"/>'
    b'<joint name="j" type="fixed"><parent link="a"/><child link="b"/></joint>'
    b'<joint name="k" type="fixed"><parent link="b"/><child link="a"/></joint></robot>',
}


class Stranger:
    """Stands for a user's task."""


def _try(folder: Path) -> None:
    """Reads and compiles a model; what compiling tells goes to the user as it does for a task."""
    before, refused = _there(folder), None
    try:
        with telling_where(Stranger, "build_model"):
            read_model(folder / "model.xml").compile()
    except InputError as error:
        refused = error
    assert refused is None or len(refused.what) < 3000, "a refusal that floods the terminal"
    assert _there(folder) == before


def _there(folder: Path) -> list[Path]:
    return sorted(folder.parent.rglob("*"))


def trapped_folder(directory: Path) -> Path:
    folder = directory / "model"
    folder.mkdir()
    (directory / "outside").mkdir()
    for name in ("file", "m.obj", "file.obj"):
        (directory / "outside" / name).write_text(_TRIANGLES)
    (folder / "out").symlink_to(directory / "outside")
    (folder / "circle").symlink_to("circle")
    os.mkfifo(folder / "pipe")
    return folder


def _try_text(text: str, filled: str, directory: Path) -> None:
    folder = trapped_folder(directory)
    (folder / "model.xml").write_text(text.replace("{}", filled))
    _try(folder)


def _try_bytes(content: bytes, directory: Path) -> None:
    folder = trapped_folder(directory)
    (folder / "model.xml").write_bytes(content)
    _try(folder)


def _try_data(text: str, file: str, content: bytes, directory: Path) -> None:
    folder = trapped_folder(directory)
    (folder / "model.xml").write_text(text)
    (folder / file).write_bytes(content)
    _try(folder)


def _try_shape(make: Callable[[Path], object], directory: Path) -> None:
    folder = trapped_folder(directory)
    make(folder / "model.xml")
    _try(folder)


def _try_changed(asset: str, seed: int, directory: Path) -> None:
    folder = trapped_folder(directory)
    for path in ASSETS.glob("*.xml"):
        (folder / path.name).write_bytes(path.read_bytes())
    draw, data = random.Random(seed), (ASSETS / asset).read_bytes()
    for _ in range(1 + seed % 5):
        at, length = draw.randrange(len(data)), draw.choice([1, 4, 50])
        new = draw.choice([b"", b"1e9", b"-1", b"nan", b'"', b"<", b"/>", data[at : at + length] * 2, b"\xff"])
        data = data[:at] + new + data[at + draw.choice([0, length]) :]
    (folder / "model.xml").write_bytes(data)
    _try(folder)


def _circle(path: Path) -> None:
    path.symlink_to(path.name)


def _sparse(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(10**11)
