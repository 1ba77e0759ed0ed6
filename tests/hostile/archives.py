"""Checkpoints whose archive or pickle isn't what PyTorch writes: tensors beyond their storage, and odd zip files."""

import io
import pickle
import struct
import zipfile
from collections import OrderedDict
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch._utils import _rebuild_parameter, _rebuild_tensor_v2

from gymctl.core.errors import InputError
from gymctl.policies.checkpoints.loading import load_checkpoint
from tests.hostile.cases import Case

_STORED = bytes(64)
_WEIGHT = "a2c_network.mu.weight"


class _Storage:
    """Stands for a storage in a pickle: a type, the name of the file that has it, and the number of its values."""

    def __init__(self, key: Any = "0", count: Any = 16, kind: Any = torch.FloatStorage, place: Any = "cpu") -> None:
        self.id = ("storage", kind, key, place, count)


class _Rebuilt:
    """Pickles as a call of an allowed function."""

    def __init__(self, function: Callable[..., Any], *arguments: Any) -> None:
        self._call = function, arguments

    def __reduce__(self) -> Any:
        return self._call


class _Pickler(pickle.Pickler):
    def persistent_id(self, obj: Any) -> Any:
        return obj.id if isinstance(obj, _Storage) else None


def _tensor(offset: Any, size: Any, stride: Any, storage: Any = None, grad: Any = False) -> Any:
    return _Rebuilt(_rebuild_tensor_v2, storage or _Storage(), offset, size, stride, grad, OrderedDict())


_TENSORS: dict[str, Any] = {
    "beyond its storage": lambda: _tensor(0, (4, 400), (400, 1)),
    "just beyond": lambda: _tensor(0, (17,), (1,)),
    "an offset beyond": lambda: _tensor(15, (4, 4), (4, 1)),
    "a far offset": lambda: _tensor(2**62, (1, 4), (4, 1)),
    "an offset below": lambda: _tensor(-4, (1, 4), (4, 1)),
    "a negative stride": lambda: _tensor(15, (1, 4), (4, -1)),
    "a far stride": lambda: _tensor(0, (2, 4), (2**62, 1)),
    "a stride without end": lambda: _tensor(0, (3, 4), (2**63 - 1, 2**63 - 1)),
    "no stride": lambda: _tensor(0, (10**6, 10**6), (0, 0)),
    "strides too few": lambda: _tensor(0, (1, 4), (1,)),
    "a negative size": lambda: _tensor(0, (-1, 4), (4, 1)),
    "a size of 2^62": lambda: _tensor(0, (2**62, 4), (4, 1)),
    "sizes that overflow": lambda: _tensor(0, (2**32, 2**32), (0, 0)),
    "a size beyond 64 bits": lambda: _tensor(0, (2**70,), (1,)),
    "1,000 dimensions": lambda: _tensor(0, (1,) * 1000, (1,) * 1000),
    "sizes that are texts": lambda: _tensor(0, ("1", "4"), ("4", "1")),
    "sizes that are none": lambda: _tensor(0, None, None),
    "with a gradient": lambda: _tensor(0, (1, 4), (4, 1), grad=True),
    "no storage": lambda: _tensor(0, (1, 4), (4, 1), storage={}),
    "a storage of 2^62": lambda: _tensor(0, (1, 4), (4, 1), _Storage(count=2**62)),
    "a storage of 400 GB": lambda: _tensor(0, (1, 4), (4, 1), _Storage(count=10**11)),
    "a larger storage": lambda: _tensor(0, (1, 17), (17, 1), _Storage(count=17)),
    "a negative storage": lambda: _tensor(0, (1, 4), (4, 1), _Storage(count=-1)),
    "a storage of no number": lambda: _tensor(0, (1, 4), (4, 1), _Storage(count="16")),
    "a missing storage": lambda: _tensor(0, (1, 4), (4, 1), _Storage(key="1")),
    "a storage above": lambda: _tensor(0, (1, 4), (4, 1), _Storage(key="../data.pkl")),
    "a storage in /etc": lambda: _tensor(0, (1, 4), (4, 1), _Storage(key="/etc/passwd")),
    "a storage without a name": lambda: _tensor(0, (1, 4), (4, 1), _Storage(key=None)),
    "a storage with escapes": lambda: _tensor(0, (1, 4), (4, 1), _Storage(key="\x1b[2J\n")),
    "a storage on a GPU": lambda: _tensor(0, (1, 4), (4, 1), _Storage(place="cuda:99")),
    "a storage nowhere": lambda: _tensor(0, (1, 4), (4, 1), _Storage(place="\x1b[2J")),
    "a storage of a number": lambda: _tensor(0, (1, 4), (4, 1), _Storage(kind=3)),
    "doubles": lambda: _tensor(0, (1, 16), (16, 1), _Storage(kind=torch.DoubleStorage)),
    "a parameter of a number": lambda: _Rebuilt(_rebuild_parameter, 3, True, OrderedDict()),
    "a parameter of a parameter": lambda: _Rebuilt(
        _rebuild_parameter, _Rebuilt(_rebuild_parameter, _tensor(0, (1, 4), (4, 1)), True, OrderedDict()), True, {}
    ),
    "too few arguments": lambda: _Rebuilt(_rebuild_tensor_v2),
    "hooks": lambda: _Rebuilt(_rebuild_tensor_v2, _Storage(), 0, (1, 4), (4, 1), False, {"x": print}),
    "a state of its own": lambda: _Rebuilt(OrderedDict, [(1, 2)]),
}


