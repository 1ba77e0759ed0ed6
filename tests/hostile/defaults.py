"""Files of defaults in a stranger's project: each is used or refused, whatever command is given there."""

import json
import os
import random
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from tests.hostile.cases import Case
from tests.hostile.runs import TEXTS, shown, valid_run

_KEYS = ("num_envs", "num-envs", "seed", "device", "engine", "physics", "runs_dir", "config_dir", "wandb", "x", "a.b")
_VALUES = {
    **{text: text for text in ("0", "-1", "1", "1e3", "nan", "-inf", "true", "[]", "{}", "2001-12-14", "1979-99-99")},
    **{text: text for text in ("1_0", "0x7f", "0o1", "0b1", "1__0", "+1", "'''\n'''", '"\\u0000"', '"\\ud800"', "")},
    "2**63": str(2**63),
    "400 digits": "9" * 400,
    "5,000 digits": "9" * 5_000,
    "500,000 digits": "9" * 500_000,
    "hexadecimal": "0x" + "f" * 500_000,
    "levels": "[" * 100_000,
    "500 levels": "[" * 500 + "]" * 500,
    "500 tables": "{a = " * 500 + "1" + "}" * 500,
    "100,000 values": "[" + "1," * 100_000 + "]",
    "another folder": '"../outside"',
    "the root": '"/"',
    "the home": '"~/out"',
    "nobody's home": '"~nobody-at-all/out"',
    "a link out": '"link/out"',
    "a GPU": '"cuda:99999999999999"',
    "shell": '"$(touch canary)"',
    "a class": '"os:system"',
    "tables": '{name = "x", __class__ = 1}',
}
_WHOLES = {
    "twice": "seed = 1\nseed = 2\n",
    "a long key": "a" * 500_000 + " = 1\n",
    "a deep key": "a." * 200_000 + "a = 1\n",
    "deep tables": "[" + "a." * 200_000 + "a]\n",
    "many tables": "".join(f"[a{number}]\n" for number in range(80_000)),
    "many keys": "".join(f"a{number} = 1\n" for number in range(80_000)),
    "tables of tables": "".join(f"[[a.b{number}]]\n" for number in range(50_000)),
    "quotes": '"' * 500_000,
    "a long text": 'device = "' + "x" * 1_000_000 + '"\n',
    "too long": "#" * 2_000_000,
    "NUL": "seed = 1\0\n",
    "escapes": "\x1b[2J = 1\n",
    "a key with escapes": '"\\u001b[2J" = 1\n',
    "returns": "seed = 1\rnum_envs = 2\n",
}
_BYTES = {"not UTF-8": b"seed = \xff", "a mark": b"\xef\xbb\xbfseed = 1\n", "UTF-16": "seed = 1\n".encode("utf-16")}
_SHAPES: dict[str, Callable[[Path], object]] = {
    "a pipe": os.mkfifo,
    "a directory": Path.mkdir,
    "100 GB of nothing": lambda path: (path.touch(), os.truncate(path, 10**11)),
    "unreadable": partial(Path.touch, mode=0),
    "/dev/zero": lambda path: path.symlink_to("/dev/zero"),
    "itself": lambda path: path.symlink_to(path.name),
    "nothing": lambda path: path.symlink_to("nothing"),
    "/etc/passwd": lambda path: path.symlink_to("/etc/passwd"),
}


def cases() -> Iterator[Case]:
    """All of them."""
    for key in _KEYS:
        for name, value in _VALUES.items():
            yield _case(f"{key}: {name}", "gymctl.toml", f"{key} = {value}\n".encode())
    for name, text in TEXTS.items():
        if name != "not UTF-8":
            for key in ("device", "runs_dir"):
                yield _case(f"{key}: a text, {name}", "gymctl.toml", f"{key} = {json.dumps(text)}\n".encode())
    for name, text in _WHOLES.items():
        yield _case(name, "gymctl.toml", text.encode())
        yield _case(f"{name}, in a table", "pyproject.toml", f"[tool.gymctl]\n{text}".encode())
    for file in ("gymctl.toml", "pyproject.toml"):
        for name, content in _BYTES.items():
            yield _case(f"{name}, {file}", file, content)
        for name, make in _SHAPES.items():
            yield Case("defaults", f"{name}, {file}", partial(_use, file, make))
    for seed in range(60):
        yield _case(f"changed {seed}", "gymctl.toml", _damaged(seed))


def _case(name: str, file: str, content: bytes) -> Case:
    return Case("defaults", name, partial(_use, file, lambda path: path.write_bytes(content)))


def _damaged(seed: int) -> bytes:
    chosen = random.Random(seed)
    content = bytearray(b'num_envs = 512\ndevice = "cpu"\nruns_dir = "experiments"\n[a]\nb = [1, {c = 2.5}]\n')
    for _ in range(chosen.randint(1, 10)):
        content[chosen.randrange(len(content))] = chosen.choice(b" \n=.,[]{}\"'\\#_0aA\xff\x00")
    return bytes(content[: chosen.randint(1, len(content))])


def _use(file: str, make: Callable[[Path], object], directory: Path) -> None:
    """Gives commands in a project that has such a file."""
    project, outside = directory / "project", directory / "outside"
    outside.mkdir()
    valid_run(outside / "Theirs_2026-01-01_10-00-00")
    valid_run(project / "runs" / "Ant_2026-01-01_10-00-00")
    (project / "link").symlink_to(outside)
    os.environ["XDG_CONFIG_HOME"] = str(directory / "home")
    os.environ.pop("GYMCTL_SETTINGS", None)
    os.chdir(project)
    make(project / file)
    before = sorted(directory.rglob("*"))
    for words in (["tasks"], ["config", "Cartpole"], ["runs"], ["train", "Cartpole", "--dry-run"]):
        out = shown(*words)
        assert "Theirs" not in out, "what is outside was listed"
    assert sorted(directory.rglob("*")) == before, "files were made"
