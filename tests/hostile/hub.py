"""Policies that anyone may have put on the Hugging Face Hub: what is told of them, their configs and their weights."""

import json
import os
import struct
from collections.abc import Callable, Iterator
from functools import cache, partial
from pathlib import Path
from typing import Any

import yaml

from gymctl.core.errors import GymctlError
from gymctl.policies import packaged
from gymctl.policies.hub.address import Address
from gymctl.policies.hub.package import ABOUT, CONFIG, WEIGHTS, pack, unpack
from gymctl.runs.directory import Run
from tests.hostile.cases import Case
from tests.hostile.runs import TEXTS, VALUES, mutated, shown

_REPO, _COMMIT = "eve/pole", "a" * 40
_COMMANDS = (
    ("play", "Cartpole", "--episodes", "1", "--num-envs", "1", "--device", "cpu"),
    ("play", "Cartpole", "--episodes", "1", "--num-envs", "1", "--device", "cpu", "--json"),
    ("export", "Cartpole", "--output", "policy.onnx"),
)
_PLACES = (
    *("task", "train", "seed", "num_envs", "sim_device", "physics", "checkpoint", "experiment", "task_name"),
    *("task.name", "task.env", "task.sim", "task.env.episodeLength", "train.params", "train.params.network"),
    *("train.params.algo.name", "train.params.network.mlp.units", "train.params.config.name"),
    *("train.params.config.train_dir", "train.params.load_path"),
)
"""Of the config."""
_LONGEST = 600
"""Characters of a refusal."""


def cases() -> Iterator[Case]:
    """All of them."""
    for name, value in VALUES.items():
        yield _case(f"{ABOUT} is {name}", partial(_write, ABOUT, value))
        yield _case(f"{CONFIG} is {name}", partial(_write, CONFIG, value))
        yield _case(f"{WEIGHTS} is {name}", partial(_write, WEIGHTS, value))
        for key in _about():
            yield _case(f"{key}, as told, is {name}", partial(_tell, key, value))
        for place in _PLACES:
            yield _case(f"{place} of the config is {name}", partial(_set, place, value))
    for name, text in TEXTS.items():
        if name != "not UTF-8":
            yield _case(f"texts: {name}", partial(_name, text))
    for number in range(60):
        for file in (ABOUT, CONFIG, WEIGHTS):
            yield _case(f"{file} changed {number}", partial(_mutate, file, number))
    for name, header in _HEADERS.items():
        yield _case(f"a header: {name}", partial(_put_header, header))


def _case(name: str, spoil: Callable[[dict[str, bytes]], object]) -> Case:
    return Case("hub", name, partial(_play, spoil, _COMMANDS[sum(map(ord, name)) % len(_COMMANDS)]))


def _play(spoil: Callable[[dict[str, bytes]], object], command: tuple[str, ...], directory: Path) -> None:
    """Takes a policy as if it had come from the Hub, and uses it."""
    files = dict(_files())
    spoil(files)
    came, kept = directory / "came", Run(directory / "cache/gymctl/hub" / _REPO.replace("/", "--") / _COMMIT)
    came.mkdir()
    kept.path.mkdir(parents=True)
    for name, content in files.items():
        (came / name).write_bytes(content)
    refused = None
    try:
        unpack(came, kept, Address(_REPO))
    except GymctlError as error:
        refused = error
    if refused is not None:
        assert len(refused.what) < _LONGEST, "a refusal that floods the terminal"
        return
    (kept.path / ABOUT).write_bytes(files[ABOUT])
    os.environ |= {"XDG_CACHE_HOME": str(directory / "cache"), "HF_HUB_OFFLINE": "1"}
    shown(command[0], command[1], f"hf://{_REPO}@{_COMMIT}", *command[2:])
    made = {path.name for path in directory.iterdir()} - {"came", "cache", "policy.onnx", "policy.onnx.json"}
    assert not made, f"{made} were made outside"


@cache
def _files() -> dict[str, bytes]:
    """An honest policy, as it is pushed."""
    located = packaged.locate("Cartpole")
    assert located.run is not None
    return pack(located.path, located.run)[1]


def _about() -> dict[str, Any]:
    return json.loads(_files()[ABOUT])


def _write(name: str, text: str, files: dict[str, bytes]) -> None:
    files[name] = text.encode("utf-8", "surrogateescape")


def _tell(key: str, text: str, files: dict[str, bytes]) -> None:
    _write(ABOUT, json.dumps(_about() | {key: "<HERE>"}).replace('"<HERE>"', text), files)


def _set(place: str, text: str, files: dict[str, bytes]) -> None:
    """Puts a text in the place of a value of the config, which may be a section."""
    config: Any = yaml.safe_load(files[CONFIG])
    *above, key = place.split(".")
    section = config
    for name in above:
        section = section[name]
    section[key] = "<HERE>"
    _write(CONFIG, json.dumps(config).replace('"<HERE>"', text), files)  # JSON is YAML


def _name(text: str, files: dict[str, bytes]) -> None:
    _write(ABOUT, json.dumps(_about() | {"task": text, "algorithm": text, "gymctl_version": text}), files)
    config = yaml.safe_load(files[CONFIG])
    config["task"]["name"] = config["experiment"] = config["train"]["params"]["config"]["name"] = text
    config[text] = {text: text}
    _write(CONFIG, json.dumps(config), files)


def _mutate(name: str, seed: int, files: dict[str, bytes]) -> None:
    files[name] = mutated(files[name], seed)


def _put_header(change: Callable[[dict[str, Any]], object], files: dict[str, bytes]) -> None:
    """Changes the description of the tensors."""
    content = files[WEIGHTS]
    (size,) = struct.unpack("<Q", content[:8])
    header = json.loads(content[8 : 8 + size])
    changed = change(header)
    text = json.dumps(changed if isinstance(changed, dict) else header).encode()
    files[WEIGHTS] = struct.pack("<Q", len(text)) + text + content[8 + size :]


def _all(**fields: Any) -> Callable[[dict[str, Any]], object]:
    """The same fields for all tensors."""
    return lambda header: {name: tensor | fields for name, tensor in header.items()}


_HEADERS: dict[str, Callable[[dict[str, Any]], object]] = {
    **{f"all are {dtype}": _all(dtype=dtype) for dtype in ("F64", "F16", "BF16", "I64", "BOOL", "F8_E4M3", "C64", "X")},
    "all are the first": lambda header: dict.fromkeys(header, next(iter(header.values()))),
    "all in no place": _all(data_offsets=[0, 0]),
    "all beyond": _all(data_offsets=[10**12, 10**12 + 4]),
    "all below": _all(data_offsets=[-4, 0]),
    "sizes of 2^40": _all(shape=[2**40]),
    "sizes that overflow": _all(shape=[2**33, 2**33]),
    "sizes of none": _all(shape=[]),
    "sizes of 0": _all(shape=[0], data_offsets=[0, 0]),
    "1,000 dimensions": _all(shape=[1] * 1000),
    "no tensors": lambda header: header.clear(),
    "odd names": lambda header: {f"\x1b[2J{name}": tensor for name, tensor in header.items()},
    "names that lead out": lambda header: {f"../../{name}": tensor for name, tensor in header.items()},
    "100,000 tensors of nothing": lambda header: (
        header | {f"x{number}": {"dtype": "F32", "shape": [0], "data_offsets": [0, 0]} for number in range(100_000)}
    ),
    "metadata": lambda header: header | {"__metadata__": {"\x1b[2J": "x" * 1_000_000}},
}
