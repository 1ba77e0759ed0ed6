"""URDF and MJCF files that a script for Isaac Gym loads, puts into envs and simulates."""

import os
import random
import socket
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import torch

from gymctl.core.errors import InputError
from gymctl.core.terminal import plain_text
from gymctl.isaacgym import gymapi
from gymctl.tasks.base import ASSETS
from tests.hostile.asset_texts import BROKEN, COUNTS, MJCF, NAMES, NUMBERS, PLACES, URDF
from tests.hostile.cases import Case
from tests.hostile.models import DATA

_MESH = "v 0 0 0\nv 1 0 0\nv 0 1 0\nv 0 0 1\nf 1 3 2\nf 1 2 4\nf 2 3 4\nf 1 4 3\n"
_SECRET_MODEL = '<mujoco><worldbody><body name="secret"><geom size="1"/></body></worldbody></mujoco>'
_PATHS = {
    "above": "../../outside/{}",
    "far above": "../" * 20 + "etc/passwd",
    "absolute": "/etc/passwd",
    "absolute, twice": "//etc/passwd",
    "by a link": "out/{}",
    "a link": "link-to-{}",
    "above a link": "out/../outside/{}",
    "above nothing": "none/../../../outside/{}",
    "with other slashes": "..\\..\\outside\\{}",
    "in disguise": "&#46;&#46;/&#46;&#46;&#x2F;outside&#47;{}",
    "of two lines": "out&#10;/../../../outside/{}",
    "with a NUL": "out/{}&#0;.obj",
    "a scheme": "file:///etc/passwd",
    "a scheme of two slashes": "file://../../outside/{}",
    "a package": "package://../../outside/{}",
    "a package with a path": "package:///etc/passwd",
    "another scheme": "http://127.0.0.1:9/{}",
    "a process": "/proc/self/environ",
    "a device": "/dev/zero",
    "without an end": "x/" * 100_000,
    "the folder": ".",
    "no name": "",
    "a pipe": "pipe.obj",
    "a circle of links": "circle.obj",
    "with control characters": "&#x9b;2J&#x202e;.obj",
}
_SHAPES: dict[str, Callable[[Path], object]] = {
    "a pipe": os.mkfifo,
    "a directory": os.mkdir,
    "a circle": lambda path: path.symlink_to(path.name),
    "a link to a device": lambda path: path.symlink_to("/dev/zero"),
    "a link out": lambda path: path.symlink_to("../../outside/model.xml"),
    "a socket": lambda path: socket.socket(socket.AF_UNIX).bind(path.name),
    "100 GB": lambda path: os.truncate(os.open(path, os.O_CREAT | os.O_WRONLY), 10**11),
    "60 MB of zeros": lambda path: os.truncate(os.open(path, os.O_CREAT | os.O_WRONLY), 60 * 10**6),
}
_GIVEN = ("../outside/model.xml", "../../outside/model.xml", "out/model.xml", "link-to-model.xml", "/etc/passwd", "")
_GIVEN += (
    ".",
    "..",
    "\0.urdf",
    "a\nb.urdf",
    "\x1b[2J.urdf",
    "\ud800.urdf",
    "x" * 5000 + ".urdf",
    "x/" * 5000 + ".urdf",
)


def cases() -> Iterator[Case]:
    """Paths that lead out, numbers, names and counts in every place, broken XML and meshes, and changes of models."""
    for place, text in PLACES.items():
        for name, path in _PATHS.items():
            file = path.format("model.xml" if place == "MJCF include" else "mesh.obj")
            yield Case("assets", f"{place} {name}", partial(_try_text, text.replace("{}", file)))
    for format, template in (("URDF", URDF), ("MJCF", MJCF)):
        for place, (default, others) in template.places.items():
            for number in (*NUMBERS, *others):
                text = template.filled(place, number)
                yield Case("assets", f"{format} {place} {default!r}: {_short(number)}", partial(_try_text, text))
        for place in template.names:
            for name in NAMES:
                yield Case(
                    "assets", f"{format} {place}: {_short(name)}", partial(_try_text, template.filled(place, name))
                )
    for name, make in COUNTS.items():
        yield Case("assets", name, lambda directory, make=make: _try_text(make(), directory))
    for name, content in BROKEN.items():
        yield Case("assets", name, partial(_try_bytes, content))
    for name, make in _SHAPES.items():
        for file in ("robot.urdf", "robot.xml"):
            yield Case("assets", f"{file} is {name}", partial(_try_shape, make, file))
        yield Case("assets", f"a mesh is {name}", partial(_try_mesh, make, "m.obj", "URDF collision"))
    for given in _GIVEN:
        yield Case("assets", f"given {_short(given)}", partial(_try_given, given))
    for file, (kind, contents) in DATA.items():
        for number, content in enumerate([*contents, b"", bytes(10_000), b"\xff" * 10_000] if kind == "mesh" else ()):
            for place in ("URDF collision", "MJCF mesh"):
                write = partial(Path.write_bytes, data=content)
                run = partial(_try_mesh, write, file, place)
                yield Case("assets", f"{place} {file}: content {number}", run)
    for asset in ("ant.xml", "humanoid.xml", "anymal.xml", "ingenuity.xml", "ball_balance.xml", "URDF", "MJCF"):
        for seed in range(40):
            yield Case("assets", f"{asset}: changed, {seed}", partial(_try_changed, asset, seed))


def _short(text: str) -> str:
    return f"{text[:16]!r} of {len(text)}"


