"""Files and directories without permission: each command says which one in two lines, and ends with exit code 2."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from gymctl.config import compose, to_yaml
from tests.helpers.rights import give_up_roots_rights

pytestmark = pytest.mark.slow

REPOSITORY = Path(__file__).parents[2]
CODE = """
import json, sys
from typer.testing import CliRunner
from gymctl.commands.app import app
told = []
for words in json.load(sys.stdin):
    result = CliRunner().invoke(app, words)
    told.append((result.exit_code, result.stdout, result.stderr))
print(json.dumps(told))
"""
TRAIN = "train Cartpole --num-envs 2 --device cpu --max-iterations 1"
WORDS = {  # and the path that is told
    "runs show runs/closed": "runs/closed",
    "runs plot runs/closed": "runs/closed",
    "runs prune runs/closed --dry-run": "runs/closed",
    "play Cartpole runs/closed": "runs/closed",
    "export Cartpole runs/closed": "runs/closed",
    "train Cartpole --resume runs/closed": "runs/closed",
    "train --resume runs/closed": "runs/closed",
    "train --from-run runs/closed": "runs/closed",
    "play Cartpole runs/closed/nn/last.pth": "runs/closed/nn/last.pth",
    "runs show runs/unlisted": "runs/unlisted",
    "play Cartpole runs/closed-nn": "runs/closed-nn/nn",
    "export Cartpole runs/closed-nn": "runs/closed-nn/nn",
    "train --resume runs/closed-nn": "runs/closed-nn/nn",
    "train --resume runs/closed-manifest": "runs/closed-manifest/run.json",
    "train --from-run runs/closed-manifest": "runs/closed-manifest/run.json",
    "play Cartpole runs/closed-config": "runs/closed-config/config.yaml",
    "play Cartpole closed.pth": "closed.pth",
    "play Cartpole closed.onnx": "closed.onnx",
    "play Cartpole closed/policy.pth": "closed/policy.pth",
    "runs --runs-dir closed": "closed",
    "runs show newest --runs-dir closed": "closed",
    f"{TRAIN} --runs-dir closed": "closed",
    f"{TRAIN} --runs-dir unwritable": "unwritable",
    f"{TRAIN} --runs-dir unwritable/deeper": "unwritable",
    "config Cartpole --config-dir closed": "closed",
    "config Cartpole --config-dir closed/deeper": "closed/deeper",
    "config Cartpole --config-dir closed-task": "closed-task/task",
    f"{TRAIN} --dry-run --config-dir closed-task": "closed-task/task",
    "config Cartpole --config-dir closed-yaml": "closed-yaml/config.yaml",
    "export Cartpole pretrained --output unwritable/policy.onnx": "unwritable",
    "train closed/task.py:Mine --dry-run": "closed/task.py",
    "isaacgym closed/script.py": "closed/script.py",
    "isaacgym closed.py": "closed.py",
    "sweep --resume closed-sweep": "closed-sweep/sweep.json",
    "sweep --resume closed": "closed",
    "sweep Cartpole --space closed.yaml": "closed.yaml",
}
CLOSED = (  # deeper ones first
    *("runs/closed", "runs/closed-nn/nn", "runs/closed-manifest/run.json", "runs/closed-config/config.yaml"),
    *("closed.pth", "closed.onnx", "closed.py", "closed.yaml", "closed-task/task", "closed-yaml/config.yaml"),
    *("closed-sweep/sweep.json", "closed"),
)


def make_run(path):
    (path / "nn").mkdir(parents=True)
    (path / "summaries").mkdir()
    (path / "run.json").write_text(json.dumps({"schema_version": 1, "task": "Cartpole", "status": "completed"}))
    (path / "config.yaml").write_text(to_yaml(compose("Cartpole").tree))
    (path / "nn" / "last.pth").write_bytes(b"weights")


def run_without_rights(directory, lines):
    """What each command line exits with, prints and says on stderr, where permissions hold for root too."""
    done = subprocess.run(
        [sys.executable, "-c", CODE],
        input=json.dumps([line.split() for line in lines]),
        cwd=directory,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
        capture_output=True,
        text=True,
        timeout=300,
        check=True,
        preexec_fn=give_up_roots_rights,
    )
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A directory with what the user may not read or write."""
    directory = tmp_path_factory.mktemp("permissions")
    for name in ("open", "closed", "closed-nn", "closed-manifest", "closed-config", "unlisted"):
        make_run(directory / "runs" / name)
    for name in ("closed-task/task", "closed-yaml", "closed-sweep", "unwritable", "closed"):
        (directory / name).mkdir(parents=True)
    shutil.copy(REPOSITORY / "configs" / "task" / "Cartpole.yaml", directory / "closed-task" / "task")
    for name in CLOSED:
        path = directory / name
        if not path.exists():
            path.write_text("seed: 1\n")
        path.chmod(0)
    (directory / "runs" / "unlisted").chmod(0o111)
    (directory / "unwritable").chmod(0o555)
    yield directory
    for name in (*CLOSED[::-1], "runs/unlisted", "unwritable"):
        (directory / name).chmod(0o700)


@pytest.fixture(scope="module")
def outcomes(place):
    try:
        return dict(zip(WORDS, run_without_rights(place, WORDS), strict=True))
    except subprocess.SubprocessError as error:
        if "preexec_fn" in str(error):
            pytest.skip("root can't give up its rights here")
        raise


@pytest.mark.parametrize("words", WORDS)
def test_what_is_not_permitted_is_told_in_two_lines(outcomes, words):
    code, stdout, stderr = outcomes[words]
    assert (code, stdout) == (2, ""), stderr
    lines = stderr.splitlines()
    start = next(number for number, line in enumerate(lines) if line.startswith("error: "))
    what, fix = lines[start:]
    assert WORDS[words] in what, stderr
    assert any(words in what for words in ("Permission denied", "not readable", "can't be written to")), stderr
    assert fix.startswith("  ")
    assert "repair" not in fix
    assert "make room" not in fix


def test_a_run_that_cannot_be_read_hides_no_other(place, outcomes):
    ((code, stdout, stderr),) = run_without_rights(place, ["runs"])
    assert code == 0
    assert "open" in stdout
    assert "note: 'runs/closed' can't be read: Permission denied" in stderr.splitlines()


@pytest.mark.parametrize("part", ["", "nn", "summaries"])
def test_a_run_that_cannot_be_written_to_is_not_trained_on(tmp_path, part):
    make_run(tmp_path / "run")
    (tmp_path / "run" / part).chmod(0o555)
    code = """
from pathlib import Path
from gymctl.core.errors import InputError
from gymctl.runs.directory import Run
try:
    Run(Path("run")).claim()
except InputError as error:
    print(error.what)
"""
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, preexec_fn=give_up_roots_rights
    )
    (tmp_path / "run" / part).chmod(0o755)
    assert done.stdout.strip() == f"can't write to '{Path('run') / part}': Permission denied", done.stderr
