"""``gymctl sweep`` as a user runs it: Ray's processes, real trainings, real signals."""

import json
import signal
import time

import pytest

from gymctl.commands.sweep_text import short_names
from tests.helpers.ports import listening

LR = "train.params.config.learning_rate"
SMALL = ("--num-envs", 32, "--max-iterations", 6, "--parallel", 2, "--device", "cpu")


def statuses(result):
    return [trial["status"] for trial in result["trials"]]


def record_of(directory):
    return json.loads((directory / "sweep.json").read_text())


@pytest.mark.parametrize(
    ("keys", "shown"),
    [
        ([LR, "task.env.a"], ["learning_rate", "a"]),
        (["task.env.a.x", "task.env.b.x"], ["a.x", "b.x"]),
        (["x", "a.x"], ["x", "a.x"]),
        (["seed"], ["seed"]),
    ],
)
def test_keys_are_shown_by_as_many_parts_as_tell_them_apart(keys, shown):
    assert short_names(keys) == shown


@pytest.mark.slow
@pytest.mark.parametrize(
    "words",
    [
        f"{LR}=1e-2..1e-4",
        f"{LR}=1e-3,nonsense",
        f"{LR}=1e-3",
        f"{LR}=1e-3,1e-2 --search grid --trials 5",
        f"{LR}=1e-3,1e-2 --objective time-to",
        f"{LR}=1e-3,1e-2 --space missing.yaml",
        "--resume missing",
    ],
)
def test_bad_words_are_refused(refuse, words):
    pytest.importorskip("ray")
    refuse("sweep", "Cartpole", *words.split())


@pytest.mark.slow
def test_trials_are_runs_a_failing_one_ends_nothing_and_what_is_missing_is_run_later(gymctl, tmp_path):
    pytest.importorskip("ray")
    rates = f"{LR}=1e-3,2e-3,1e30,3e-3"
    done = gymctl("sweep", "Cartpole", rates, *SMALL, "--search", "grid", "--json", timeout=600)
    result = json.loads(done.stdout)
    assert (result["schema_version"], result["status"]) == (1, "completed")
    assert statuses(result) == ["completed", "completed", "failed", "completed"]
    assert "no longer a number" in result["trials"][2]["error"]
    assert "trial 3 failed: " in done.stderr
    directory = tmp_path / result["sweep_dir"]
    assert record_of(directory).items() <= result.items()
    best = max(trial["objective"] for trial in result["trials"] if trial["objective"] is not None)
    assert result["trials"][result["best_trial"] - 1]["objective"] == best

    runs = gymctl.json("runs", "--runs-dir", directory)["runs"]
    assert len(runs) == 4
    for trial in result["trials"]:
        (run,) = trial["runs"]
        manifest = json.loads((directory / run["run"] / "run.json").read_text())
        assert manifest["command"][1:3] == ["sweep", "Cartpole"]
    gymctl("play", "Cartpole", directory / result["trials"][0]["runs"][0]["run"], "--episodes", 1, "--num-envs", 2)

    record = record_of(directory)
    kept = record["trials"][0]
    record["trials"][1] |= {"status": "planned", "objective": None, "runs": []}
    record["trials"][2]["values"][LR] = 5e-3
    (directory / "sweep.json").write_text(json.dumps(record))
    resumed = gymctl.json("sweep", "--resume", directory, "--parallel", 2, timeout=600)
    assert statuses(resumed) == ["completed"] * 4
    assert resumed["trials"][0] == kept
    assert resumed["trials"][2]["error"] is None
    assert len(resumed["commands"]) == 2


@pytest.mark.slow
def test_ray_listens_on_loopback_alone_and_ctrl_c_keeps_a_checkpoint_of_each_training(gymctl, tmp_path):
    pytest.importorskip("ray")
    settings = ("--num-envs", 32, "--parallel", 2, "--device", "cpu", "--trials", 3)
    process = gymctl.start("sweep", "Cartpole", f"{LR}=1e-4..1e-2:log", *settings, "--max-iterations", 100_000)
    logs = "runs/*/trial-*/summaries/*"
    while len(list(tmp_path.glob(logs))) < 2:
        assert process.poll() is None, process.communicate()
        time.sleep(0.5)
    addresses = listening(process.pid)
    process.send_signal(signal.SIGINT)
    stdout, stderr = process.communicate(timeout=120)
    assert process.returncode == 130, stderr
    assert addresses
    assert all(address.is_loopback for address in addresses), addresses
    assert "gymctl sweep --resume" in stdout
    (directory,) = tmp_path.glob("runs/*")
    record = record_of(directory)
    assert (record["status"], statuses(record)) == ("interrupted", ["interrupted", "interrupted", "planned"])
    for trial in record["trials"][:2]:
        assert list((directory / trial["runs"][0]["run"] / "nn").glob("last_*.pth"))


@pytest.mark.slow
def test_optuna_and_early_stopping_learn_from_the_trials(gymctl):
    pytest.importorskip("ray")
    pytest.importorskip("optuna")
    how = ("--search", "optuna", "--stop-early", "asha", "--trials", 3)
    result = gymctl.json(
        "sweep", "Cartpole", f"{LR}=1e-4..1e-2:log", "task.env.resetDist=2.5,3.0", *SMALL, *how, timeout=600
    )
    assert len(result["trials"]) == 3
    assert set(statuses(result)) <= {"completed", "stopped"}
    assert all(1e-4 <= trial["values"][LR] <= 1e-2 for trial in result["trials"])
    more = gymctl.json("sweep", "--resume", result["sweep_dir"], "--trials", 4, timeout=600)
    assert more["trials"][:3] == result["trials"]
    assert len(more["trials"]) == 4
