"""Runs with more of everything than anybody reads, records as nobody writes them, and files that change meanwhile."""

import json
import os
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import HistogramProto, Summary, SummaryMetadata
from tensorboard.compat.proto.tensor_pb2 import TensorProto
from tensorboard.compat.proto.tensor_shape_pb2 import TensorShapeProto

from gymctl.core.errors import GymctlError
from gymctl.learning.starting import find_start
from gymctl.runs.checkpoints import checkpoint_files, locate_checkpoint
from gymctl.runs.directory import Run, create_run
from gymctl.runs.finding import list_runs
from gymctl.runs.history import read_history
from gymctl.runs.summary import checkpoints_of, summarize
from tests.hostile.cases import Case
from tests.hostile.runs import EVENTS, MANIFEST, event, record, scalar, shown, use_spoilt, valid_run

_NAME = "Ant_2026-01-01_10-00-00"
_RUN = f"./runs/{_NAME}"
_COMMANDS: dict[str, tuple[str, ...]] = {
    "runs": (),
    "show": ("show", _RUN),
    "show --json": ("show", _RUN, "--json"),
    "prune": ("prune", "--dry-run"),
    "plot": ("plot", _RUN, "-o", "x.svg"),
    "logs": ("logs", _RUN, "--lines", "5"),
    "logs --json": ("logs", _RUN, "--json"),
    "compare": ("compare", _RUN, _RUN),
    "report": ("report", _RUN, "--episodes", "0", "-o", "x.html"),
}


def cases() -> Iterator[Case]:
    """All cases of this module."""
    for name, make in _CROWDS.items():
        for command, words in _COMMANDS.items():
            yield Case("quantity", f"{name}: {command}", partial(_try_command, make, words))
        yield Case("quantity", f"{name}: checkpoint", partial(_try_search, make))
    for name, data in _RECORDS.items():
        yield Case("event file", f"a record: {name}", partial(_try_record, data))
    for name, change in _CHANGES.items():
        for use in _USES:
            yield Case("change", f"{name}, {use}", partial(_try_meanwhile, change, use))
    for name, make in _CROWDED_RUNS.items():
        yield Case("quantity", f"the runs: {name}", partial(_try_runs, make))


def _files(directory: Path, names: Iterator[str], content: bytes = b"") -> None:
    directory.mkdir(parents=True, exist_ok=True)
    opened = os.open(directory, os.O_RDONLY)
    for name in names:
        file = os.open(name, os.O_WRONLY | os.O_CREAT, dir_fd=opened)
        if content:
            os.write(file, content)
        os.close(file)
    os.close(opened)


def _in(directory: str, name: str, count: int, content: bytes = b"") -> Callable[[Path], object]:
    return lambda run: _files(run / directory, (name.format(number) for number in range(count)), content)


def _manifest(**fields: str) -> Callable[[Path], object]:
    """A manifest with some fields as they stand in the file."""

    def make(run: Path) -> None:
        written = {key: json.dumps(value) for key, value in MANIFEST.items()} | fields
        (run / "run.json").write_text("{" + ",".join(f'"{key}":{value}' for key, value in written.items()) + "}")

    return make