def _try(directory: Path, file: str) -> None:
    """Loads and simulates an asset; whatever reaches the terminal meanwhile must be plain text.

    Args:
        directory: Of the case, with what `_folder` makes.
        file: Of the asset, in its root.
    """
    before, told = _there(directory), directory / "told"
    descriptor = os.open(told, os.O_CREAT | os.O_WRONLY)
    for number in (1, 2):
        os.dup2(descriptor, number)
    refused = None
    try:
        _simulate(directory / "shop" / "model", file)
    except InputError as error:
        refused = error
    shown = "".join(map(str, [refused, *getattr(refused, "__notes__", [])]))
    assert len(shown) < 3000, "a refusal that floods the terminal"
    assert plain_text(shown) == shown, f"a refusal that the terminal obeys: {shown!r}"
    sys.stderr.flush()
    written = told.read_bytes()
    assert len(written) < 3000, "notices that flood the terminal"
    assert plain_text(written.decode()) == written.decode(), f"notices that the terminal obeys: {written!r}"
    told.unlink()
    assert _there(directory) == before


def _simulate(root: Path, file: str) -> None:
    gym, params = gymapi.acquire_gym(), gymapi.SimParams()
    params.up_axis, params.gravity, params.use_gpu_pipeline = gymapi.UP_AXIS_Z, gymapi.Vec3(0, 0, -9.81), False
    sim = gym.create_sim(0, 0, gymapi.SIM_PHYSX, params)
    plane = gymapi.PlaneParams()
    plane.normal = gymapi.Vec3(0, 0, 1)
    gym.add_ground(sim, plane)
    options = gymapi.AssetOptions()
    options.fix_base_link = len(file) % 2 == 0
    asset = gym.load_asset(sim, str(root), file, options)
    names = gym.get_asset_rigid_body_names(asset)
    assert names
    assert "secret" not in names, "a model outside was read"
    meshes = [Path(mesh.file) for mesh in asset.source.spec.meshes if mesh.file]
    assert all(mesh.resolve().is_relative_to(root.parent) for mesh in meshes), "a mesh outside was read"
    for _ in range(2):
        env = gym.create_env(sim, gymapi.Vec3(-1, -1, 0), gymapi.Vec3(1, 1, 1), 2)
        actor = gym.create_actor(env, asset, gymapi.Transform(gymapi.Vec3(0, 0, 1)), "robot", 0, 0)
        assert len(gym.get_actor_dof_properties(env, actor)) == gym.get_asset_dof_count(asset)
    gym.prepare_sim(sim)
    states = gym.acquire_actor_root_state_tensor(sim).torch_tensor
    for _ in range(3):
        gym.simulate(sim)
    gym.refresh_actor_root_state_tensor(sim)
    assert torch.isfinite(states).all()
    gym.destroy_sim(sim)


def _folder(directory: Path) -> Path:
    """The root of the assets: what is in ``shop`` may be read, what is in ``outside`` may not."""
    folder = directory / "shop" / "model"
    folder.mkdir(parents=True)
    outside = directory / "outside"
    outside.mkdir()
    (outside / "mesh.obj").write_text(_MESH)
    (outside / "model.xml").write_text(_SECRET_MODEL)
    for name in ("mesh.obj", "model.xml"):
        (folder / f"link-to-{name}").symlink_to(outside / name)
    (folder / "own.obj").write_text(_MESH)
    (folder / "out").symlink_to(outside)
    (folder / "circle.obj").symlink_to("circle.obj")
    os.mkfifo(folder / "pipe.obj")
    os.chdir(folder)
    return folder


def _there(directory: Path) -> list[Path]:
    return sorted(directory.rglob("*"))


def _try_text(text: str, directory: Path) -> None:
    _try_bytes(text.encode("utf-8", "surrogatepass"), directory)


def _try_bytes(content: bytes, directory: Path) -> None:
    name = "robot.urdf" if b"<robot" in content else "robot.xml"
    (_folder(directory) / name).write_bytes(content)
    _try(directory, name)


def _try_shape(make: Callable[[Path], object], file: str, directory: Path) -> None:
    make(_folder(directory) / file)
    _try(directory, file)


def _try_given(file: str, directory: Path) -> None:
    _folder(directory)
    _try(directory, file)


def _try_mesh(make: Callable[[Path], object], file: str, place: str, directory: Path) -> None:
    folder, text = _folder(directory), PLACES[place].replace("{}", file)
    make(folder / file)
    name = "robot.urdf" if text.startswith("<robot") else "robot.xml"
    (folder / name).write_text(text)
    _try(directory, name)


def _try_changed(asset: str, seed: int, directory: Path) -> None:
    folder, draw = _folder(directory), random.Random(seed)
    own = {"URDF": URDF, "MJCF": MJCF}.get(asset)
    data = (ASSETS / asset).read_bytes() if own is None else own.filled().encode()
    for path in ASSETS.glob("*.xml"):
        (folder / path.name).write_bytes(path.read_bytes())
    for _ in range(1 + seed % 5):
        at, length = draw.randrange(len(data)), draw.choice([1, 4, 50])
        new = draw.choice([b"", b"1e9", b"-1", b"nan", b'"', b"<", b"/>", data[at : at + length] * 2, b"\xff"])
        data = data[:at] + new + data[at + draw.choice([0, length]) :]
    name = "robot.urdf" if asset == "URDF" else "robot.xml"
    (folder / name).write_bytes(data)
    _try(directory, name)
