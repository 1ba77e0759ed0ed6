"""Run directories that a stranger may have packed: manifests, event files, links, names, and what a file can't be."""

import contextlib
import hashlib
import io
import json
import os
import random
import socket
import stat
from collections.abc import Callable, Collection, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import matplotlib.backends.backend_svg
import matplotlib.figure  # noqa: F401  once, not in the process of each case
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboardX.record_writer import masked_crc32c
from typer.main import get_command

from gymctl.commands.app import app
from gymctl.config import to_yaml
from gymctl.core.errors import GymctlError
from gymctl.core.names import is_name
from gymctl.learning.starting import find_start
from gymctl.runs import plotting, pruning  # noqa: F401
from gymctl.runs.checkpoints import locate_checkpoint
from gymctl.runs.directory import Run, create_run
from gymctl.runs.finding import choose_run, list_runs
from gymctl.runs.history import read_history
from gymctl.runs.summary import checkpoints_of, summarize
from tests.hostile.cases import Case

GYMCTL = get_command(app)
SEED = 20261126
SEGMENT: dict[str, Any] = {
    "number": 2,
    "after_epoch": 5,
    "after_env_steps": 40960,
    "changed": {"seed": [41, 42]},
    "learns_alike": False,
    "checkpoint": {"path": "nn/last_Ant_ep_5_rew_1.5.pth", "sha256": hashlib.sha256(b"weights").hexdigest()},
    "started": "2026-01-02T10:00:00+00:00",
}
MANIFEST: dict[str, Any] = {
    "schema_version": 1,
    "name": "Ant",
    "started": "2026-01-01T10:00:00+00:00",
    "task": "Ant",
    "status": "running",
    "command": ["gymctl", "train", "Ant"],
    "seed": 42,
    "max_epochs": 500,
    "epochs": 12,
    "env_steps": 98304,
    "best_reward": 12.5,
    "engine": "mujoco",
    "sim_device": "cpu",
    "rl_device": "cpu",
    "versions": {"python": "3.11.7", "torch": "2.6"},
    "git": None,
    "stopped_by": "max_epochs",
    "checkpoint": {"path": "/tmp/x.pth", "sha256": "0" * 64},
    "wandb": {"id": "1", "url": None},
    "segments": [
        {"number": 1, "after_epoch": 0, "after_env_steps": 0, "changed": {}, "status": "killed"},
        SEGMENT,
    ],
}
_TAG = "<img src=x onerror=alert(1)>"
VALUES: dict[str, str] = {  # as they stand in a file
    "NaN": "NaN",
    "infinity": "-Infinity",
    "400 digits": "9" * 400,
    "5000 digits": "9" * 5000,
    "1e999": "1e999",
    "1e308": "1e308",
    "-1": "-1",
    "2**63": str(2**63),
    "true": "true",
    "null": "null",
    "empty text": '""',
    "..": '"../../evil"',
    "absolute": '"/etc/passwd"',
    "escape": r'"\u001b[2J\u001b]0;evil\u0007"',
    "raw escape": '"\x1b[31m"',
    "NUL": r'"a\u0000b"',
    "line break": r'"a\nstatus completed"',
    "right to left": r'"\u202egnp.exe"',
    "surrogate": r'"\ud800"',
    "100,000 letters": '"' + "x" * 100_000 + '"',
    "100,000 words": '"' + "x " * 100_000 + '"',
    "shell": '"$(touch canary)`touch canary`"',
    "markup": '"[link=http://evil]x[/link]"',
    "HTML": f'"{_TAG}"',
    "list": "[]",
    "list of lists": "[[[[]]]]",
    "500 levels": "[" * 500 + "]" * 500,
    "100,000 levels": "[" * 100_000 + "]" * 100_000,
    "object": '{"path": 3, "id": [], "sha256": {}}',
    "year 1": '"0001-01-01T00:00:00+00:00"',
    "year 9999": '"9999-12-31T23:59:59-23:59"',
}
TEXTS = {
    "escape": "\x1b[2J",
    "title": "\x1b]0;evil\x07",
    "one byte escape": "\x9b31m",
    "line break": "a\nb",
    "return": "a\rb",
    "right to left": "\u202egnp",
    "isolate": "\u2066x",
    "separator": "\u2028",
    "shell": "R$(touch canary)",
    "HTML": _TAG,
    "backticks": "`touch canary`",
    "quote": "a'b\"c",
    "dollar": "$x_1$",
    "markup": "[bold red]x[blink]",
    "flag": "--help",
    "home": "~root",
    "spaces": "  ",
    "CJK": "跑步",
    "long": "x" * 200,
    "not UTF-8": "a\udcffb",
    "glob": "*?[a]",
    "newest": "newest",
    "latest": "latest",
    "best": "best",
    "like an epoch": "Ant_ep_5_rew_3",
    "like the last": "last_Ant",
    "a format": "{0.__class__}%s%n",
    "percent": "%(name)s",
    "dots": "...",
    "many dots": "." * 60,
    "flags": "-rf",
    "look-alikes": "\u0410nt",
    "full width": "\uff0e\uff0e\uff0fevil",
    "combining": "A\u0301\u0302\u0303" * 20,
    "left to right": "\u200eA\u200f",
    "no width": "A\u200bn\ufefft",
    "a time": "Ant_9999-99-99_99-99-99",
    "only a time": "_2026-01-01_10-00-00",
    "hidden": ".hidden",
    "tab": "a\tb",
}
FILES = (
    *("run.json", "config.yaml", "config.1.yaml", ".lock", "train.log"),
    *("nn", "start", "summaries", "videos", "export", "wandb", "nn/Ant.pth"),
)
EVENTS = "summaries/events.out.tfevents.1000.000000.host.1"


