"""Kills, full disks, closed terminals, and numbers that explode: real ones, in real processes where it matters."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from gymctl.policies.checkpoints.loading import load_checkpoint

pytestmark = pytest.mark.slow

ENDLESS = ("train", "Cartpole", "--num-envs", "16", "--max-iterations", "1000000")
EVERY_EPOCH = "train.params.config.save_frequency=1"


def started(gymctl, *more):
    """A training under way, and its run directory."""
    process = gymctl.start(*ENDLESS, EVERY_EPOCH, *more)
    run = next(line for line in process.stderr if line.startswith("run: ")).removeprefix("run: ").strip()
    next(line for line in process.stderr if line.startswith("epoch"))
    return process, gymctl.directory / run


def trained(invoke, *arguments):
    return json.loads(invoke("train", *arguments, "--json").stdout)


def test_a_kill_leaves_whole_checkpoints_and_resume_goes_on(gymctl, invoke):
    process, run = started(gymctl)
    time.sleep(0.2)
    process.kill()
    process.communicate()
    latest = max(load_checkpoint(file)["epoch"] for file in (run / "nn").glob("*.pth"))
    assert latest >= 1
    assert json.loads((run / "run.json").read_text())["task"] == "Cartpole"
    (run / "nn" / ".0123456789abcdef.gymctl-tmp").write_bytes(b"half")  # as of a kill while it was written
    assert trained(invoke, "--resume", run, "--max-iterations", latest + 3)["epochs"] == latest + 3
    assert {file.suffix for file in (run / "nn").iterdir()} == {".pth"}


@pytest.mark.skipif(not hasattr(signal, "SIGHUP"), reason="no terminals that close")
def test_a_closed_terminal_stops_it_as_ctrl_c_does(gymctl):
    process, run = started(gymctl)
    process.stderr.close()  # nobody reads any more
    time.sleep(0.2)
    process.send_signal(signal.SIGHUP)
    stdout, _ = process.stdout.read(), process.wait(timeout=60)
    assert process.returncode == 128 + signal.SIGHUP
    assert f"stopped by {signal.SIGHUP.name}" in stdout
    assert json.loads((run / "run.json").read_text())["status"] == "interrupted"


def test_it_trains_on_when_nobody_reads_its_progress_and_under_nohup(gymctl):
    ignoring = (
        "import signal; signal.signal(signal.SIGHUP, signal.SIG_IGN); from gymctl.commands.app import main; main()"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", ignoring, "train", "Cartpole", "--num-envs", "16", "--max-iterations", "60", "--json"],
        cwd=gymctl.directory,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    process.stderr.close()
    while not list(gymctl.directory.glob("runs/*/train.log")):
        time.sleep(0.05)
    process.send_signal(signal.SIGHUP)
    result = json.loads(process.stdout.read())
    assert process.wait() == 0
    assert (result["epochs"], result["stopped_by"]) == (60, "max_epochs")


def can_mount(directory):
    directory.mkdir()
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=300k", "tmpfs", directory], capture_output=True, check=False
    )
    return done.returncode == 0


def test_a_full_disk_stops_it_with_the_last_good_checkpoint(invoke, tmp_path):
    disk = tmp_path / "disk"
    if os.geteuid() != 0 or not can_mount(disk):
        pytest.skip("mounting a small file system takes root")
    try:
        done = invoke(*ENDLESS, EVERY_EPOCH, "--runs-dir", disk, code=1)
        assert "No space left on device" in done.stderr
        assert "Traceback" not in done.stderr
        (run,) = disk.iterdir()
        named = done.stderr.partition("the last good checkpoint is ")[2].partition(",")[0]
        assert load_checkpoint(Path(named))["epoch"] >= 1
        for file in (run / "nn").iterdir():
            assert file.suffix == ".pth"
            load_checkpoint(file)
        for file in sorted((run / "nn").iterdir(), key=lambda file: file.stat().st_mtime)[:-1]:
            file.unlink()  # make room
        epoch = load_checkpoint(Path(named))["epoch"]
        arguments = ("--max-iterations", epoch + 1, "train.params.config.save_frequency=0")
        assert trained(invoke, "--resume", run, *arguments)["epochs"] == epoch + 1
    finally:
        subprocess.run(["umount", "--lazy", disk], check=True)


def limited(gymctl, name, value, *arguments):
    """Runs gymctl under a limit of the operating system."""
    limit = f"import resource; resource.setrlimit(resource.{name}, ({value},) * 2)"
    code = f"{limit}; from gymctl.commands.app import main; main()"
    return subprocess.run(
        [sys.executable, "-c", code, *map(str, arguments)],
        cwd=gymctl.directory,
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_file_size_limit_stops_it_and_spares_what_is_there(gymctl, invoke):
    before = trained(invoke, "Cartpole", "--num-envs", 16, "--max-iterations", 2)
    file = gymctl.directory / before["last_checkpoint"]
    content = file.read_bytes()
    arguments = ("--resume", before["run_dir"], "--max-iterations", 9)
    done = limited(gymctl, "RLIMIT_FSIZE", len(content) // 2, "train", *arguments)
    assert done.returncode == 1, done.stderr
    assert "File too large" in done.stderr
    assert str(before["last_checkpoint"]) in done.stderr
    assert "Traceback" not in done.stderr
    assert file.read_bytes() == content
    assert [path.name for path in file.parent.iterdir()] == [file.name]
    assert trained(invoke, *arguments)["epochs"] == 9


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_a_log_that_cannot_be_written_stops_it(invoke):
    before = trained(invoke, "Cartpole", "--num-envs", 16, "--max-iterations", 2)
    log = Path(before["run_dir"]) / "train.log"
    log.unlink()
    log.mkdir()
    done = invoke("train", "--resume", before["run_dir"], "--max-iterations", 4, code=1)
    assert "train.log': Is a directory" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="the limit is not known here")
def test_more_envs_than_a_memory_limit_allows_are_refused_with_what_fits(gymctl):
    done = limited(gymctl, "RLIMIT_AS", 12 * 2**30, "train", "Ant", "--num-envs", 3_000_000)
    assert done.returncode == 2, done.stderr
    assert "3,000,000 envs of Ant need about" in done.stderr
    fits = int(done.stderr.split("--num-envs ")[1])
    assert 50_000 < fits < 3_000_000


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="the limit is not known here")
@pytest.mark.parametrize("mebibytes", [300, 580, 700])
@pytest.mark.parametrize("words", [("train", "Ant", "--num-envs", 8), ("doctor",), ("play", "Ant", "x.pth")])
def test_too_little_room_to_start_is_told_before_a_library_aborts(gymctl, mebibytes, words):
    done = limited(gymctl, "RLIMIT_AS", mebibytes * 2**20, *words)
    assert done.returncode == 1, done.stderr
    assert done.stderr.splitlines() == [
        "error: there is not enough memory",
        "  use fewer envs, or allow the process more (ulimit -v)",
    ]


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="the limit is not known here")
@pytest.mark.parametrize("words", [("tasks",), ("runs", "list"), ("train", "--help")])
def test_what_needs_no_library_runs_with_little_memory(gymctl, words):
    done = limited(gymctl, "RLIMIT_AS", 580 * 2**20, *words)
    assert done.returncode == 0, done.stderr


def test_a_loss_that_is_no_number_stops_it_and_names_the_last_good_checkpoint(invoke):
    first = trained(invoke, "Cartpole", "--num-envs", 16, "--max-iterations", 2)
    explode = ["train.params.config.learning_rate=1e30", "train.params.config.lr_schedule=constant"]
    result = invoke("train", "--resume", first["last_checkpoint"], "--max-iterations", 5, *explode, code=1)
    assert "no longer a number in epoch 3" in result.stderr
    assert "lower the learning rate" in result.stderr
    assert "the last good checkpoint is" in result.stderr or "no checkpoint was saved yet" in result.stderr
    for file in Path("runs").rglob("*.pth"):
        load_checkpoint(file)  # none has NaN


def test_physics_that_keeps_exploding_stops_it_with_advice(invoke):
    result = invoke("train", "Ant", "--num-envs", 8, "task.sim.dt=0.5", "task.env.powerScale=1000", code=1)
    assert "the physics keeps exploding" in result.stderr
    assert "task.sim.substeps (now 2)" in result.stderr


def test_a_few_exploding_worlds_are_counted_shown_and_logged_and_training_goes_on(invoke):
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    result = invoke("train", "Ant", "--num-envs", 8, "--max-iterations", 4, "task.sim.dt=0.5", "--json")
    fields = json.loads(result.stdout)
    assert fields["epochs"] == 4
    assert fields["diverged"] > 0
    assert f"{fields['diverged']} diverged" in result.stderr
    events = EventAccumulator(str(Path(fields["run_dir"]) / "summaries")).Reload()
    assert events.Scalars("info/diverged_episodes")[-1].value == fields["diverged"]
