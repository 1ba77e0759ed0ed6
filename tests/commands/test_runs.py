"""``gymctl runs``: a real training of Cartpole, resumed ones, and run directories made by hand."""

import json
import os
import pty
import shutil
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import pytest

from gymctl.runs.directory import Run
from gymctl.runs.history import REWARD, read_history
from tests.helpers import written_events
from tests.helpers.warm import GYMCTL

pytestmark = pytest.mark.slow

PPO_TAGS = """
    performance/step_inference_rl_update_fps performance/step_inference_fps performance/step_fps
    performance/rl_update_time performance/step_inference_time performance/step_time
    losses/a_loss losses/c_loss losses/entropy losses/bounds_loss
    info/last_lr info/lr_mul info/e_clip info/kl info/epochs info/diverged_episodes
    rewards/step rewards/iter rewards/time shaped_rewards/step shaped_rewards/iter shaped_rewards/time
    episode_lengths/step episode_lengths/iter episode_lengths/time
"""
CHECKPOINTS = ("Ant", *(f"last_Ant_ep_{epoch}_rew_{epoch}.5" for epoch in (50, 100, 150, 200)))


@pytest.fixture
def runs_dir(tmp_path):
    """Runs of ours that ended, were killed and failed, and one of IsaacGymEnvs."""
    directory = tmp_path / "runs"
    done = {"task": "Ant", "max_epochs": 200}
    written_events.run(
        directory,
        "Ant_2026-01-02_10-00-00",
        CHECKPOINTS,
        **done,
        status="completed",
        started="2026-01-02T10:00:00+00:00",
        epochs=200,
        best_reward=201.25,
    )
    killed = written_events.run(
        directory, "Ant_2026-01-03_10-00-00", **done, status="running", started="2026-01-03T10:00:00+00:00"
    )
    written_events.event_file(
        killed.summaries_dir, 1e9, written_events.epochs(range(1, 31), reward=lambda epoch: 2.0 * epoch)
    )
    written_events.run(
        directory, "walk_2026-01-01_10-00-00", task="Humanoid", status="failed", started="2026-01-01T10:00:00+00:00"
    )
    foreign = written_events.run(directory, "Cartpole_01-10-00-00", ["Cartpole", "last_Cartpole_ep_100_rew_490.5"])
    os.utime(foreign.path, (1e9, 1e9))
    return directory


@pytest.fixture(scope="module")
def resumed(trained, tmp_path_factory):
    """The shared training, resumed from the checkpoint before its last: two of its epochs were done anew."""
    directory = tmp_path_factory.mktemp("resumed")
    shutil.copytree(trained.path, directory / "runs" / trained.path.name)
    run = Run(directory / "runs" / trained.path.name)
    (last,) = run.nn_dir.glob("last_*_ep_12_*")
    last.unlink()
    arguments = ["train", "--resume", run.path, "--max-iterations", "14", "--json"]
    subprocess.run([GYMCTL, *arguments], check=True, capture_output=True, cwd=directory)
    return run


def test_a_training_writes_the_tags_that_rl_games_writes_for_isaacgymenvs(trained):
    assert set(read_history(Run(trained.path)).curves) == set(PPO_TAGS.split())


def test_runs_are_listed_the_newest_first_with_how_they_stand(invoke, runs_dir):
    lines = [line.split() for line in invoke("runs").stdout.splitlines()]
    assert lines[0] == ["name", "task", "status", "epochs", "best", "age", "size"]
    assert [line[:5] for line in lines[1:]] == [
        ["Ant_2026-01-03_10-00-00", "Ant", "killed", "30/200", "60.00"],
        ["Ant_2026-01-02_10-00-00", "Ant", "completed", "200/200", "201.25"],
        ["walk_2026-01-01_10-00-00", "Humanoid", "failed", "0", "-"],
        ["Cartpole_01-10-00-00", "Cartpole", "-", "100", "490.50"],
    ]
    assert invoke("runs", "list").stdout == invoke("runs").stdout


def test_a_run_is_running_while_a_process_has_it(invoke, runs_dir):
    with Run(runs_dir / "Ant_2026-01-03_10-00-00").claim():
        assert json.loads(invoke("runs", "--json").stdout)["runs"][0]["status"] == "running"
    assert json.loads(invoke("runs", "--json").stdout)["runs"][0]["status"] == "killed"


