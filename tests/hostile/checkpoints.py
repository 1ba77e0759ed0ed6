"""Checkpoints with impossible contents, each played, exported and continued."""

import copy
import json
import tempfile
import warnings
from collections.abc import Callable, Iterator
from functools import cache, partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from gymctl.core.errors import InputError
from gymctl.learning.prepare import prepare_training
from gymctl.learning.session import run_training
from gymctl.policies.checkpoints.loading import load_checkpoint
from gymctl.policies.export.exporter import export
from gymctl.policies.find import find_policy_to_play
from gymctl.policies.modes import ActionMode
from gymctl.policies.origin import recorded_return
from gymctl.policies.play import load_policy
from gymctl.sim.devices import Backend
from tests.helpers.hostile import DAMAGED, RUN_CODE, TAKE_MEMORY
from tests.helpers.warm import run_gymctl
from tests.hostile.cases import Case

Keys = tuple[Any, ...]

_SHORT = {
    "Cartpole": ["train.params.config.horizon_length=4"],
    "Ant": [
        "train=AntSAC",
        "train.params.network.mlp.units=[8,8]",
        *(f"train.params.config.{key}" for key in ("replay_buffer_size=100", "batch_size=2", "num_warmup_steps=0")),
        "train.params.config.num_steps_per_episode=1",
    ],
}
"""Overrides for the shortest trainings, of PPO and of SAC."""
_CPU, _ON_CPU = torch.device("cpu"), {"sim_device": "cpu", "rl_device": "cpu"}

_MANY_ALIKE, _PARTS = ("model", "actor", "critic", "critic_target", "resume_state", "critic_optimizer"), 5

VALUES: dict[str, Any] = {
    "None": None,
    "True": True,
    "-1": -1,
    "2^53": 2**53,
    "2^63": 2**63,
    "2^64": 2**64,
    "-2^63": -(2**63),
    "2^2000": 2**2000,
    "1e308": 1e308,
    "-1e308": -1e308,
    "inf": float("inf"),
    "-inf": float("-inf"),
    "nan": float("nan"),
    "text": "x",
    "long text": "\x1b[2J a b" * 1000,
    "bytes": b"\x00",
    "a list": [],
    "a list of texts": ["x"] * 3,
    "two big numbers": (2.0, 2.0),
    "a dict": {},
    "numbers by number": {0: 1},
    "complex": complex(1, 2),
    "NumPy NaN": np.float32("nan"),
    "NumPy -1": np.int64(-1),
    "a tensor of one": torch.tensor(3),
    "a tensor of two": torch.tensor([1.0, 2.0]),
    "a tensor without values": torch.ones(2, device="meta"),
}
"""In the place of a number, a text, a list or a dict."""

TENSORS: dict[str, Callable[[Tensor], Any]] = {
    "meta": lambda t: t.to("meta"),
    "float8": lambda t: t.float().to(torch.float8_e4m3fn),
    "sparse": lambda t: t.float().to_sparse(),
    "quantised": lambda t: torch.quantize_per_tensor(t.float(), 0.1, 0, torch.qint8),
    "complex": lambda t: t.to(torch.complex64),
    "bool": lambda t: t.bool(),
    "int32": lambda t: t.float().nan_to_num().to(torch.int32),
    "uint16": lambda t: t.float().abs().to(torch.uint16),
    "float16": lambda t: t.to(torch.float16),
    "float64": lambda t: t.double(),
    "3e38": lambda t: torch.full_like(t.float(), 3e38),
    "-3e38": lambda t: torch.full_like(t.float(), -3e38),
    "1e300": lambda t: torch.full_like(t.double(), 1e300),
    "1e7": lambda t: torch.full_like(t.float(), 1e7),
    "-1": lambda t: torch.full_like(t, -1) if t.dtype != torch.uint8 else t,
    "NaN": lambda t: torch.full_like(t.float(), torch.nan),
    "infinite": lambda t: torch.full_like(t.float(), torch.inf),
    "empty": lambda t: t.flatten()[:0],
    "a number": lambda t: t.flatten()[:1].squeeze(),
    "flat": lambda t: t.flatten(),
    "one more": lambda t: torch.cat([t.flatten()] * 2),
    "one dimension more": lambda t: t[None],
    "expanded": lambda t: torch.ones(1, dtype=t.dtype).expand(10**6, 10**6),
    "expanded in its shape": lambda t: torch.ones((), dtype=t.dtype).expand(t.shape),
    "overlapping": lambda t: torch.ones(10_000, dtype=t.dtype).as_strided((100, 100), (1, 1)),
    "no rows": lambda t: torch.empty(2**40, 0, dtype=t.dtype),
    "a parameter": lambda t: nn.Parameter(t.float()),
    "its transpose": lambda t: t.mT if t.ndim == 2 else t.flip(0) if t.ndim else t,
    "nothing": lambda t: None,
    "a text": lambda t: "x",
    "a dict": lambda t: {},
}
"""In the place of a tensor."""


_EXPORTED = ("float16", "float64", "1e7", "a parameter", "3e38", "meta")
"""Changes after which a policy is exported too."""


