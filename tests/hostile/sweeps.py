"""Sweeps that a stranger may have packed: records, runs behind links, and settings that reach out of the folder."""

import json
import os
import tempfile
from collections.abc import Callable, Iterator
from functools import cache, partial
from pathlib import Path
from typing import Any

from gymctl.core.errors import InputError
from gymctl.sweep import planning, running
from gymctl.sweep.record import NAME, RUNNING, Record, read_record
from gymctl.sweep.training import TrialTraining, job_of
from tests.helpers.warm import run_python
from tests.hostile.cases import Case
from tests.hostile.runs import TEXTS, VALUES, mutated, shown, state

_CODE = """
import sys
from pathlib import Path
from gymctl.sweep import planning
from gymctl.sweep.training import TrialTraining, job_of
planning.find_spec = lambda package: package
rates = "train.params.config.learning_rate=1e-3,2e-3,3e-3"
short = ["train.params.config.horizon_length=4", "train.params.config.save_frequency=1"]
settings = {"num_envs": 2, "max_iterations": 2, "sim_device": "cpu", "rl_device": "cpu"}
wishes = planning.Wishes(trials=3)
record, _ = planning.plan_sweep("Cartpole", [rates, *short], wishes, settings=settings, runs_dir=Path(sys.argv[1]))
planning.begin(record)
for trial in record.trials[:2]:
    TrialTraining(job_of(record, 1, None), trial, lambda score, epochs: "SIGINT").run()
record.write()
"""
_SOME = ("NaN", "5000 digits", "1e308", "-1", "null", "..", "raw escape", "surrogate", "100,000 words", "500 levels")
"""Of the values, those that a part of a trial has in its place."""
_FILE = "FILE"
"""Stands for a file outside in a setting, as does CODE for one with a class."""
_NO_SUCH_DEVICE = "sim_device=cuda:99"
"""With which the exit code may be 3, which is that of a device that is missing."""
_OVERRIDES = (
    *("task.name=CODE", "++task.name=CODE", "task={name: CODE}", "task_name=CODE", "task=CODE", "train=CODE"),
    *("checkpoint=FILE", "++checkpoint=FILE", "train={params: {load_checkpoint: true, load_path: FILE}}"),
    *("wandb_activate=True", "++wandb_activate=True", "wandb_logcode_dir=/", "+wandb_settings={base_url: http://evil}"),
    *("experiment=../../evil", "experiment=FILE", "train.params.config.full_experiment_name=../../evil"),
    *("num_envs=100000000", "num_threads=1000000", "train.params.config.minibatch_size=1", "capture_video=True"),
    *("train.params.network.mlp.units=[100000,100000]", "train.params.config.horizon_length=1000000000"),
    *(
        "seed=-1",
        "multi_gpu=True",
        "max_iterations=-1",
        _NO_SUCH_DEVICE,
        "physics_engine=mujoco_warp",
        "a",
        "~seed",
    ),
    *("task.env.resetDist=${oc.env:HOME}", "+x=" + "[" * 80, "+y=" + "1" * 5000, "train=../../../outside/file"),
)


def cases() -> Iterator[Case]:
    """All of them."""
    keys, trial_keys, run_keys = _keys()
    for key in keys:
        for name, value in VALUES.items():
            yield _case(f"{key}: {name}", partial(_set, (key,), value))
    for name in _SOME:
        for key in trial_keys:
            yield _case(f"{key} of a trial: {name}", partial(_set, ("trials", 1, key), VALUES[name]))
        for key in run_keys:
            yield _case(f"{key} of a run: {name}", partial(_set, ("trials", 1, "runs", 0, key), VALUES[name]))
    for name, value in VALUES.items():
        yield _case(f"the whole: {name}", partial(_write, value))
        yield _case(f"a value of a trial: {name}", partial(_set, ("trials", 1, "values", _keys_of_space()[0]), value))
        yield _case(f"a choice: {name}", partial(_set, ("space", _keys_of_space()[0]), f"[1, {value}]"))
    for number in range(100):
        yield _case(f"changed {number}", partial(_mutate, number))
    for text in _OVERRIDES:
        codes = (0, 1, 2, 3) if text == _NO_SUCH_DEVICE else (0, 1, 2)
        yield _case(f"the setting {text[:60]}", partial(_set_override, text), codes)
        yield _case(f"varies {text[:60]}", partial(_set_space, text))
    for name, text in TEXTS.items():
        if name != "not UTF-8":
            yield _case(f"a text: {name}", partial(_set_text, text))
    for name, change in {**_LINKS, **_CROWDS}.items():
        yield _case(name, change)