def test_the_list_for_machines_has_iso_times_and_bytes(invoke, runs_dir):
    listed = json.loads(invoke("runs", "Ant", "--json").stdout)
    assert listed["schema_version"] == 1
    assert [run["name"] for run in listed["runs"]] == ["Ant_2026-01-03_10-00-00", "Ant_2026-01-02_10-00-00"]
    run = listed["runs"][1]
    assert datetime.fromisoformat(run["started"]).astimezone() == datetime.fromisoformat("2026-01-02T10:00:00+00:00")
    assert run["size"] == 5000 + (runs_dir / run["name"] / "run.json").stat().st_size
    assert (run["epochs"], run["max_epochs"], run["best_reward"]) == (200, 200, 201.25)


def test_a_task_without_runs_and_an_empty_directory_say_so(invoke, refuse, runs_dir):
    assert "'Humanoid'" in refuse("runs", "Humanod").fix
    assert "'show'" in refuse("runs", "shwo").fix
    assert invoke("runs", "--runs-dir", "nowhere").stdout == "no runs in 'nowhere'\n"


def test_listing_and_showing_load_neither_torch_nor_mujoco_nor_matplotlib(trained):
    code = (
        "import sys; from gymctl.commands.app import app; from typer.testing import CliRunner;"
        "results = [CliRunner().invoke(app, ['runs', *words]) for words in ([], ['show', 'latest'])];"
        "print([r.exit_code for r in results], {'torch', 'mujoco', 'matplotlib', 'numpy'} & set(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=trained.gymctl.directory, capture_output=True, text=True, check=True
    )
    assert done.stdout == "[0, 0] set()\n"


def test_a_run_whose_curves_cant_be_read_is_listed_among_the_others(invoke, runs_dir):
    (killed,) = runs_dir.glob("Ant_2026-01-03*/summaries")
    (killed / "events.out.tfevents.2.host").mkdir()
    listed = json.loads(invoke("runs", "--json").stdout)["runs"]
    assert len(listed) == 4
    assert [run["epochs"] for run in listed if run["name"].startswith("Ant_2026-01-03")] == [None]


def test_a_run_is_shown_with_its_checkpoints_and_its_curve_in_80_columns(trained):
    shown = trained.gymctl("runs", "show", "Cartpole", env={"COLUMNS": "80"}).stdout
    for words in ("completed", "12/12", "gymctl train Cartpole --num-envs 64", "Cartpole.pth"):
        assert words in shown
    chart = shown[shown.index("mean reward") :]
    assert max(map(len, chart.splitlines())) == 80
    assert "losses/a_loss" in chart
    assert "└──" in chart
    plain = trained.gymctl("runs", "show", "Cartpole", env={"TERM": "dumb"}).stdout
    assert plain.isascii()
    assert "\x1b" not in shown + plain
    assert "stopped by" not in shown


def test_a_run_shown_to_machines_has_its_curve_and_tags(trained):
    shown = trained.gymctl.json("runs", "show", trained.path.name)
    assert shown["seed"] == 7
    assert shown["status"] == "completed"
    assert shown["best_reward"] == trained.result["best_reward"]
    assert shown["env_steps"] == trained.result["frames"]
    assert set(shown["tags"]) == set(PPO_TAGS.split())
    assert shown["curve"]["mean_reward"][-1] == pytest.approx(trained.result["reward_mean"])
    best, *others = shown["checkpoints"]
    assert best["best"]
    assert best["path"].endswith("nn/Cartpole.pth")
    assert sorted(checkpoint["epoch"] for checkpoint in others) == [5, 10, 12]


def test_a_run_of_isaacgymenvs_and_one_just_begun_can_be_shown(invoke, runs_dir):
    assert "no run of gymctl's" in invoke("runs", "show", "Cartpole").stdout
    shown = invoke("runs", "show", "walk").stdout
    assert "no checkpoints" in shown
    assert "no curve yet" in shown


def test_a_run_is_found_by_path_name_beginning_task_and_latest(invoke, refuse, runs_dir):
    def shown(what):
        return Path(json.loads(invoke("runs", "show", what, "--json").stdout)["path"]).name

    assert shown(runs_dir / "Ant_2026-01-02_10-00-00") == "Ant_2026-01-02_10-00-00"
    assert shown("Ant_2026-01-02_10-00-00") == shown("Ant_2026-01-02") == "Ant_2026-01-02_10-00-00"
    assert shown("Ant") == shown("latest") == "Ant_2026-01-03_10-00-00"
    ambiguous = refuse("runs", "show", "Ant_2026")
    assert ambiguous.what == "2 runs have names that begin with 'Ant_2026'"
    assert "Ant_2026-01-02_10-00-00" in ambiguous.fix
    assert "'Ant_2026-01-02_10-00-00'" in refuse("runs", "show", "Ant_2026-01-02_10-00-01").fix
    assert "not a run's directory" in refuse("runs", "show", runs_dir).what