_OF_A_RUN = (
    *(["show"], ["show", "--json"], ["logs", "--lines", "5"], ["logs", "--json"]),
    *(["compare", "Good", "--json"], ["compare", "Good"]),
)
_DRAWING = (
    ["plot", "-o", "x.svg"],
    ["report", "--episodes", "0", "-o", "x.html"],
    ["compare", "Good", "-o", "y.html"],
)


def cases() -> Iterator[Case]:
    """All cases of this module, always the same."""
    yield from _manifests()
    yield from _event_files()
    yield from _links()
    yield from _names()
    yield from _shapes()


def _manifests() -> Iterator[Case]:
    text = json.dumps(MANIFEST)
    for key in MANIFEST:
        for name, value in VALUES.items():
            parts = [f"{json.dumps(k)}: {value if k == key else json.dumps(v)}" for k, v in MANIFEST.items()]
            yield _case("run.json", f"{key}: {name}", _writing("run.json", "{" + ", ".join(parts) + "}"))
    for key in SEGMENT:
        for name, value in VALUES.items():
            parts = [f"{json.dumps(k)}: {value if k == key else json.dumps(v)}" for k, v in SEGMENT.items()]
            written = text.replace(json.dumps(SEGMENT), "{" + ", ".join(parts) + "}")
            yield _case("run.json", f"{key} of a segment: {name}", _writing("run.json", written))
    for name, value in VALUES.items():
        yield _case("run.json", f"the whole: {name}", _writing("run.json", value))
    for number in range(150):
        yield _case("run.json", f"changed {number}", _writing("run.json", mutated(text.encode(), number)))