def _case(name: str, spoil: Callable[[Path], object], codes: tuple[int, ...] = (0, 1, 2)) -> Case:
    return Case("sweep", name, partial(_resume, spoil, ["--json"] if len(name) % 2 else [], codes))


def _resume(spoil: Callable[[Path], object], as_json: list[str], codes: tuple[int, ...], directory: Path) -> None:
    """Spoils a sweep and goes on with it, without Ray, which gets nothing but what is checked before."""
    outside, sweep = directory / "outside", directory / "sweeps" / "S"
    outside.mkdir()
    (outside / "file").write_text("mine")
    (outside / "evil.py").write_text(f"open({str(directory / 'canary')!r}, 'w')\n")
    for name, content in _files().items():
        (sweep / name).parent.mkdir(parents=True, exist_ok=True)
        (sweep / name).write_bytes(content)
    _copied(sweep, outside)
    spoil(sweep)
    before = state(outside)
    planning.find_spec = lambda package: package  # type: ignore[assignment]
    running.run_sweep = _run_without_ray  # type: ignore[assignment]
    shown("sweep", "--resume", "sweeps/S", *as_json, codes=codes, all_if_failed=True)
    assert state(outside) == before, "something outside was touched"
    assert {path.name for path in directory.iterdir()} == {"outside", "sweeps"}, "something was made outside"
    assert {path.name for path in sweep.parent.iterdir()} == {"S"}, "something was made outside"
    assert not [path for path in sweep.rglob("wandb*") if "trial" in str(path)], "curves were sent"


def _run_without_ray(record: Record, resources: Any, **how: Any) -> None:
    how["on_start"](1)
    for trial in record.missing[:2]:
        trial.status = RUNNING
        TrialTraining(job_of(record, 1, how["config_dir"]), trial, lambda score, epochs: "SIGINT").run()
        how["on_change"](trial)
    record.write()
    try:
        read_record(record.directory)
    except InputError as error:
        raise AssertionError(f"a record that was read and written can't be read again: {error}") from error


@cache
def _files() -> dict[str, bytes]:
    """A sweep of three trials, of which two were interrupted, by its files' names."""
    with tempfile.TemporaryDirectory() as directory:  # in a process of its own, since threads are lost in a fork
        (program := Path(directory) / "program.py").write_text(_CODE)
        done = run_python([program, Path(directory) / "sweeps"], Path(directory))
        assert done.returncode == 0, done.stderr
        (sweep,) = (Path(directory) / "sweeps").iterdir()
        return {str(path.relative_to(sweep)): path.read_bytes() for path in sweep.rglob("*") if path.is_file()}


def _content() -> dict[str, Any]:
    return json.loads(_files()[NAME])


def _keys() -> tuple[list[str], ...]:
    content = _content()
    trial = content["trials"][1]
    return list(content), list(trial), list(trial["runs"][0])


def _keys_of_space() -> list[str]:
    return list(_content()["space"])


def _copied(sweep: Path, outside: Path) -> None:
    """Another run of the user's, which a link may lead to."""
    (first,) = sweep.glob("trial-01*")
    for path in first.rglob("*"):
        copy = outside / "run" / path.relative_to(first)
        if path.is_file():
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(path.read_bytes())


def _write(text: str | bytes, sweep: Path) -> None:
    (sweep / NAME).write_bytes(text.encode("utf-8", "surrogateescape") if isinstance(text, str) else text)


def _mutate(seed: int, sweep: Path) -> None:
    _write(mutated(_files()[NAME], seed), sweep)


def _set(path: tuple[str | int, ...], text: str, sweep: Path) -> None:
    """Puts a text in the place of a value."""
    content: Any = _content()
    place = content
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = "<HERE>"
    _write(json.dumps(content).replace('"<HERE>"', text), sweep)


def _named(text: str, sweep: Path) -> str:
    outside = sweep.parent.parent / "outside"
    return text.replace("FILE", str(outside / "file")).replace("CODE", f"{outside / 'evil.py'}:Evil")


def _set_override(text: str, sweep: Path) -> None:
    content = _content()
    _set(("overrides",), json.dumps([*content["overrides"], _named(text, sweep)]), sweep)


