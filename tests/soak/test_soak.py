"""A training that is killed twenty times, against one that is left alone. Two minutes: ``pytest -m soak``."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch

from gymctl.policies.checkpoints.loading import load_checkpoint

KILLS, EPOCHS = 20, 1000
GYMCTL = Path(sys.executable).with_name("gymctl")
FRESH = ["train", "Cartpole", "--num-envs", "64", "--seed", "3", "--max-iterations", EPOCHS]
SETTINGS = ["train.params.config.save_frequency=10", "train.params.config.save_best_after=10"]


def start(directory, *arguments):
    return subprocess.Popen(
        [GYMCTL, *map(str, arguments), "--json"],
        cwd=directory,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def finish(process):
    stdout, stderr = process.communicate()
    assert process.returncode == 0, stderr
    return json.loads(stdout)


def rewards(run):
    """The mean reward by epoch, as TensorBoard shows it: what was done twice counts once."""
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    events = EventAccumulator(str(run / "summaries"), size_guidance={"scalars": 0}).Reload()
    return {event.step: event.value for event in events.Scalars("rewards/iter")}


@pytest.mark.soak
def test_a_training_killed_twenty_times_ends_as_one_left_alone(tmp_path):
    luck = random.Random(0)
    arguments, kills, loaded, run = [*FRESH, *SETTINGS], 0, 0, None
    while kills < KILLS:
        process = start(tmp_path, *arguments)
        if luck.random() < 0.75:  # else anywhere in the start
            next((line for line in process.stderr if line.startswith("epoch")), None)
        time.sleep(luck.uniform(0.0, 2.0))
        process.send_signal(signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL, "it was finished before it was killed: train for more epochs"
        kills += 1
        runs = list((tmp_path / "runs").glob("*")) if (tmp_path / "runs").exists() else []
        usable = [path for path in runs if (path / "config.yaml").is_file()]
        if usable:
            run = usable[0]
            for file in (run / "nn").glob("*.pth"):
                load_checkpoint(file)
                loaded += 1
            json.loads((run / "run.json").read_text())
            arguments = ["train", "--resume", run]
    result = finish(start(tmp_path, *arguments))
    alone = finish(start(tmp_path, *FRESH, *SETTINGS, "--runs-dir", "alone"))
    assert result["epochs"] == alone["epochs"] == EPOCHS
    assert result["frames"] == alone["frames"]
    one, other = (torch.load(tmp_path / r["last_checkpoint"], weights_only=True) for r in (result, alone))
    assert all(torch.equal(one["model"][key], other["model"][key]) for key in one["model"])
    curve, undisturbed = rewards(run), rewards(tmp_path / alone["run_dir"])
    assert curve == undisturbed
    values = [curve[step] for step in sorted(curve)]
    assert sum(values[-50:]) / 50 > 3 * sum(values[:50]) / 50
    assert [file for file in (run / "nn").iterdir() if file.suffix != ".pth"] == []
    report = {"kills": kills, "checkpoints_loaded": loaded, "first": values[0], "last": values[-1], "epochs": EPOCHS}
    if "SOAK_REPORT" in os.environ:
        Path(os.environ["SOAK_REPORT"]).write_text(json.dumps(report))