def _event_files() -> Iterator[Case]:
    records = [event(Event(wall_time=1000.0, file_version="brain.Event:2"))]
    records += [scalar(tag, step, float(step)) for step in range(1, 9) for tag in ("info/epochs", "rewards/step")]
    whole = b"".join(records)
    for number in range(250):
        yield _case("event file", f"changed {number}", _writing(EVENTS, mutated(whole, 1000 + number)))
    odd_numbers = (float("nan"), float("inf"), -float("inf"), 1e308, -1e308, 1e38, -1.0, 0.0)
    for number in odd_numbers:
        first = event(Event(wall_time=number, file_version="brain.Event:2"))
        yield _case("event file", f"begun {number}", _writing(EVENTS, first + whole))
        yield _case("event file", f"at {number}", _writing(EVENTS, whole + scalar("rewards/step", 9, 1.0, at=number)))
        for tag in ("info/epochs", "rewards/step"):
            value = max(min(number, 3e38), -3e38) if abs(number) < 1e309 else number
            data = whole + scalar(tag, 9, value)
            yield _case("event file", f"{tag} is {number}", _writing(EVENTS, data))
    for step in (-1, 0, 2**63 - 1, -(2**63)):
        yield _case("event file", f"step {step}", _writing(EVENTS, whole + scalar("rewards/step", step, 1.0)))
    for name, text in TEXTS.items():
        if name != "not UTF-8":
            data = whole + scalar(text, 9, 1.0)
            yield _case("event file", f"a tag: {name}", _writing(EVENTS, data))
    header = (10**6).to_bytes(8, "little")
    for name, data in {
        "no bytes": b"",
        "zeros": bytes(10**6),
        "a length without an end": b"\xff" * 12 + whole,
        "a record of 1 MB that isn't there": header + bytes(4),
        "300,000 tags": b"".join(scalar(f"tag{number}", 1, 1.0) for number in range(3000)),
    }.items():
        yield _case("event file", name, _writing(EVENTS, data))
    for name in ("nan", "inf", "1e999", "-", "9" * 150, "\x1b[2J", "a\nb", "1.²"):
        yield _case("event file", f"called {name!r}", _writing(f"summaries/events.out.tfevents.{name}", whole))


def _links() -> Iterator[Case]:
    targets = {
        "a file outside": "../../outside/file",
        "a directory outside": "../../outside",
        "nothing outside": "../../outside/new",
        "the home": str(Path.home()),
        "/dev/zero": "/dev/zero",
        "/dev/full": "/dev/full",
        "/proc/self/mem": "/proc/self/mem",
        "/etc/passwd": "/etc/passwd",
        "itself": ".lock/../itself",
        "the runs": "..",
        "the run": ".",
        "nothing": "nothing",
        "a link that leads out": "hop",
    }
    for file in FILES:
        for name, target in targets.items():
            prefix = "../" if "/" in file and not target.startswith("/") else ""
            yield _case("link", f"{file} to {name}", partial(_link, file=file, target=prefix + target))
    for target in ("../../../outside/file", "/etc/passwd", "nothing"):
        for file in ("nn/.0.gymctl-tmp", EVENTS, "nn/last_Ant_ep_9_rew_9.pth", "videos/x.mp4", "export/Ant.onnx"):
            yield _case("link", f"{file} to {target}", partial(_link, file=file, target=target))


def _names() -> Iterator[Case]:
    for name, text in TEXTS.items():
        yield _case("name", f"a run called {name}", partial(_rename, name=text))
        yield _case("name", f"a checkpoint called {name}", _writing(f"nn/{text}.pth", "weights"))
        yield _case("name", f"a last checkpoint called {name}", _writing(f"nn/last_{text}_ep_3_rew_2.pth", "weights"))
        yield _case("name", f"a file called {name}", _writing(text, "x"))
        yield _case("name", f"an experiment called {name}", partial(_new_run, name=text))
        yield Case("name", f"asked for {name}", partial(_ask, word=text))
        for key in ("name", "full_experiment_name"):
            yield _case("name", f"{key} in the config: {name}", partial(_named_config, key=key, name=text))
    for text in ("../../evil", "/evil", "..", "a/../../evil", "a\0b", "evil\\..\\evil", "x" * 300):
        yield _case("name", f"an experiment called {text!r}", partial(_new_run, name=text))
        for key in ("name", "full_experiment_name"):
            yield _case("name", f"{key} in the config: {text!r}", partial(_named_config, key=key, name=text))
    for stem in (
        "last_Ant_ep_" + "9" * 200,
        "Ant_rew_" + "9" * 230,
        "last_Antep=1rew[" + "9" * 200 + "]",
        "last_",
        "_",
    ):
        yield _case("name", f"a checkpoint called {stem[:40]}", _writing(f"nn/{stem}.pth", "weights"))


