"""``gymctl train --wandb``, with the real wandb, offline or without a login."""

import json
import os
import signal
import struct
import subprocess
import sys
from pathlib import Path

import pytest

from gymctl.runs.directory import Run
from gymctl.runs.history import read_history

pytestmark = pytest.mark.slow

internal = pytest.importorskip("wandb.proto.wandb_internal_pb2")

SHORT = ("train", "Cartpole", "--num-envs", 16)
OFFLINE = {"WANDB_MODE": "offline"}
_BLOCK, _HEADER = 32768, struct.Struct("<LHB")  # of LevelDB's log format, in which wandb keeps a run


@pytest.fixture(autouse=True)
def _nobody_is_logged_in(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in [name for name in os.environ if name.startswith("WANDB_")]:
        monkeypatch.delenv(name)


def records(path):
    """The records of one of wandb's files."""
    data, position, record = path.read_bytes(), 7, b""
    while position + _HEADER.size <= len(data):
        if _BLOCK - position % _BLOCK < _HEADER.size:
            position += _BLOCK - position % _BLOCK
            continue
        _, length, part = _HEADER.unpack_from(data, position)
        position += _HEADER.size
        record += data[position : position + length]
        position += length
        if part in (1, 4):  # whole, or the last part
            yield internal.Record.FromString(record)
            record = b""


def logged(path):
    """What was logged: a dict an epoch."""
    return [
        {"/".join(item.nested_key) or item.key: json.loads(item.value_json) for item in record.history.item}
        for record in records(path)
        if record.WhichOneof("record_type") == "history"
    ]


def test_a_training_sends_its_config_and_every_curve_over_env_steps_and_a_resumed_one_goes_on(gymctl, invoke):
    words = ("wandb_activate=True", "wandb_project=robots", "wandb_group=seeds", "wandb_tags=[cart,pole]")
    result = gymctl.json(*SHORT, "--max-iterations", 6, *words, env=OFFLINE)
    run = Run(gymctl.directory / result["run_dir"])
    (file,) = run.path.glob("wandb/offline-run-*/*.wandb")
    (described,) = [record.run for record in records(file) if record.WhichOneof("record_type") == "run"][:1]
    assert (described.project, described.run_group, list(described.tags)) == ("robots", "seeds", ["cart", "pole"])
    assert described.display_name == run.path.name
    sent = {update.key: json.loads(update.value_json) for update in described.config.update}
    assert sent["train"]["params"]["config"]["gamma"] == run.read_config()["train"]["params"]["config"]["gamma"]
    epochs = logged(file)
    assert [epoch["global_step"] for epoch in epochs] == [index * 16 * 16 for index in range(6)]
    for tag, curve in read_history(run).curves.items():
        assert [epoch[tag] for epoch in epochs if tag in epoch] == pytest.approx(curve.values), tag

    told = gymctl("train", "--resume", run.path, "--max-iterations", 8, "--wandb", *words[1:], env=OFFLINE).stderr
    assert "unless you give --wandb" not in told
    (_, resumed) = sorted(run.path.glob("wandb/offline-run-*/*.wandb"))
    assert resumed.name == file.name == f"run-{run.manifest()['wandb']['id']}.wandb"
    assert [epoch["info/epochs"] for epoch in logged(resumed)] == [7, 8]

    told = invoke("train", "--resume", run.path, "--max-iterations", 9).stderr
    assert "that run was sent to Weights & Biases; this training is not, unless you give --wandb, with" in told
    assert "wandb_group=…, wandb_project=…, wandb_tags=… of your own" in told
    assert len(list(run.path.glob("wandb/offline-run-*"))) == 2


def test_without_a_login_it_says_what_to_do_before_anything_is_written(gymctl):
    done = gymctl(*SHORT, "--wandb", code=3)
    assert done.stderr.splitlines()[-2:] == [
        "error: you are not logged in to Weights & Biases",
        "  run 'wandb login', set WANDB_MODE=offline to send it later, or train without --wandb",
    ]
    assert not (gymctl.directory / "runs").exists()


@pytest.mark.soak
def test_a_server_that_cannot_be_reached_is_named_before_anything_is_written(gymctl):
    env = {"WANDB_API_KEY": "0" * 40, "WANDB_BASE_URL": "http://127.0.0.1:9"}
    done = gymctl(*SHORT, "--wandb", code=3, env=env)
    what, fix = done.stderr.splitlines()[-2:]
    assert what.startswith("error: Weights & Biases can't be reached: ")
    assert "WANDB_MODE=offline" in fix
    assert not (gymctl.directory / "runs").exists()


def test_without_the_package_it_says_how_to_get_it(tmp_path):
    code = """
import importlib.metadata as metadata
version = metadata.version
def without_wandb(name):
    if name == "wandb":
        raise metadata.PackageNotFoundError(name)
    return version(name)
metadata.version = without_wandb
from gymctl.commands.app import main
main()
"""
    command = [sys.executable, "-c", code, *map(str, SHORT), "--wandb"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 3, done.stderr
    assert "[wandb]" in done.stderr
    assert not (tmp_path / "runs").exists()


@pytest.mark.parametrize("setting", ["base_url = http://evil", "x_executable = ./evil", "api_key = x"])
def test_settings_in_the_current_directory_that_could_send_elsewhere_are_refused(refuse, tmp_path, setting):
    (tmp_path / "wandb").mkdir()
    (tmp_path / "wandb" / "settings").write_text(f"[default]\nmode = offline\n{setting}\n")
    assert setting.partition(" ")[0] in refuse(*SHORT, "--wandb").what


def test_a_directory_of_code_that_is_not_there_is_refused(refuse):
    assert "no/such" in refuse(*SHORT, "--wandb", "wandb_logcode_dir=no/such").what


@pytest.mark.soak
@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="needs Linux' /proc to find a process's children")
def test_the_training_goes_on_when_wandb_dies(gymctl, monkeypatch):
    monkeypatch.setenv("WANDB_MODE", "offline")
    process = gymctl.start(*SHORT, "--max-iterations", 300, "--wandb", "--json")
    next(line for line in process.stderr if line.startswith("epoch"))
    children = Path(f"/proc/{process.pid}/task").glob("*/children")
    for child in {int(pid) for file in children for pid in file.read_text().split()}:
        if Path(f"/proc/{child}/comm").read_text().startswith("wandb-core"):
            os.kill(child, signal.SIGKILL)
    stdout, stderr = process.communicate(timeout=120)
    assert process.returncode == 0, stderr
    assert "Weights & Biases stopped tracking" in stderr
    assert json.loads(stdout)["epochs"] == 300