def _set_space(text: str, sweep: Path) -> None:
    """As a key that varies, with the text of a trial's value that YAML would read as something else."""
    key, _, value = _named(text, sweep).partition("=")
    content = _content()
    content["space"] = {key: [value, {"name": value}], f"{key}={value} #": [1]}
    for trial in content["trials"]:
        trial["values"] = dict.fromkeys(content["space"], value)
    _write(json.dumps(content), sweep)


def _set_text(text: str, sweep: Path) -> None:
    content = _content()
    content |= {"name": text, "status": text, "commands": [[text]], text: text, "versions": {text: text}}
    content["trials"][1] |= {"error": text}
    _write(json.dumps(content), sweep)


def _linked(name: str, target: str) -> Callable[[Path], object]:
    """Puts a link in the place of a file or a directory of the sweep."""

    def spoil(sweep: Path) -> None:
        (path,) = sweep.glob(name) if "*" in name else [sweep / name]
        if os.path.lexists(path):
            path.rename(path.with_name(f"was {path.name}"))
        path.symlink_to(target)

    return spoil


_LINKS = {
    f"{name} leads to {target}": _linked(name, target)
    for name in (NAME, "trial-01*", "trial-02*", "ray.log", "tune", ".ray-x")
    for target in ("../../outside/run", "../../outside/file", "..", ".", "nothing", "/dev/zero", "/etc", NAME)
}


def _changed(**fields: Any) -> Callable[[Path], object]:
    return lambda sweep: _write(json.dumps(_content() | fields), sweep)


def _many_trials(number: int, **values: Any) -> Callable[[Path], object]:
    def spoil(sweep: Path) -> None:
        content = _content()
        trial = content["trials"][2]
        content["trials"] = [trial | values] * number
        _write(json.dumps(content | {"num_trials": number}), sweep)

    return spoil


def _long_key(sweep: Path) -> None:
    """The best trial varies a key that is as long as a book."""
    content, key = _content(), "+task.env." + "x" * 1_000_000
    content["space"], content["trials"] = {key: [1, 2, 3]}, content["trials"][:1]
    content["trials"][0] |= {"values": {key: 1}, "status": "completed", "objective": 1.0}
    _write(json.dumps(content), sweep)


_CROWDS: dict[str, Callable[[Path], object]] = {
    "a long key": _long_key,
    "10,000 trials": _many_trials(10_000),
    "10,000 trials with errors": _many_trials(10_000, error="x" * 400, status="failed"),
    "10,000 trials that are done": _many_trials(10_000, status="completed", objective=1.0),
    "100,001 trials": _many_trials(100_001),
    "100,000 trials yet to be drawn": _changed(num_trials=100_000, space={"seed": "1..1000000:int"}, trials=[]),
    "values of which one is rare": _changed(
        num_trials=8, space={key: [1] * 50_000 + [2] for key in ("seed", "num_envs", "num_threads")}, trials=[]
    ),
    "10,000 keys": _changed(space={f"key{number}": [1, 2] for number in range(10_000)}, trials=[]),
    "100 keys": _changed(space={f"+task.env.key{number}": [1, 2] for number in range(100)}, trials=[]),
    "1,000 seeds": _changed(seeds=1_000),
    "20,000 settings": _changed(overrides=[f"+task.env.key{number}=1" for number in range(20_000)]),
    "a setting of 10 MB": _changed(overrides=["+task.env.key=" + "x" * 10_000_000]),
    "50 MB of lists": lambda sweep: _write("[" + "[]," * 16_000_000 + "[]]", sweep),
    "40 MB of text": _changed(name="x" * 40_000_000),
    "100,000 commands": _changed(commands=[["x"]] * 100_000),
    "100,000 facts": lambda sweep: _write(json.dumps(_content() | {f"fact{n}": n for n in range(100_000)}), sweep),
    "a range without end": _changed(space={"seed": "-1e308..1e308"}, trials=[]),
    "a range of huge integers": _changed(space={"seed": "1..1e308:log:int"}, trials=[]),
    "a record of 100 GB": lambda sweep: os.truncate(sweep / NAME, 10**11),
    "a pipe": lambda sweep: ((sweep / NAME).unlink(), os.mkfifo(sweep / NAME)),
    "no record": lambda sweep: (sweep / NAME).unlink(),
    "no runs": lambda sweep: [path.rename(sweep / "gone") for path in sweep.glob("trial-01*")],
}
