"""``gymctl sweep`` as a user runs it: Ray's processes, real trainings, real signals."""

import json
import signal
import time

import pytest

from tests.helpers.ports import listening

LR = "train.params.config.learning_rate"
SMALL = ("--num-envs", 32, "--max-iterations", 6, "--device", "cpu")


def statuses(result):
    return [trial["status"] for trial in result["trials"]]


def record_of(directory):
    return json.loads((directory / "sweep.json").read_text())


@pytest.fixture
def invoke_json(invoke):
    def run(*arguments):
        return json.loads(invoke(*arguments, "--json").stdout)

    return run


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
        f"{LR}=1e-3..1e-2 --perturb-every 5",
        "--resume missing",
    ],
)
def test_bad_words_are_refused(refuse, words):
    pytest.importorskip("ray")
    refuse("sweep", "Cartpole", *words.split())


@pytest.mark.slow
def test_trials_are_runs_a_failing_one_ends_nothing_and_what_is_missing_is_run_later(gymctl, invoke_json, tmp_path):
    pytest.importorskip("ray")
    rates = f"{LR}=1e-3,1e30,2e-3"
    done = gymctl("sweep", "Cartpole", rates, *SMALL, "--search", "grid", "--json", timeout=600)
    result = json.loads(done.stdout)
    assert (result["schema_version"], result["status"]) == (1, "completed")
    assert statuses(result) == ["completed", "failed", "completed"]
    assert "no longer a number" in result["trials"][1]["error"]
    assert "trial 2 failed: " in done.stderr
    directory = tmp_path / result["sweep_dir"]
    assert record_of(directory).items() <= result.items()
    best = max(trial["objective"] for trial in result["trials"] if trial["objective"] is not None)
    assert result["trials"][result["best_trial"] - 1]["objective"] == best
    assert (tmp_path / result["picture"]).stat().st_size > 10_000

    runs = invoke_json("runs", "--runs-dir", directory)["runs"]
    assert len(runs) == 3
    for trial in result["trials"]:
        (run,) = trial["runs"]
        manifest = json.loads((directory / run["run"] / "run.json").read_text())
        assert manifest["command"][1:3] == ["sweep", "Cartpole"]
    played = invoke_json("play", "Cartpole", directory, "--episodes", 1, "--num-envs", 2)
    assert f"/{result['best_run']}/" in played["checkpoint"]
    assert invoke_json("runs", "plot", directory, "--output", "again.svg")["path"] == "again.svg"

    record = record_of(directory)
    kept = record["trials"][0]
    record["trials"][1]["values"][LR] = 5e-3
    record["trials"][2] |= {"status": "planned", "objective": None, "runs": []}
    (directory / "sweep.json").write_text(json.dumps(record))
    resumed = gymctl.json("sweep", "--resume", directory, timeout=600)
    assert statuses(resumed) == ["completed"] * 3
    assert resumed["trials"][0] == kept
    assert resumed["trials"][1]["error"] is None
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
