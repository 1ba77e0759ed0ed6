"""Files that only look like checkpoints: they would run code, eat memory, or crash what reads them."""

import os
import pickle
import warnings
import zipfile
from collections import deque
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import torch

Builder = Callable[[Path], None]
"""Writes a file; what would run code creates ``canary`` beside it."""


class Calls:
    """Calls a function when it is unpickled."""

    def __init__(self, function: Callable[..., Any], *arguments: Any) -> None:
        self.call = function, arguments

    def __reduce__(self) -> tuple[Any, ...]:
        return self.call


def calls(path: Path) -> dict[str, Calls]:
    """Ways to create the canary."""
    import importlib
    import runpy
    import shutil
    import subprocess

    canary, shell = str(path.with_name("canary")), f"touch '{path.with_name('canary')}'"
    return {
        "os.system": Calls(os.system, shell),
        "os.open": Calls(os.open, canary, os.O_CREAT),
        "os.mkdir": Calls(os.mkdir, canary),
        "builtins.eval": Calls(eval, f"open({canary!r}, 'w')"),
        "builtins.exec": Calls(exec, f"open({canary!r}, 'w')"),
        "builtins.open": Calls(open, canary, "w"),
        "builtins.getattr": Calls(getattr, "text", "upper"),
        "subprocess.Popen": Calls(subprocess.Popen, ["touch", canary]),
        "subprocess.check_output": Calls(subprocess.check_output, ["touch", canary]),
        "functools.partial": Calls(partial, os.system, shell),
        "importlib.import_module": Calls(importlib.import_module, "antigravity"),
        "runpy.run_path": Calls(runpy.run_path, canary),
        "torch.load": Calls(torch.load, canary),
        "torch.hub.load": Calls(torch.hub.load, "nobody/nothing", "model"),
        "shutil.copy": Calls(shutil.copy, __file__, canary),
    }


def _checkpoint(**more: Any) -> dict[str, Any]:
    model = {"a2c_network.mu.weight": torch.ones(1, 4), "a2c_network.sigma": torch.zeros(1)}
    return {"model": model, "epoch": 1, "frame": 1, "optimizer": {}, **more}


def _saved(content: Any, **options: Any) -> Builder:
    def build(path: Path) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            torch.save(content(path) if callable(content) else content, path, **options)

    return build


def _calling(name: str) -> Builder:
    return _saved(lambda path: _checkpoint(env_state=calls(path)[name]))


def _with_pickle(data: Callable[[], bytes]) -> Builder:
    """A real archive with another pickle in it."""

    def build(path: Path) -> None:
        torch.save(_checkpoint(), path)
        with zipfile.ZipFile(path) as archive:
            files = {name: archive.read(name) for name in archive.namelist()}
        with zipfile.ZipFile(path, "w") as archive:
            for name, content in files.items():
                archive.writestr(name, data() if name.endswith("data.pkl") else content)

    return build


def _in_a_dict(value: bytes) -> Callable[[], bytes]:
    """A pickle of ``{"model": value}``, the value given as opcodes."""
    return lambda: b"\x80\x02}X\x05\x00\x00\x00model" + value + b"s."


def _doubling(levels: int) -> Any:
    tree: Any = {}
    for _ in range(levels):
        tree = {"a": tree, "b": tree}
    return tree


def _within_itself() -> Any:
    tree: dict[str, Any] = {"model": {}}
    tree["model"]["model"] = tree
    return tree


def _bytes(content: bytes) -> Builder:
    return lambda path: path.write_bytes(content) and None


def _part(begin: float, end: float) -> Builder:
    def build(path: Path) -> None:
        torch.save(_checkpoint(), path)
        whole = path.read_bytes()
        path.write_bytes(whole[int(begin * len(whole)) : int(end * len(whole))])

    return build


def _zip_of_zeros(size: int, entries: int = 1) -> Builder:
    def build(path: Path) -> None:
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
            archive.writestr("archive/data.pkl", pickle.dumps({"model": {}}, 2))
            for index in range(entries):
                archive.writestr(f"archive/data/{index}", bytes(size))

    return build


