"""Clips of motions, and lists of them, that a stranger may have made."""

import io
import json
import os
import pickle
import random
import struct
import zipfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch

from gymctl.core.errors import InputError
from gymctl.core.terminal import plain_text
from gymctl.motions.files import read_clips
from gymctl.motions.library import MotionLibrary
from gymctl.motions.npz import write_clip
from tests.hostile.cases import Case
from tests.hostile.runs import TEXTS, VALUES
from tests.motions.strider import made_clip, strider

_FRAMES = 6
_STILL = np.tile([1.0, 0.0, 0.0, 0.0], (_FRAMES, 1))
_ARRAYS: dict[str, Any] = {
    "fps": 30.0,
    "joint_names": np.array(["hip", "knee", "ankle"]),
    "joint_rotations": np.stack([_STILL] * 3, axis=1),
    "root_positions": np.zeros((_FRAMES, 3)),
    "root_rotations": _STILL,
}
_LAB: dict[str, Any] = {
    "fps": 30,
    "dof_names": np.array(["hip_x", "hip_y", "hip_z", "knee", "ankle"]),
    "dof_positions": np.zeros((_FRAMES, 5)),
    "body_names": np.array(["base"]),
    "body_positions": np.zeros((_FRAMES, 1, 3)),
    "body_rotations": _STILL[:, None],
}
_NUMBERS = (np.nan, np.inf, -np.inf, 1e308, -1e308, 1e-308, 1e9, -1.0, 0.0)
_FRAME = [0.1, *[0.0] * 43]
_LIST = "motions:\n- {file: walk.npz, weight: 1.0}\n"
_FILES = (
    "../outside.npz",
    "/etc/passwd",
    "link.npz",
    "out/outside.npz",
    "pipe.npz",
    ".",
    "",
    "walk.npz/..",
    "all.yaml",
    "out.yaml",
    "out/list.yaml",
)
_SHAPES: dict[str, Callable[[Path], object]] = {
    "a pipe": os.mkfifo,
    "a directory": os.mkdir,
    "a circle": lambda path: path.symlink_to(path.name),
    "a device": lambda path: path.symlink_to("/dev/zero"),
    "100 GB": lambda path: os.truncate(os.open(path, os.O_CREAT | os.O_WRONLY), 10**11),
    "15 MB of zeros": lambda path: path.write_bytes(bytes(15 * 10**6)),
}


def cases() -> Iterator[Case]:
    """Values and shapes of every array, changed bytes, bombs, texts and lists, and what a file can't be."""
    for layout, arrays in (("own", _ARRAYS), ("lab", _LAB)):
        for name in arrays:
            for what, value in _values(arrays[name]).items():
                run = partial(_try_npz, {**arrays, name: value})
                yield Case("clip", f"{layout} {name}: {what}", run)
            yield Case(
                "clip", f"{layout} without {name}", partial(_try_npz, {k: arrays[k] for k in arrays if k != name})
            )
        for seed in range(60):
            yield Case("clip", f"{layout} changed, {seed}", partial(_try_changed, arrays, seed))
    for name, make in _bombs().items():
        yield Case("clip", name, partial(_try_made, make, "walk.npz"))
    for name, make in _SHAPES.items():
        for file in ("walk.npz", "walk.txt", "walk.npy", "all.yaml"):
            yield Case("clip", f"{file} is {name}", partial(_try_made, make, file))
    for name, text in VALUES.items():
        places = (f'{{"Frames": {text}}}', f'{{"Frames": [{text}, {text}]}}', f'{{"x": {text}, "Frames": []}}', text)
        for number, place in enumerate(places):
            yield Case("clip", f"txt {name} in place {number}", partial(_try_text, place, "walk.txt"))
        frame = json.dumps([_FRAME, _FRAME]).replace("0.1", text)
        yield Case("clip", f"txt lasts {name}", partial(_try_text, f'{{"Frames": {frame}}}', "walk.txt"))
        for key in ("walk.npz", "1.0"):
            yield Case("clip", f"list {name} for {key}", partial(_try_text, _LIST.replace(key, text), "all.yaml"))
    for frames in ("[" + "[]," * 2_600_000 + "[]]", "[[" + "0," * 3_900_000 + "0]]"):
        yield Case("clip", f"txt of {frames[:5]}", partial(_try_text, f'{{"Frames": {frames}}}', "walk.txt"))
    for file in (*_FILES, *TEXTS.values()):
        text = _LIST.replace("walk.npz", json.dumps(file))
        yield Case("clip", f"list names {file[:20]!r} of {len(file)}", partial(_try_text, text, "all.yaml"))
    for source in (*_FILES, *TEXTS.values(), "amp_humanoid_walk"):
        yield Case("clip", f"given {source[:20]!r} of {len(source)}", partial(_try, source))
        yield Case("clip", f"a run names {source[:20]!r} of {len(source)}", partial(_try, source, of_run=True))