def _shapes() -> Iterator[Case]:
    makers: dict[str, Callable[[Path], object]] = {
        "a pipe": os.mkfifo,
        "a directory": Path.mkdir,
        "a socket": _socket,
        "100 GB of nothing": partial(_sparse, size=10**11),
        "3 GB of nothing": partial(_sparse, size=3 * 10**9),
        "an empty file": Path.touch,
        "unreadable": partial(_unreadable),
        "an unreadable directory": partial(Path.mkdir, mode=0),
        "an unwritable directory": partial(Path.mkdir, mode=0o555),
        "a file of 1970": partial(_dated, seconds=-1),
        "a file of the year 100,000": partial(_dated, seconds=3 * 10**12),
        "zeros": lambda path: path.write_bytes(bytes(10**6)),
    }
    for file in (*FILES, EVENTS, "export/Ant.onnx", "nn/.0.gymctl-tmp"):
        for name, make in makers.items():
            yield _case("shape", f"{file}: {name}", partial(_shape, file=file, make=make))
        yield _case("shape", f"{file}: a hard link", partial(_hard_link, file=file))
    for name, make in {
        "300 directories deep": _deep,
        "1,000 checkpoints": lambda run: [
            (run / f"nn/last_Ant_ep_{n}_rew_1.pth").write_bytes(b"x") for n in range(3000)
        ],
        "1,000 event files": lambda run: [(run / f"{EVENTS}{n}").touch() for n in range(1000)],
        "only a directory nn": lambda run: (run / "run.json").unlink(),
        "no permission": partial(Path.chmod, mode=0),
        "no permission to list it": partial(Path.chmod, mode=0o111),
        "no permission to write": partial(Path.chmod, mode=0o555),
        "no permission for its files": lambda run: [path.chmod(0) for path in run.rglob("*") if path.is_file()],
    }.items():
        yield _case("shape", name, make)


def _case(kind: str, name: str, spoil: Callable[[Path], object]) -> Case:
    return Case(kind, name, partial(use_spoilt, spoil=spoil, plots=kind in ("event file", "name")))


def use_spoilt(directory: Path, spoil: Callable[[Path], object], plots: bool) -> None:
    """Spoils a run, and does everything with it and with the good one beside it that needs no training."""
    outside, runs = directory / "outside", directory / "runs"
    outside.mkdir()
    (outside / "file").write_text("mine")
    good = create_run("Good", runs)
    good.update_manifest(task="Good", status="completed", epochs=3)
    run = valid_run(runs / "Ant_2026-01-01_10-00-00")
    spoil(run)
    before = state(outside)
    listed = {found.path for found in list_runs(runs)}
    assert good.path in listed
    for found in list_runs(runs):
        summarize(found)
    for path in [path for path in runs.iterdir() if path != good.path]:
        _use(Run(path), runs)
    shown("runs", "--json")
    for words in (["runs"], ["runs", "prune", "--dry-run"], ["runs", "prune", "--yes"]):
        shown(*words)
    for path in [path for path in runs.iterdir() if path != good.path]:
        for words in (*_OF_A_RUN, *(_DRAWING if plots else ())):
            shown("runs", words[0], f"./runs/{path.name}", *words[1:])
    for page in directory.glob("*.html"):
        text = page.read_text(encoding="utf-8")
        assert _TAG not in text, "a page has markup of the run's in it"
        assert len(text) < 3_000_000, "a flood"
    assert state(outside) == before, "something outside was touched"
    assert not list(directory.glob("**/canary")), "code was run"
    assert {path.name for path in directory.iterdir()} <= {"outside", "runs", "x.svg", "x.html", "y.html", "evil"}