def _sparse_file(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(10**11)


_LONG_20_GB = b"\x8a\x05" + (20 * 10**9).to_bytes(5, "little")
_INT_1_GB = b"J" + (2**30 + 2**29).to_bytes(4, "little")
_DTYPE_20_GB = b"cnumpy\ndtype\nX\x0c\x00\x00\x00V20000000000\x89\x88\x87R"

RUN_CODE: dict[str, Builder] = {
    **{name: _calling(name) for name in calls(Path("x"))},
    "a class of our own": _saved(_checkpoint(env_state=Path("somewhere"))),
    "deque": _saved(_checkpoint(env_state=deque([1]))),
    "a whole module": _saved({"model": torch.nn.Linear(2, 2)}),
    "before PyTorch 1.6": _saved(
        lambda path: _checkpoint(x=calls(path)["os.system"]), _use_new_zipfile_serialization=False
    ),
    **{
        f"bare pickle {protocol}": (
            lambda path, protocol=protocol: path.write_bytes(pickle.dumps(calls(path)["os.system"], protocol)) and None
        )
        for protocol in range(6)
    },
}
"""Would run code if they were unpickled freely."""

TAKE_MEMORY: dict[str, Builder] = {
    "bytearray of 20 GB": _with_pickle(_in_a_dict(b"cbuiltins\nbytearray\n" + _LONG_20_GB + b"\x85R")),
    "bytearray of 1.5 GB": _with_pickle(_in_a_dict(b"cbuiltins\nbytearray\n" + _INT_1_GB + b"\x85R")),
    "scalar of 20 GB": _with_pickle(_in_a_dict(b"cnumpy.core.multiarray\nscalar\n" + _DTYPE_20_GB + b"\x85R")),
    "tensor of 20 GB": _with_pickle(_in_a_dict(b"ctorch\nTensor\n" + _LONG_20_GB + b"\x85R")),
    "zip bomb": _zip_of_zeros(100_000_000),
    "zip bomb of many": _zip_of_zeros(1_000_000, 200),
    "doubled 60 times": _with_pickle(lambda: pickle.dumps(_doubling(60), 2)),
    "a model doubled 60 times": _with_pickle(lambda: pickle.dumps({"model": _doubling(60)}, 2)),
    "100,000 lists in lists": _with_pickle(_in_a_dict(b"]" * 100_000 + b"a" * 99_999)),
    "1,000,000 tuples as a key": _with_pickle(_in_a_dict(b"})" + b"\x85" * 1_000_000 + b"Ns")),
    "5 MB of pickle": _with_pickle(_in_a_dict(b"X\x00\x00\x50\x00" + b"x" * 5_242_880)),
    "100 GB of nothing": _sparse_file,
    "an expanded tensor": _saved({"model": {"a2c_network.mu.weight": torch.ones(1).expand(10**9, 10**9)}}),
}
"""Would take memory, or the stack, without end."""

DAMAGED: dict[str, Builder] = {
    "empty": _bytes(b""),
    "one byte": _bytes(b"\x80"),
    "text": _bytes("kein Prüfpunkt\n".encode() * 100),
    "zeros": _bytes(bytes(100_000)),
    "an image": _bytes(b"\x89PNG\r\n\x1a\n" + bytes(1000)),
    "only the zip's magic": _bytes(b"PK\x03\x04"),
    "an empty zip": _bytes(b"PK\x05\x06" + bytes(18)),
    **{f"the first {share:.0%}": _part(0, share) for share in (0.1, 0.5, 0.9, 0.99)},
    "the last half": _part(0.5, 1),
    "within itself": _with_pickle(lambda: pickle.dumps(_within_itself(), 2)),
    "no pickle": _with_pickle(lambda: b""),
    "a cut pickle": _with_pickle(lambda: pickle.dumps({"model": 1}, 2)[:-4]),
    "an unknown opcode": _with_pickle(lambda: b"\x80\x02\xff."),
    "a directory": lambda path: path.mkdir(),
    "a link to itself": lambda path: path.symlink_to(path),
    "a link to nothing": lambda path: path.symlink_to("nothing"),
    "a device": lambda path: path.symlink_to("/dev/zero"),
    "a pipe": lambda path: os.mkfifo(path),
    "a number": _saved(3),
    "a list": _saved([torch.ones(2)]),
    "no model": _saved({"weights": torch.ones(2)}),
    "a model of numbers": _saved({"model": {"a2c_network.mu.weight": 3}}),
    "numbers for names": _saved({"model": {1: torch.ones(2)}}),
    "NaN": _saved({"model": {"a2c_network.mu.weight": torch.full((1, 4), torch.nan)}}),
    "no policy": _saved({"model": {"layer.weight": torch.ones(2)}}),
    "a mean of rank 3": _saved({"model": {"a2c_network.mu.weight": torch.ones(1, 2, 3)}}),
    "an empty mean": _saved({"model": {"a2c_network.mu.weight": torch.ones(0, 0)}}),
    "complex weights": _saved({"model": {"a2c_network.mu.weight": torch.ones(1, 4, dtype=torch.complex64)}}),
    "sparse weights": _saved({"model": {"a2c_network.mu.weight": torch.ones(2, 2).to_sparse()}}),
}
"""Hold no usable network."""