def _values(array: Any) -> dict[str, Any]:
    """Other arrays in the place of one."""
    array = np.asarray(array)
    others: dict[str, Any] = {
        "empty": array[..., :0] if array.ndim else np.zeros(0),
        "one more dimension": array[None],
        "texts": np.array(["\x1b[2J", "x" * 100_000]),
        "complex": array.astype(complex) if array.dtype.kind == "f" else np.array(1j),
        "objects": np.array([print, None], dtype=object),
        "records": np.zeros(3, dtype=[("a", "<f8"), ("\x1b[2J", "<U9")]),
        "times": np.zeros(3, dtype="datetime64[s]"),
        "many": np.zeros((10**7, *array.shape[1:])[: max(array.ndim, 1)], dtype=np.uint8),
        "one": array[:1] if array.ndim else array,
    }
    if array.dtype.kind in "fi":
        for number in _NUMBERS:
            changed = np.array(array, dtype=float)
            changed[...] = np.where(np.arange(array.size).reshape(array.shape) == array.size // 2, number, changed)
            others[f"{number}"] = changed
            others[f"all {number}"] = np.full(array.shape, number)
        others["big-endian halves"] = array.astype(">f2")
    return others


def _bombs() -> dict[str, Callable[[Path], object]]:
    def packed(shape: tuple[int, ...], descr: str = "<f8", size: int = 0, **how: Any) -> Callable[[Path], object]:
        header = str({"descr": descr, "fortran_order": False, "shape": shape}).encode().ljust(117) + b"\n"
        content = b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header + bytes(size)
        return lambda path: _zip({"fps.npy": content}, path, **how)

    return {
        "a shape of 10^15": packed((10**15,)),
        "a shape of 2^64": packed((2**64,)),
        "a negative shape": packed((-1,)),
        "no rows of 2^62": packed((0, 2**62)),
        "an item of 10^9 letters": packed((), "<U1000000000"),
        "items of no size": packed((10**9,), "<U0"),
        "100 MB packed": packed((), size=10**8, compression=zipfile.ZIP_DEFLATED),
        "200 MB packed": lambda path: _big(path, 200),
        "by LZMA": packed((), size=8, compression=zipfile.ZIP_LZMA),
        "a version of the future": lambda path: _zip({"fps.npy": b"\x93NUMPY\x09\x00" + bytes(99)}, path),
        "a pickle": lambda path: _zip({"fps.npy": pickle.dumps(os.getcwd)}, path),
        "350,000 arrays": _many,
        "a name twice": lambda path: (_zip({"fps.npy": b"x"}, path), _append(path, "fps.npy", b"y")),
        "names that lead out": lambda path: _zip({"../fps.npy": b"x", "/tmp/fps.npy": b"x"}, path),
    }


def _zip(files: dict[str, bytes], path: Path, **how: Any) -> None:
    with zipfile.ZipFile(path, "w", **how) as archive:
        for name, content in files.items():
            archive.writestr(name, content)


def _many(path: Path) -> None:
    """An archive that is its list of members, all without a name."""
    count, entry = 350_000, struct.pack("<4s6H3L5H2L", b"PK\1\2", 20, 20, *[0] * 14)
    ending = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, count % 65536, count % 65536, len(entry) * count, 0, 0)
    path.write_bytes(entry * count + ending)


def _append(path: Path, name: str, content: bytes) -> None:
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(name, content)


def _big(path: Path, megabytes: int) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("fps.npy", "w") as file:
        for _ in range(megabytes):
            file.write(bytes(10**6))


def _try(source: str, directory: Path, of_run: bool = False) -> None:
    """Reads clips and samples them; what is told of a refusal must be short plain text, and nothing may be written.

    Args:
        source: What names them.
        directory: An empty one.
        of_run: Whether a run's config says it, not the user.
    """
    model = strider()
    (directory / "shop").mkdir(exist_ok=True)
    os.chdir(directory / "shop")
    write_clip(directory / "outside.npz", made_clip(), model)
    Path("link.npz").symlink_to("../outside.npz")
    Path("out").symlink_to("..")
    Path("out.yaml").symlink_to("../list.yaml")
    Path("../list.yaml").write_text(_LIST.replace("walk", "outside"))
    os.mkfifo("pipe.npz")
    before = sorted(directory.rglob("*"))
    try:
        clips = read_clips(source, model, directory / "shop" if of_run else None)
    except InputError as refused:
        told = "".join(map(str, [refused, *getattr(refused, "__notes__", [])]))
        assert plain_text(told) == told, f"a refusal that the terminal obeys: {told!r}"
        assert len(told) < 3000 + 2 * len(source), "a refusal that floods the terminal"
    else:
        named = not of_run and source in ("../outside.npz", "link.npz", "out/outside.npz", "out/list.yaml")
        assert named or all(clip.name != "outside" for clip, _ in clips), "a clip outside was read"
        library = MotionLibrary([clip for clip, _ in clips], [weight for _, weight in clips], model, ["foot"], "cpu")
        states = library.states(torch.zeros(3, dtype=torch.long), torch.tensor([-1.0, 0.05, 1e9]))
        assert all(torch.isfinite(values).all() for values in (states.qpos, states.qvel, states.body_pos))
    assert sorted(directory.rglob("*")) == before


def _try_made(make: Callable[[Path], object], file: str, directory: Path) -> None:
    (directory / "shop").mkdir()
    make(directory / "shop" / file)
    _try(file, directory)


def _try_npz(arrays: dict[str, Any], directory: Path) -> None:
    _try_made(lambda path: np.savez_compressed(path, **arrays), "walk.npz", directory)


def _try_text(text: str, file: str, directory: Path) -> None:
    def make(path: Path) -> None:
        path.write_bytes(text.encode("utf-8", "surrogatepass"))
        np.savez(path.with_name("walk.npz"), **_ARRAYS)

    _try_made(make, file, directory)


def _try_changed(arrays: dict[str, Any], seed: int, directory: Path) -> None:
    draw, stream = random.Random(seed), io.BytesIO()
    np.savez(stream, **arrays)
    data = bytearray(stream.getvalue())
    for _ in range(1 + seed % 6):
        at = draw.randrange(len(data))
        data[at : at + draw.choice([1, 1, 4, 40])] = draw.randbytes(draw.choice([0, 1, 1, 4]))
    _try_made(lambda path: path.write_bytes(bytes(data)), "walk.npz", directory)
