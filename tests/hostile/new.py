"""Robot files of strangers that are given to ``gymctl new``: it writes a package or refuses them, and copies no more."""

import os
import random
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from gymctl.core.errors import InputError
from gymctl.scaffold.package import write_package
from tests.hostile.cases import Case
from tests.hostile.models import BROKEN, COUNTED, NUMBERS, PATHS, trapped_folder

_ROBOTS = Path(__file__).parents[1] / "data" / "robots"
_SECRET = "v 0.123456 7 7"
_MESHES = {
    "hopper.urdf": ('<box size="0.18 0.12 0.03"/>', '<mesh filename="{}"/>'),
    "arm.xml": ("<worldbody>", '<asset><mesh name="m" file="{}"/></asset><worldbody>'),
}
_NUMBERS_OF = {
    "a mass": '<mass value="5"/>',
    "a size": "0.18 0.12 0.03",
    "an inertia": "0.0001",
    "an effort": "80",
    "a limit": "2.4",
    "a place": "0 0 -0.28",
}
_PACKAGES = (
    "..",
    ".",
    "",
    "../x",
    "a/b",
    "/tmp/x",
    "a\0b",
    "a\nb",
    "-x",
    "x" * 300,
    "os",
    "gymctl",
    "é",
    "\x1b[2J",
    "class",
)
_MANIFESTS = {
    "nothing": b"",
    "no XML": b"<name>",
    "entities": b'<!DOCTYPE m [<!ENTITY a "robots">]><name>&a;</name>',
    "spaces": b"<name>" + b" " * 10**6,
    "many names": b"<name>x</name>" * 10**5,
    "large": b"x" * 10**7,
    "no UTF-8": b"<name>\xff</name>",
}


def cases() -> Iterator[Case]:
    """Paths that lead out, counts, numbers, broken XML, packages' manifests, names, and changes of real robots."""
    for robot, (old, new) in _MESHES.items():
        for name, path in PATHS.items():
            yield Case("new", f"{robot}: {name}", partial(_try_edited, robot, old, new.format(path)))
        for seed in range(40):
            yield Case("new", f"{robot}: changed, {seed}", partial(_try_changed, robot, seed))
    for name in (
        "home/me/secret.obj",
        "../secret.obj",
        "model/../../outside/file.obj",
        "model/out/file.obj",
        "x/./m.obj",
    ):
        mesh = _MESHES["hopper.urdf"][1].format(f"package://{name}")
        yield Case("new", f"the package {name}", partial(_try_edited, "hopper.urdf", _MESHES["hopper.urdf"][0], mesh))
    for name, text in _NUMBERS_OF.items():
        for number in NUMBERS:
            words = " ".join([number] * len(text.split())) if "<" not in text else f'<mass value="{number}"/>'
            yield Case("new", f"{name}: {number[:12]!r}", partial(_try_edited, "hopper.urdf", text, words))
    for name, text in COUNTED.items():
        for number in ("0", "1e9", "nan"):
            content = text.replace("{0}", "{}").replace("{}", number).encode()
            yield Case("new", f"{name}: {number!r}", partial(_try_bytes, "robot.xml", content))
    for name, content in BROKEN.items():
        for file in ("robot.xml", "robot.urdf"):
            yield Case("new", f"{file} is {name}", partial(_try_bytes, file, content))
    for name, content in _MANIFESTS.items():
        yield Case("new", f"package.xml: {name}", partial(_try_manifest, content))
    yield Case("new", "package.xml is a pipe", partial(_try_manifest, None))
    for package in _PACKAGES:
        yield Case("new", f"named {package[:12]!r}", partial(_try_package, package))
    yield Case("new", "many meshes", partial(_try_bytes, "robot.urdf", _many_meshes()))
    yield Case("new", "a tower of folders", _try_tower)


def _try(folder: Path, file: str, package: str = "my_robot", inside: Path | None = None) -> None:
    """Writes a package; whatever becomes of it, nothing but the package appears, and nothing from outside is in it."""
    target = folder.parent / "target"
    target.mkdir()
    for path in (folder.parent / "outside").iterdir():
        path.write_text(f"{_SECRET}\n{path.read_text()}")
    before, refused = sorted(folder.parent.rglob("*")), None
    try:
        write_package(package, folder / file, [], parent=target, inside=inside)
    except InputError as error:
        refused = error
    made = sorted(target.rglob("*"))
    assert sorted({*folder.parent.rglob("*")} - {*made}) == before, "something was written elsewhere"
    assert not (refused and made), "a refusal leaves something behind"
    assert refused is None or len(refused.what) < 3000, "a refusal that floods the terminal"
    assert {path.name for path in target.iterdir()} <= {package}
    for path in made:
        assert not path.is_symlink()
        assert not path.is_file() or _SECRET.encode() not in path.read_bytes(), f"{path} is from outside"


def _try_edited(robot: str, old: str, new: str, directory: Path) -> None:
    folder = trapped_folder(directory)
    text = (_ROBOTS / robot).read_text()
    assert old in text
    (folder / robot).write_text(text.replace(old, new))
    _try(folder, robot)


def _try_changed(robot: str, seed: int, directory: Path) -> None:
    folder = trapped_folder(directory)
    draw, data = random.Random(seed), (_ROBOTS / robot).read_bytes()
    for _ in range(1 + seed % 5):
        at, length = draw.randrange(len(data)), draw.choice([1, 4, 50])
        new = draw.choice(
            [b"", b"1e9", b"-1", b"nan", b'"', b"<", b"/>", data[at : at + length] * 2, b"\xff", b"{", b"<<"]
        )
        data = data[:at] + new + data[at + draw.choice([0, length]) :]
    (folder / robot).write_bytes(data)
    _try(folder, robot)


def _try_bytes(file: str, content: bytes, directory: Path) -> None:
    folder = trapped_folder(directory)
    (folder / file).write_bytes(content)
    _try(folder, file)


def _try_manifest(content: bytes | None, directory: Path) -> None:
    folder = trapped_folder(directory)
    if content is None:
        os.mkfifo(folder / "package.xml")
    else:
        (folder / "package.xml").write_bytes(content)
    old, new = _MESHES["hopper.urdf"]
    (folder / "hopper.urdf").write_text(
        (_ROBOTS / "hopper.urdf").read_text().replace(old, new.format("package://x/m.obj"))
    )
    _try(folder, "hopper.urdf")


def _try_package(package: str, directory: Path) -> None:
    folder = trapped_folder(directory)
    (folder / "arm.xml").write_bytes((_ROBOTS / "arm.xml").read_bytes())
    _try(folder, "arm.xml", package)


def _try_tower(directory: Path) -> None:
    folder = trapped_folder(directory)
    deep = folder
    for _ in range(200):
        deep = deep / "x"
    deep.mkdir(parents=True)
    (folder / "loop").symlink_to(folder)
    old, new = _MESHES["hopper.urdf"]
    (folder / "hopper.urdf").write_text(
        (_ROBOTS / "hopper.urdf").read_text().replace(old, new.format("package://x/m.obj"))
    )
    _try(folder, "hopper.urdf", inside=folder)


def _many_meshes() -> bytes:
    meshes = "".join(
        f'<visual><geometry><mesh filename="package://x/{i}.dae"/></geometry></visual>' for i in range(20_000)
    )
    return f'<robot name="r"><link name="a">{meshes}</link></robot>'.encode()