def _repeated(data: bytes, size: int) -> Callable[[Path], object]:
    return lambda run: (run / EVENTS).write_bytes(data * (size // len(data)))


def _many_links(run: Path) -> None:
    for number in range(3_000):
        (run / f"nn/last_Ant_ep_{number}_rew_1.pth").unlink(missing_ok=True)
        (run / f"nn/last_Ant_ep_{number}_rew_1.pth").symlink_to("Ant.pth")


def _tree(run: Path) -> None:
    for number in range(1000):
        (run / f"videos/{number}/a/b").mkdir(parents=True)


_SEGMENT = '{"number":1,"after_epoch":0,"after_env_steps":0,"changed":{}}'
_SCALARS = b"".join(scalar("rewards/step", step, 1.0) for step in range(1000))
_CROWDS: dict[str, Callable[[Path], object]] = {
    "10,000 checkpoints": _in("nn", "last_Ant_ep_{}_rew_1.pth", 10_000, b"x"),
    "2,000 long names": _in("nn", "last_" + "_ep_1_rew_" * 22 + "{}.pth", 2_000, b"x"),
    "10,000 files in nn": _in("nn", "x{}", 10_000),
    "10,000 empty event files": _in("summaries", "events.out.tfevents.{}.host", 10_000),
    "5,000 event files": _in("summaries", "events.out.tfevents.{}.host", 5_000, _SCALARS[:51]),
    "10,000 configs": _in(".", "config.{}.yaml", 10_000),
    "10,000 half-written files": _in("nn", ".{}.gymctl-tmp", 10_000),
    "3,000 links": _many_links,
    "3,000 directories": _tree,
    "200,000 events": _repeated(_SCALARS, 10_000_000),
    "80 MB of scalars": _repeated(_SCALARS, 80_000_000),
    "32 MB of the smallest records": _repeated(record(b"\0"), 2**25),
    "200,000 values in large records": _repeated(
        event(Event(wall_time=1.0, step=1, summary=Summary(value=[Summary.Value(tag="a", simple_value=1.0)] * 60_000))),
        2_000_000,
    ),
    "50,000 tags": lambda run: (run / EVENTS).write_bytes(
        b"".join(scalar(f"tag{number}", 1, 1.0) for number in range(50_000))
    ),
    "10^6 segments": _manifest(segments="[" + ",".join(["{}"] * 10**6) + "]"),
    "16,000 segments": _manifest(segments="[" + ",".join([_SEGMENT] * 16_000) + "]"),
    "300,000 empty lists": _manifest(segments="[" + ",".join(["[]"] * 300_000) + "]"),
    "40,000 words of a command": _manifest(command="[" + ",".join(['"a"'] * 40_000) + "]"),
    "40,000 versions": _manifest(versions="{" + ",".join(f'"v{n}":"1"' for n in range(40_000)) + "}"),
    "50,000 changes": _manifest(
        segments=f'[{_SEGMENT},{{"number":2,"after_epoch":5,"after_env_steps":9,"changed":{{'
        + ",".join(f'"a{n}":[1,2]' for n in range(30_000))
        + "}}]"
    ),
    "a log of 5 GB": lambda run: os.truncate(_touched(run / "train.log"), 5 * 10**9),
    "a log of 200 MB of line breaks": lambda run: (run / "train.log").write_bytes(b"\n" * 200_000_000),
    "a log of 200 MB of zeros": lambda run: os.truncate(_touched(run / "train.log"), 200_000_000),
    "a config of 3.9 MB": lambda run: (run / "config.yaml").write_text("a: '" + "x" * 3_900_000 + "'\n"),
}
_CROWDED_RUNS: dict[str, Callable[[Path], object]] = {
    "10,000 files": lambda runs: _files(runs, (str(number) for number in range(10_000))),
    "2,000 directories": lambda runs: [(runs / str(number)).mkdir() for number in range(2_000)],
    "100 damaged ones": lambda runs: [_files(runs / str(number), iter(["run.json"]), b"{") for number in range(100)],
    "links in a circle": lambda runs: [(runs / f"a{n}").symlink_to(f"a{(n + 1) % 100}") for n in range(100)],
}


def _touched(path: Path) -> Path:
    path.touch()
    return path


def _value(**fields: object) -> bytes:
    return event(Event(wall_time=1000.0, step=1, summary=Summary(value=[Summary.Value(**fields)])))


def _tensor(tag: str = "rewards/step", **fields: object) -> bytes:
    return _value(tag=tag, tensor=TensorProto(**fields))


def _shape(*sizes: int) -> TensorShapeProto:
    return TensorShapeProto(dim=[TensorShapeProto.Dim(size=size) for size in sizes])


_PLUGIN = SummaryMetadata(
    plugin_data=SummaryMetadata.PluginData(plugin_name="\x1b[2J../../x", content=b"\xff" * 1000), data_class=99
)
_WHOLE = scalar("rewards/step", 1, 1.0)
_IMAGE = Summary.Image(height=2**31 - 1, width=2**31 - 1, colorspace=99, encoded_image_string=b"\x89PNG\xff")
_RECORDS: dict[str, bytes] = {
    "a histogram": _value(tag="rewards/step", histo=HistogramProto(min=float("nan"), num=1e308, bucket=[1.0] * 1000)),
    "a picture": _value(tag="rewards/step", image=_IMAGE),
    "a sound": _value(tag="rewards/step", audio=Summary.Audio(sample_rate=float("inf"), num_channels=-1)),
    **{
        f"a tensor of type {dtype}": _tensor(dtype=dtype, float_val=[1.0], tensor_content=b"\xff" * 7)
        for dtype in range(24)
    },
    **{
        f"a tensor of shape {sizes}": _tensor(dtype=1, tensor_shape=_shape(*sizes), float_val=[1.0])
        for sizes in ((2**62,), (2**62, 2**62), (-1,), (0,), (1,) * 300, (10**9, 10**9))
    },
    "a tensor of texts": _tensor(dtype=7, string_val=[b"\x1b[2J" * 1000]),
    "a plug-in": _value(tag="rewards/step", simple_value=1.0, metadata=_PLUGIN),
    "a node": _value(tag="rewards/step", node_name="\x1b[2J", simple_value=1.0),
    "no tag": _value(simple_value=1.0),
    "a graph": event(Event(wall_time=1.0, graph_def=b"\xff" * 1000)),
    "a meta graph": event(Event(wall_time=1.0, meta_graph_def=b"\xff" * 1000)),
    "another version": event(Event(wall_time=1.0, file_version="brain.Event:\x1b[2J")),
    "a wrong checksum": _WHOLE[:-4] + bytes(4),
    "a wrong checksum of its length": _WHOLE[:8] + bytes(4) + _WHOLE[12:],
    **{f"cut after {cut}": _WHOLE[:cut] for cut in (1, 7, 8, 11, 12, 13, len(_WHOLE) - 5, len(_WHOLE) - 1)},
    **{
        f"{length} bytes long": length.to_bytes(8, "little") + bytes(4) + _WHOLE
        for length in (0, 1, 2**20, 2**20 + 1, 2**31, 2**32, 2**40, 2**40 + 1, 2**62, 2**63 - 1, 2**63, 2**64 - 1)
    },
    "a tag of 1 MB": scalar("a" * 10**6, 1, 1.0),
    "a tag of 1 MB of escapes": scalar("\x1b[2J" * 250_000, 1, 1.0),
    "a tag of 200 escapes": scalar("\x1b" * 200, 1, 1.0),
    "a tag that isn't UTF-8": _WHOLE.replace(b"rewards/step", b"rewards/s\xff\xffp"),
    "a nested group": record(b"\x0b" * 10_000),
    "unknown fields": record(b"\xfa\xff\x03\x04abcd" * 1000),
    "a length beyond the record": record(b"\x2a\xff\xff\xff\xff\x0f"),
    "a number of eleven bytes": record(b"\x10" + b"\xff" * 11),
    "no bytes but zeros": record(bytes(1000)),
}


def _try_command(make: Callable[[Path], object], words: tuple[str, ...], directory: Path) -> None:
    make(valid_run(directory / "runs" / _NAME))
    shown("runs", *words)


def _try_search(make: Callable[[Path], object], directory: Path) -> None:
    run = Run(valid_run(directory / "runs" / _NAME))
    make(run.path)
    for use in (
        lambda: locate_checkpoint("Ant", "latest", directory / "runs"),
        lambda: locate_checkpoint("Ant", f"{_RUN}/nn/Amt.pth", directory / "runs"),
        lambda: find_start("Ant", _RUN, None, directory / "runs"),
        lambda: run.claim().close(),
    ):
        try:
            use()
        except (GymctlError, OSError):
            continue


def _try_runs(make: Callable[[Path], object], directory: Path) -> None:
    valid_run(directory / "runs" / _NAME)
    make(directory / "runs")
    for words in ((), ("show", "newest"), ("show", "a"), ("prune", "--dry-run")):
        shown("runs", *words)


def _try_record(data: bytes, directory: Path) -> None:
    """The record first, in the middle and last, with everything that reads event files."""
    for place, content in enumerate((data + _WHOLE * 3, _WHOLE * 2 + data + _WHOLE, _WHOLE * 3 + data)):
        above = directory / str(place)
        above.mkdir()
        os.chdir(above)
        use_spoilt(above, lambda run, content=content: (run / EVENTS).write_bytes(content), plots=place == 1)


_USES: dict[str, Callable[[Path], object]] = {
    "listed": lambda runs: [summarize(run) for run in list_runs(runs)],
    "summed up": lambda runs: summarize(Run(runs / _NAME)),
    "its curves": lambda runs: read_history(Run(runs / _NAME)),
    "its checkpoints": lambda runs: checkpoints_of(Run(runs / _NAME)),
    "its files": lambda runs: checkpoint_files(runs / _NAME / "nn"),
    "found": lambda runs: locate_checkpoint("Ant", "latest", runs),
    "begun from": lambda runs: find_start("Ant", None, str(runs / _NAME), runs),
    "claimed": lambda runs: Run(runs / _NAME).claim().close(),
    "written to": lambda runs: Run(runs / _NAME).update_manifest(status="running"),
    "runs": lambda runs: shown("runs"),
    "show": lambda runs: shown("runs", "show", _RUN),
    "prune": lambda runs: shown("runs", "prune", "--yes"),
}
_SECONDS = 0.3


def _swapped(file: str, other: Callable[[Path], object]) -> Callable[[Path], None]:
    """Puts something else in a file's place, and the file back."""

    def change(run: Path) -> None:
        path, aside, new = run / file, run.parent.parent / "aside", run.parent.parent / "new"
        path.rename(aside)
        other(new)
        if os.path.lexists(new):
            new.rename(path)
            shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
        aside.rename(path)

    return change


_OTHERS: dict[str, Callable[[Path], object]] = {
    "nothing": lambda path: None,
    "a link out": lambda path: path.symlink_to("/etc/passwd"),
    "a link to a directory outside": lambda path: path.symlink_to("../../outside"),
    "a pipe": os.mkfifo,
    "a directory": Path.mkdir,
    "an empty file": Path.touch,
}
_CHANGES = {
    f"{file} is {name}": _swapped(file, other)
    for file in ("", "run.json", "config.yaml", "nn", "nn/last_Ant_ep_10_rew_2.5.pth", "summaries", EVENTS)
    for name, other in _OTHERS.items()
} | {
    "its event file grows": lambda run: (run / EVENTS).open("ab").write(_SCALARS[:1000]),
    "its event file shrinks": lambda run: os.truncate(run / EVENTS, time.monotonic_ns() % 3000),
    "its manifest is cut": lambda run: (run / "run.json").write_text(
        json.dumps(MANIFEST)[: time.monotonic_ns() % 1000]
    ),
}


def _try_meanwhile(change: Callable[[Path], object], use: str, directory: Path) -> None:
    """Uses a run again and again while something else changes it."""
    runs, outside = directory / "runs", directory / "outside"
    outside.mkdir()
    (outside / "file").write_text("mine")
    good = create_run("Good", runs)
    good.update_manifest(task="Good", status="completed", epochs=3)
    run, ended = valid_run(runs / _NAME), threading.Event()

    def change_on_and_on() -> None:
        while not ended.is_set():
            try:
                change(run)
            except OSError:  # prune or a claim was faster
                continue

    changer = threading.Thread(target=change_on_and_on, daemon=True)
    changer.start()
    until = time.monotonic() + _SECONDS
    try:
        while time.monotonic() < until:
            try:
                _USES[use](runs)
            except GymctlError:
                continue
            except OSError:  # commands tell it in a line; a listing of all runs must not end by one of them
                if use == "listed":
                    raise
    finally:
        ended.set()
        changer.join(5)
    assert [path.name for path in outside.iterdir()] == ["file"]
    assert (outside / "file").read_text() == "mine"