def _use(run: Run, runs: Path) -> None:
    for use in (
        lambda: checkpoints_of(run),
        lambda: read_history(run),
        lambda: locate_checkpoint("Ant", str(run.path), runs),
        lambda: locate_checkpoint("Ant", str(run.path), runs, prefer="latest"),
        lambda: find_start("Ant", str(run.path), None, runs),
        lambda: find_start("Ant", None, str(run.path), runs),
        lambda: find_start("Ant", None, str(run.path), runs, segment=1),
        lambda: find_start("Ant", None, str(run.path), runs, segment=2),
        lambda: pruning.plan([run], 1, runs),
        lambda: run.claim().close(),
        lambda: run.update_manifest(status="running"),
    ):
        try:
            use()
        except (GymctlError, OSError):  # commands tell both in a line
            continue


def shown(*words: str, codes: Collection[int] = (0, 1, 2), all_if_failed: bool = False) -> str:
    """What a command prints, which is checked: nothing that a terminal obeys, no traceback, no flood.

    Args:
        words: The command's.
        codes: The exit codes that it may have.
        all_if_failed: Whether ``--json`` prints all there is, however long, also with another exit code than 0.
    """
    code: Any = 0
    stdout, stderr = io.TextIOWrapper(io.BytesIO(), "utf-8"), io.TextIOWrapper(io.BytesIO(), "utf-8")
    with contextlib.redirect_stdout(stdout), contextlib.redirect_stderr(stderr):
        try:
            GYMCTL.main(list(words))
        except SystemExit as end:
            code = end.code or 0
    out, err = (stream.buffer.getvalue().decode() for stream in (stdout, stderr) if not stream.flush())
    assert code in codes, f"{words}: exit code {code}"
    assert "unexpected" not in err, f"{words}: {err[-2000:]}"
    assert all(c.isprintable() or c == "\n" for c in out + err), f"{words}: {(out + err)[-2000:]!r}"
    if "--json" in words and (code == 0 or (all_if_failed and out)):
        json.loads(out, parse_constant=lambda constant: 1 / 0)
        assert len(err) < 200_000, f"{words}: a flood"
    else:
        assert len(out + err) < 200_000, f"{words}: a flood"
    return out


def valid_run(path: Path) -> Path:
    """Makes a run as a training leaves it; its weights are none."""
    (path / "nn").mkdir(parents=True)
    (path / "summaries").mkdir()
    (path / "run.json").write_text(json.dumps(MANIFEST))
    (path / "config.yaml").write_text(to_yaml({"task": {"name": "Ant"}, "train": {"params": {"config": {}}}}))
    for stem in ("Ant", "last_Ant_ep_5_rew_1.5", "last_Ant_ep_10_rew_2.5"):
        (path / "nn" / f"{stem}.pth").write_bytes(b"weights")
    (path / EVENTS).write_bytes(scalar("info/epochs", 1, 1.0) + scalar("rewards/step", 1, 1.0))
    return path


def state(directory: Path) -> list[tuple[str, int, int]]:
    return sorted(
        (str(path), path.lstat().st_size, path.lstat().st_mtime_ns if path.is_file() else 0)
        for path in directory.rglob("*")
    )


def _writing(file: str, content: str | bytes) -> Callable[[Path], object]:
    def spoil(run: Path) -> None:
        path = run / file
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content.encode("utf-8", "surrogateescape") if isinstance(content, str) else content)

    return spoil