def _pickled(content: Any) -> bytes:
    data = io.BytesIO()
    _Pickler(data, 2).dump(content)
    return data.getvalue()


def _honest() -> bytes:
    return _pickled({"model": {_WEIGHT: _tensor(0, (1, 4), (4, 1))}})


def _archive(path: Path, pickled: bytes, more: dict[str, bytes] | None = None, **options: Any) -> None:
    with zipfile.ZipFile(path, "w", **options) as archive:
        files = {
            "a/data.pkl": pickled,
            "a/data/0": _STORED,
            "a/version": b"3\n",
            "a/byteorder": b"little",
            **(more or {}),
        }
        for name, content in files.items():
            archive.writestr(name, content)


def _many(path: Path) -> None:
    _archive(path, _honest(), {f"a/data/{number}": b"" for number in range(1, 60_000)})


def _safetensors(path: Path) -> None:
    header = b'{"a2c_network.mu.weight": {"dtype": "F32", "shape": [1, 4], "data_offsets": [0, 16]}}'
    path.write_bytes(struct.pack("<Q", len(header)) + header + bytes(16))


def _other_zip(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("word/document.xml", "<x/>")


def _packed(path: Path) -> None:
    """Small beside a large member that is stored, but a thousand times larger than its own share of the file."""
    random = bytes(range(256)) * 40_000
    _archive(path, _honest(), {"a/data/1": random}, compression=zipfile.ZIP_STORED)
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        archive.writestr("a/data/2", bytes(80_000_000))


def _link(path: Path) -> None:
    _archive(path, _honest())
    with zipfile.ZipFile(path, "a") as archive:
        entry = zipfile.ZipInfo("a/data/1")
        entry.external_attr = 0o120777 << 16
        archive.writestr(entry, "/etc/passwd")


def _twice(path: Path) -> None:
    _archive(path, _honest())
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("a/data.pkl", _pickled({"model": print}))


def _patched(signature: bytes, offset: int, new: bytes) -> Callable[[Path], None]:
    """An archive with bytes exchanged in its first header of a kind."""

    def make(path: Path) -> None:
        _archive(path, _honest())
        data = bytearray(path.read_bytes())
        at = data.index(signature) + offset
        data[at : at + len(new)] = new
        path.write_bytes(bytes(data))

    return make


_LOCAL, _CENTRAL, _END = b"PK\3\4", b"PK\1\2", b"PK\5\6"
_ARCHIVES: dict[str, Callable[[Path], None]] = {
    "60,000 members": _many,
    "safetensors": _safetensors,
    "a long safetensors": lambda path: path.write_bytes(struct.pack("<Q", 2**63) + b"{"),
    "a document": _other_zip,
    "a member packed 1,000 times": _packed,
    "an archive in an archive": lambda path: (
        _archive(path, _honest()),
        _archive(path, path.read_bytes(), {"b.pth": path.read_bytes()}),
    ),
    "a link": _link,
    "two pickles": _twice,
    "names that lead out": lambda path: _archive(
        path, _honest(), {"../x": b"x", "/tmp/canary": b"x", "a/../../x": b"x"}
    ),
    "names with escapes": lambda path: _archive(
        path, _honest(), {"a/\x1b[2J": b"x", "a/\u202e": b"x", "a/" + "x" * 9000: b""}
    ),
    "two folders": lambda path: _archive(path, _honest(), {"b/data.pkl": _honest()}),
    "another version": lambda path: _archive(path, _honest(), {"a/version": b"9" * 300}),
    "no version": lambda path: _archive(path, _honest(), {"a/version": b""}),
    "other bytes first": lambda path: _archive(path, _honest(), {"a/byteorder": b"big"}),
    "another order": lambda path: _archive(path, _honest(), {"a/byteorder": b"\x1b[2J"}),
    "an alignment": lambda path: _archive(path, _honest(), {"a/.format_version": b"\xff" * 99}),
    "code beside it": lambda path: _archive(path, _honest(), {"a/code/__torch__.py": b"x", "a/constants.pkl": b"x"}),
    "compressed": lambda path: _archive(path, _honest(), compression=zipfile.ZIP_DEFLATED),
    "compressed by LZMA": lambda path: _archive(path, _honest(), compression=zipfile.ZIP_LZMA),
    "encrypted": _patched(_CENTRAL, 8, b"\1\0"),
    "a wrong CRC": _patched(_CENTRAL, 16, bytes(4)),
    "4 GB in a member": _patched(_CENTRAL, 20, b"\xff" * 8),
    "nothing in a member": _patched(_CENTRAL, 20, bytes(8)),
    "a member elsewhere": _patched(_CENTRAL, 42, b"\xff\xff\xff\x7f"),
    "a member in a member": _patched(_CENTRAL, 42, struct.pack("<I", 1)),
    "a long name": _patched(_CENTRAL, 28, b"\xff\xff"),
    "a long local name": _patched(_LOCAL, 26, b"\xff\xff"),
    "another local name": _patched(_LOCAL, 30, b"b/xxxx.pkl"),
    "an unknown method": _patched(_CENTRAL, 10, b"\x63\0"),
    "65,535 members": _patched(_END, 8, b"\xff\xff\xff\xff"),
    "no members": _patched(_END, 8, bytes(4)),
    "a directory elsewhere": _patched(_END, 12, b"\xff" * 8),
    "a comment without an end": _patched(_END, 20, b"\xff\xff"),
    "on another disk": _patched(_END, 4, b"\1\0\1\0"),
    "code in front": lambda path: (_archive(path, _honest()), path.write_bytes(b"#!/bin/sh\n" + path.read_bytes()))[0],
}


def cases() -> Iterator[Case]:
    """Every odd tensor and archive."""
    for name, make in _TENSORS.items():
        yield Case("archive", f"a tensor: {name}", partial(_try_tensor, make))
    for name, build in _ARCHIVES.items():
        yield Case("archive", name, partial(_try, build))


def _try_tensor(make: Callable[[], Any], directory: Path) -> None:
    _try(lambda path: _archive(path, _pickled({"model": {_WEIGHT: make()}})), directory)


def _try(build: Callable[[Path], object], directory: Path) -> None:
    """Loads a file. What is let through has weights that can be read to their last value."""
    path = directory / "policy.pth"
    build(path)
    checkpoint, refused = None, None
    try:
        checkpoint = load_checkpoint(path)
    except InputError as error:
        refused = error
    assert refused is None or len(refused.what) < 600, "a refusal that floods the terminal"
    assert list(directory.iterdir()) == [path]
    if checkpoint is not None:
        assert all(bool(value.isfinite().all()) for value in checkpoint["model"].values())