def cases() -> Iterator[Case]:
    """Files that are no checkpoints, then changes of every part of real ones of PPO and SAC."""
    for name, build in {**DAMAGED, **TAKE_MEMORY}.items():
        yield Case("checkpoint", f"a file: {name}", partial(_try_file, build))
    for name, build in RUN_CODE.items():
        yield Case("checkpoint", f"code: {name}", partial(_try_file, build))
    for task in _SHORT:
        yield from _changed(task)
    for task in _SHORT:
        for seed in range(40):
            yield Case("checkpoint", f"{task}: bytes changed, {seed}", partial(_try_bytes, task, seed))


def _changed(task: str) -> Iterator[Case]:
    """Every value of a checkpoint in the place of others; of many alike ones, each in the place of some others."""
    content = _checkpoint(task)
    for index, keys in enumerate(_paths(content)):
        changes = list(TENSORS if isinstance(_at(content, keys), Tensor) else VALUES)
        some = changes[index % _PARTS :: _PARTS] if keys[0] in _MANY_ALIKE else changes
        for change in (*some, None):
            name = f"without {_dotted(keys)}" if change is None else f"{_dotted(keys)}: {change}"
            yield Case("checkpoint", f"{task}: {name}", partial(_try_changed, task, keys, change))


def _dotted(keys: Keys) -> str:
    return ".".join(map(str, keys))


def _paths(content: Any, keys: Keys = ()) -> Iterator[Keys]:
    if isinstance(content, dict):
        some = list(content)
        if keys and keys[-1] == "state":  # an optimizer's, alike for every weight
            some = list(dict.fromkeys([*some[:1], *some[-1:]]))
        for key in some:
            yield (*keys, key)
            yield from _paths(content[key], (*keys, key))
    elif isinstance(content, list) and content and isinstance(content[0], dict):
        yield (*keys, 0)
        yield from _paths(content[0], (*keys, 0))


def _at(content: Any, keys: Keys) -> Any:
    for key in keys:
        content = content[key]
    return content


@cache
def _checkpoint(task: str) -> dict[str, Any]:
    """What a training of one epoch leaves, the state to resume it included."""
    words = ["train", task, "--num-envs", "2", "--max-iterations", "1", "--device", "cpu", *_SHORT[task]]
    with tempfile.TemporaryDirectory() as directory:  # in a process of its own, since threads are lost in a fork
        done = run_gymctl([*words, "--runs-dir", directory, "--json"], Path(directory))
        assert done.returncode == 0, done.stderr
        return torch.load(json.loads(done.stdout)["last_checkpoint"], weights_only=True)


def _try_changed(task: str, keys: Keys, change: str | None, directory: Path) -> None:
    content = copy.deepcopy(_checkpoint(task))
    parent = _at(content, keys[:-1])
    if change is None:
        del parent[keys[-1]]
    else:
        like = parent[keys[-1]]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # sparse and quantised tensors are on their way out
            parent[keys[-1]] = TENSORS[change](like) if isinstance(like, Tensor) else VALUES[change]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.save(content, directory / "policy.pth")
    _use(task, directory / "policy.pth", exporting=change in _EXPORTED)


def _try_bytes(task: str, seed: int, directory: Path) -> None:
    path = directory / "policy.pth"
    torch.save(_checkpoint(task), path)
    data = np.frombuffer(path.read_bytes(), np.uint8).copy()
    rng = np.random.default_rng(seed)
    where = rng.integers(0, len(data), size=1 + seed % 8)
    data[where] = rng.integers(0, 256, size=len(where))
    path.write_bytes(data.tobytes())
    _use(task, path)


def _try_file(build: Callable[[Path], None], directory: Path) -> None:
    build(directory / "policy.pth")
    refused = 0
    try:
        load_checkpoint(directory / "policy.pth")
    except InputError:
        refused = 1
    assert not (directory / "canary").exists(), "the file's code was run"
    if not refused:
        _use("Cartpole", directory / "policy.pth")


def _use(task: str, path: Path, *, exporting: bool = False) -> None:
    """Plays, continues and sometimes exports a checkpoint: refusing it is right, anything else has to end well."""
    uses = (_play, _resume, _export) if exporting else (_play, _resume)
    refusals: list[InputError] = []
    for use in uses:
        try:
            use(task, path)
        except InputError as error:
            refusals.append(error)
    assert all(len(error.what) < 600 for error in refusals), "a refusal that floods the terminal"
    if len(refusals) == len(uses):
        raise refusals[0]


def _play(task: str, path: Path) -> None:
    source = find_policy_to_play(task, str(path), settings={"num_envs": 2}, overrides=_SHORT[task])
    policy = load_policy(source, ActionMode("learned"), Backend("mujoco", _CPU, _CPU))
    size = {"Cartpole": 4, "Ant": 60}[task]
    for scale in (0.0, 1.0, 5.0):
        assert policy.act(torch.full((2, size), scale)).isfinite().all(), "actions that are no numbers"
    recorded_return(path, load_checkpoint(path))


def _export(task: str, path: Path) -> None:
    source = find_policy_to_play(task, str(path), settings={"num_envs": 2}, overrides=_SHORT[task])
    assert export(source.config, path, "torchscript", path.with_suffix(".pt")).verified


def _resume(task: str, path: Path) -> None:
    training = prepare_training(
        task,
        settings={"num_envs": 2, "max_iterations": 2, **_ON_CPU},
        overrides=_SHORT[task],
        resume=str(path),
        runs_dir=path.parent / "runs",
    )
    load_checkpoint(run_training(training).last_checkpoint)