def mutated(data: bytes, seed: int) -> bytes:
    """The same with some bytes changed, lost, doubled or replaced by hostile ones."""
    draw = random.Random(SEED + seed)
    for _ in range(draw.randint(1, 6)):
        at, length = draw.randrange(len(data) + 1), draw.choice([1, 1, 4, 16, 200])
        new = draw.choice(
            [
                b"",
                draw.randbytes(length),
                data[at : at + length] * 2,
                draw.choice(list(VALUES.values())).encode()[:2000],
                b"\xff" * length,
                bytes(length),
            ]
        )
        data = data[:at] + new + data[at + draw.choice([0, length]) :]
    return data


def event(content: Event) -> bytes:
    """A record of an event file."""
    return record(content.SerializeToString())


def record(data: bytes) -> bytes:
    """The same of any bytes."""
    length = len(data).to_bytes(8, "little")
    return b"".join(part + masked_crc32c(part).to_bytes(4, "little") for part in (length, data))


def scalar(tag: str, step: int, value: float, at: float | None = None) -> bytes:
    """A record with a point of a curve."""
    summary = Summary(value=[Summary.Value(tag=tag, simple_value=value)])
    return event(Event(wall_time=1000.0 + step % 100 if at is None else at, step=step, summary=summary))


def _replaced(path: Path) -> Path:
    """A path in a run with nothing there; what was there lies beside it."""
    path.parent.mkdir(exist_ok=True)
    if path.exists() or path.is_symlink():
        path.rename(path.with_name(f"was {path.name}"))
    return path


def _link(run: Path, file: str, target: str) -> None:
    (run / "hop").symlink_to("../../outside")
    _replaced(run / file).symlink_to(target)


def _hard_link(run: Path, file: str) -> None:
    os.link(run.parents[1] / "outside" / "file", _replaced(run / file))


def _rename(run: Path, name: str) -> None:
    run.rename(run.with_name(name))


def _new_run(run: Path, name: str) -> None:
    try:
        made = create_run(name, run.parent)
    except GymctlError:
        assert not is_name(name)
        return
    assert is_name(name)
    assert made.path.parent == run.parent


def _named_config(run: Path, key: str, name: str) -> None:
    """A config like those of real runs, but for a name; it must be refused, or be one."""
    from gymctl.config import compose

    tree = compose("Cartpole").tree
    tree["train"]["params"]["config"][key] = name
    try:
        text = to_yaml(tree)
        (run / "config.yaml").write_bytes(text.encode("utf-8", "surrogateescape"))
        config = compose("Cartpole", base=Run(run).read_config())
    except (GymctlError, UnicodeEncodeError):
        return
    assert is_name(config.experiment)


def _ask(directory: Path, word: str) -> None:
    """A word from the command line that no run is called by."""
    runs = directory / "runs"
    valid_run(runs / "Ant_2026-01-01_10-00-00")
    for words in (["show", "--", word], ["plot", "--", word], ["list", "--", word]):
        shown("runs", *words)
    for find in (lambda: choose_run(word, runs), lambda: locate_checkpoint("Ant", word, runs)):
        try:
            find()
        except GymctlError:
            continue


def _shape(run: Path, file: str, make: Callable[[Path], object]) -> None:
    make(_replaced(run / file))


def _socket(path: Path) -> None:
    here = Path.cwd()
    os.chdir(path.parent)  # a socket's path is at most 108 bytes long
    with socket.socket(socket.AF_UNIX) as opened:
        opened.bind(path.name)
    os.chdir(here)


def _sparse(path: Path, size: int) -> None:
    with path.open("wb") as file:
        file.truncate(size)


def _unreadable(path: Path) -> None:
    path.touch()
    path.chmod(stat.S_IWUSR)


def _dated(path: Path, seconds: int) -> None:
    path.write_text("x")
    os.utime(path, (seconds, seconds))
    os.utime(path.parent, (seconds, seconds))


def _deep(run: Path) -> None:
    here = Path.cwd()
    os.chdir(run)
    for _ in range(300):
        Path("d").mkdir()
        os.chdir("d")
    os.chdir(here)