def test_a_resumed_run_has_every_epoch_once(resumed):
    epochs = read_history(resumed).curve("info/epochs")
    assert epochs.values == [*range(1, 15)]
    assert epochs.env_steps == [64 * 16 * index for index in range(14)]
    assert epochs.seconds == sorted(epochs.seconds)
    assert epochs.seconds[-1] < 60  # the time between the two is not in it


def test_plots_are_written_as_png_and_svg_and_named(invoke, resumed):
    runs_dir = resumed.path.parent
    assert invoke("runs", "plot", "latest", "--runs-dir", runs_dir).stdout == f"{resumed.path.name}.png\n"
    assert Path(f"{resumed.path.name}.png").read_bytes().startswith(b"\x89PNG")
    invoke("runs", "plot", resumed.path, "--tag", "losses/a_loss", "-o", "loss.svg")
    assert "<svg" in Path("loss.svg").read_text()
    assert len(list(Path().iterdir())) == 2
    again = Path("loss.svg").read_bytes()
    invoke("runs", "plot", resumed.path, "--tag", "losses/a_loss", "-o", "loss.svg")
    assert Path("loss.svg").read_bytes() == again


def test_a_plot_that_cannot_be_made_leaves_no_file(refuse, resumed):
    assert "'rewards/step'" in refuse("runs", "plot", resumed.path, "--tag", "rewards/stp").fix
    assert ".png" in refuse("runs", "plot", resumed.path, "--output", "plot.pdf").fix
    assert "no/such" in refuse("runs", "plot", resumed.path, "--output", "no/such/plot.png").what
    assert list(Path().iterdir()) == []


def test_runs_that_differ_by_their_seed_only_are_drawn_as_one(invoke, tmp_path):
    def seed(number, learning_rate=1e-3):
        params = {"seed": number, "config": {"name": f"s{number}", "learning_rate": learning_rate}}
        config = {"seed": number, "task": {"name": "Ant"}, "train": {"params": params}}
        run = written_events.run(tmp_path / "runs", f"s{number}", task="Ant", config=config)
        last = 30 if number != 3 else 15
        written_events.event_file(
            run.summaries_dir, 1e9, written_events.epochs(range(1, last), reward=lambda epoch: epoch * (1 + number))
        )

    for number in (1, 2, 3):
        seed(number)
    seed(4, learning_rate=1e-4)
    arguments = ("runs", "plot", "s1", "s2", "s4", "s3", "--json", "-o", "plot.svg")
    result = invoke(*arguments, "--group")
    lines = json.loads(result.stdout)["lines"]
    assert [line["runs"] for line in lines] == [["runs/s1", "runs/s2", "runs/s3"], ["runs/s4"]]
    assert lines[0]["label"] == "s1 + s2 + s3: mean of 3 runs, band from min to max"
    assert "runs/s3 ends at 1.4k of 2.9k env steps" in result.stderr
    assert len(json.loads(invoke(*arguments).stdout)["lines"]) == 4


def test_pruning_keeps_the_best_and_the_latest(invoke, runs_dir):
    nn = runs_dir / "Ant_2026-01-02_10-00-00" / "nn"
    planned = invoke("runs", "prune", "--dry-run").stdout
    assert "3 checkpoints (3 kB) would be removed" in planned
    assert len(list(nn.iterdir())) == 5
    result = json.loads(invoke("runs", "prune", "Ant_2026-01-02", "--keep", 2, "--yes", "--json").stdout)
    assert (result["size"], result["dry_run"]) == (2000, False)
    assert sorted(file.stem for file in nn.iterdir()) == [
        "Ant",
        "last_Ant_ep_150_rew_150.5",
        "last_Ant_ep_200_rew_200.5",
    ]
    invoke("runs", "prune", "--yes")
    assert sorted(file.stem for file in nn.iterdir()) == ["Ant", "last_Ant_ep_200_rew_200.5"]
    assert invoke("runs", "prune").stdout == "there is nothing to remove\n"


def test_pruning_keeps_what_takes_the_place_of_a_best_and_what_another_run_began_with(invoke, tmp_path):
    names = [
        "last_Ant_ep_1_rew_1",
        "last_Ant_ep_2_rew_9",
        "last_Ant_ep_3_rew_3",
        "last_Ant_ep_4_rew_4",
        "Ant_ep_1_rew_5",
    ]
    run = written_events.run(tmp_path / "runs", "Ant", names)
    first = (run.nn_dir / f"{names[0]}.pth").absolute()
    written_events.run(
        tmp_path / "runs", "more", task="Ant", status="failed", checkpoint={"path": str(first), "sha256": "0"}
    )
    invoke("runs", "prune", "--yes")
    assert sorted(file.stem for file in run.nn_dir.iterdir()) == sorted(set(names) - {"last_Ant_ep_3_rew_3"})


def test_pruning_keeps_what_a_segment_with_other_settings_began_with(invoke, tmp_path):
    run = written_events.run(tmp_path / "runs", "Ant", [f"last_Ant_ep_{n}_rew_{n}" for n in range(1, 5)])
    first = {"number": 1, "after_epoch": 0, "after_env_steps": 0, "changed": {}}
    second = {"number": 2, "after_epoch": 2, "after_env_steps": 9, "changed": {"seed": [1, 2]}}
    second["checkpoint"] = {"path": "nn/last_Ant_ep_2_rew_2.pth", "sha256": "0"}
    run.update_manifest(segments=[first, second])
    invoke("runs", "prune", "--yes")
    assert sorted(file.stem for file in run.nn_dir.iterdir()) == ["last_Ant_ep_2_rew_2", "last_Ant_ep_4_rew_4"]


def test_a_run_that_is_trained_is_never_pruned(invoke, refuse, runs_dir):
    run = Run(runs_dir / "Ant_2026-01-02_10-00-00")
    with run.claim():
        assert "is being trained" in refuse("runs", "prune", run.path, "--yes").what
        assert "left alone" in invoke("runs", "prune", "--yes").stderr
    assert len(list(run.nn_dir.iterdir())) == 5


def test_without_a_terminal_to_ask_on_nothing_is_pruned(refuse, runs_dir):
    refusal = refuse("runs", "prune")
    assert "3 checkpoints (3 kB)" in refusal.what
    assert "--yes" in refusal.fix
    assert len(list((runs_dir / "Ant_2026-01-02_10-00-00" / "nn").iterdir())) == 5


@pytest.mark.parametrize(("answer", "left"), [(b"n\n", 5), (b"y\n", 2)])
def test_on_a_terminal_it_asks(runs_dir, answer, left):
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [GYMCTL, "runs", "prune"], cwd=runs_dir.parent, stdin=theirs, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        os.write(ours, answer)
        _, asked = process.communicate(timeout=60)
    os.close(ours)
    os.close(theirs)
    assert b"3 checkpoints (3 kB) to be removed" in asked
    assert process.returncode == (1 if left == 5 else 0)
    assert len(list((runs_dir / "Ant_2026-01-02_10-00-00" / "nn").iterdir())) == left


def test_the_curves_of_a_killed_training_are_read(gymctl):
    process = gymctl.start("train", "Cartpole", "--num-envs", 16, "--max-iterations", 1_000_000)
    next(line for line in process.stderr if line.startswith("epoch"))
    (run,) = gymctl.json("runs")["runs"]
    assert run["status"] == "running"
    process.kill()
    process.communicate()
    (run,) = gymctl.json("runs")["runs"]
    assert run["status"] == "killed"
    assert run["epochs"] >= 1
    assert read_history(Run(gymctl.directory / run["path"]), [REWARD]).curves.keys() <= {REWARD}


@pytest.mark.parametrize(("env", "coloured"), [({"TERM": "xterm"}, True), ({"TERM": "xterm", "NO_COLOR": "1"}, False)])
def test_statuses_are_coloured_on_a_terminal_alone(invoke, runs_dir, env, coloured):
    ours, theirs = pty.openpty()
    subprocess.run([GYMCTL, "runs"], cwd=runs_dir.parent, stdout=theirs, env={**os.environ, **env}, check=True)
    os.close(theirs)
    shown = os.read(ours, 100_000).decode()
    os.close(ours)
    assert ("\x1b[32mcompleted\x1b[0m" in shown) == coloured
    assert "\x1b" not in invoke("runs").stdout
