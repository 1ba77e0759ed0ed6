"""Several ranks train one policy, write one run, and end together."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch

from gymctl.runs.directory import Run
from tests.helpers.warm import GYMCTL, run_gymctl
from tests.learning.ranks.together import ROOT, torchrun

pytestmark = pytest.mark.slow

ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", "GYMCTL_DEVICE": "cpu"}
FIRST_UPDATE = """
import sys
from pathlib import Path

import torch

from gymctl.envs import factory
from gymctl.learning.bridge import RlGamesVecEnv
from gymctl.learning.guards import DivergenceWatch
from gymctl.learning.observer import TrainingObserver
from gymctl.learning.prepare import prepare_training
from gymctl.learning.ranks.group import joined
from gymctl.learning.session import build_agent
from gymctl.runs.directory import create_run

folder, total = Path(sys.argv[1]), 16
ranks = prepare_training("Cartpole", settings={"num_envs": total}).rank.size if len(sys.argv) > 2 else 2
settings = {"num_envs": total // ranks, "sim_device": "cpu", "multi_gpu": ranks > 1}
overrides = ["train.params.config.mini_epochs=1", f"train.params.config.minibatch_size={total // ranks * 16}",
             "train.params.config.mixed_precision=False"]
training = prepare_training("Cartpole", settings=settings, overrides=overrides, runs_dir=folder)
with joined(training.rank, training.backend.rl_device) as group:
    torch.manual_seed(7)  # the same networks everywhere
    env = factory.make(training.config, training.backend)
    run = create_run(f"rank{group.rank.index}of{ranks}", folder)
    watch = TrainingObserver(env.num_diverged, DivergenceWatch(training.config), lambda _: None, lambda: False, print)
    agent = build_agent(training, run, RlGamesVecEnv(env, "Cartpole"), watch, None, group)
    agent.init_tensors()
    agent.obs = agent.env_reset()
    draw = torch.Generator().manual_seed(0)
    steps, rows = 16, slice(group.rank.index * total // ranks, (group.rank.index + 1) * total // ranks)

    def numbers(*shape):
        return torch.randn(total, steps, *shape, generator=draw)[rows].flatten(0, 1)

    batch = {"obses": numbers(4), "returns": numbers(1), "values": numbers(1), "actions": numbers(1),
             "neglogpacs": numbers(), "mus": numbers(1), "sigmas": numbers(1).abs() + 0.5,
             "dones": torch.zeros(total // ranks * steps), "played_frames": total * steps}
    agent.play_steps = lambda: batch
    agent.train_epoch()
    agent.compare_networks()
    torch.save(agent.model.state_dict(), folder / f"{group.rank.index}of{ranks}.pt")
"""

NOT_FINITE = """
import os
import sys

from gymctl.commands.app import main
from gymctl.tasks.classic.cartpole import Cartpole

given = Cartpole.reward

def reward(self, observations):
    value, done = given(self, observations)
    self.steps = getattr(self, "steps", 0) + 1
    return (value * float("nan") if self.steps > 100 else value), done

if os.environ["RANK"] == "1":
    Cartpole.reward = reward
sys.argv = ["gymctl", "train", "Cartpole", "multi_gpu=True", "--num-envs", "32", "--device", "cpu", "-q"]
main()
"""


def train(*arguments, cwd):
    return run_gymctl(["train", *arguments], cwd, ENVIRONMENT, timeout=240)


@pytest.fixture(scope="module")
def learned(tmp_path_factory):
    """What a training on two ranks told, and where its run is."""
    folder = tmp_path_factory.mktemp("learned")
    return train("Cartpole", "--gpus", "2", "--num-envs", "64", "--max-iterations", "60", "--json", cwd=folder), folder


@pytest.fixture
def started(tmp_path):
    """Starts a long training on two ranks, and waits for its third epoch."""
    processes = []

    def start(*arguments):
        command = [GYMCTL, "train", "Cartpole", "--gpus", "2", "--num-envs", "32"]
        with (tmp_path / "stderr").open("w") as stderr:
            process = subprocess.Popen(
                [*command, "--max-iterations", "100000", *arguments],
                cwd=tmp_path,
                env=ENVIRONMENT,
                stdout=subprocess.DEVNULL,
                stderr=stderr,
                start_new_session=True,
            )
        processes.append(process)
        deadline = time.monotonic() + 120
        while "epoch " not in (tmp_path / "stderr").read_text():
            assert process.poll() is None, (tmp_path / "stderr").read_text()
            assert time.monotonic() < deadline
            time.sleep(0.2)
        return process

    yield start
    for process in processes:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)


def the_run(folder):
    (path,) = (folder / "runs").iterdir()
    return Run(path)


def errors(folder):
    return [line for line in (folder / "stderr").read_text().splitlines() if line.startswith("error:")]


def children(process):
    """The ranks' processes, in the order of their ranks."""
    found = {}
    for entry in os.listdir("/proc"):
        if entry.isdecimal():
            try:
                status = Path(f"/proc/{entry}/stat").read_text().rpartition(")")[2].split()
                variables = Path(f"/proc/{entry}/environ").read_text().split("\0")
            except OSError:
                continue
            if int(status[1]) == process.pid and (rank := [v for v in variables if v.startswith("RANK=")]):
                found[rank[0]] = int(entry)
    return [found[rank] for rank in sorted(found)]


def test_two_ranks_learn_one_policy_and_write_one_run(learned):
    ended, folder = learned
    assert ended.returncode == 0, ended.stderr
    result, run = json.loads(ended.stdout), the_run(folder)
    assert "2 ranks of 64 envs, 128 together" in ended.stderr
    assert "seeds 42 to 43" in ended.stderr
    assert result["env_steps"] == 60 * 16 * 128
    assert result["reward_mean"] > 200
    assert run.manifest()["status"] == "completed"
    assert [path.name for path in run.ranks_dir.iterdir()] == ["1.log"]
    assert len(list(run.summaries_dir.iterdir())) == 1
    assert not (folder / "1.log").exists()


def test_the_first_update_is_that_of_one_rank(tmp_path):
    (tmp_path / "program.py").write_text(FIRST_UPDATE)
    alone = subprocess.run(
        [sys.executable, tmp_path / "program.py", tmp_path, "alone"],
        cwd=tmp_path,
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert alone.returncode == 0, alone.stderr
    together = torchrun(2, tmp_path / "program.py", tmp_path, cwd=tmp_path)
    assert together.returncode == 0, together.stderr
    one, first, second = (torch.load(tmp_path / f"{name}.pt") for name in ("0of1", "0of2", "1of2"))
    for name, value in one.items():
        assert torch.equal(first[name], second[name]), name
        torch.testing.assert_close(first[name], value, rtol=1e-4, atol=1e-6, msg=name)


def test_a_killed_rank_ends_the_training_with_a_checkpoint(started, tmp_path):
    process = started()
    os.kill(children(process)[1], signal.SIGKILL)
    assert process.wait(60) not in (0, None)
    (error,) = errors(tmp_path)
    assert "another process of this training has ended" in error
    run = the_run(tmp_path)
    assert run.manifest()["status"] == "failed"
    assert list(run.nn_dir.glob("last_*.pth"))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_all_ranks_after_an_epoch(started, tmp_path, number):
    process = started()
    os.killpg(process.pid, number)  # as a terminal does
    assert process.wait(60) == 128 + number
    assert not errors(tmp_path)
    run = the_run(tmp_path)
    assert run.manifest()["status"] == "interrupted"
    assert list(run.nn_dir.glob("last_*.pth"))


def test_a_signal_to_one_rank_stops_all(started, tmp_path):
    process = started()
    os.kill(children(process)[1], signal.SIGTERM)
    process.wait(60)
    assert not errors(tmp_path)
    assert the_run(tmp_path).manifest()["stopped_by"] == "SIGTERM"


def test_numbers_that_are_not_finite_on_one_rank_end_all(tmp_path):
    (tmp_path / "program.py").write_text(NOT_FINITE)
    ended = torchrun(2, tmp_path / "program.py", cwd=tmp_path)
    assert ended.returncode == 1
    (error,) = [line for line in ended.stderr.splitlines() if line.startswith("error:")]
    assert "the loss is no longer a number" in error
    assert the_run(tmp_path).manifest()["status"] == "failed"


def test_a_run_goes_on_with_another_number_of_ranks(learned, tmp_path):
    first, folder = learned
    run = shutil.copytree(the_run(folder).path, tmp_path / "run")
    size = ["--num-envs", "32", "--quiet", "--json"]
    alone = train("--resume", run, "--max-iterations", "62", "multi_gpu=False", *size, cwd=tmp_path)
    assert alone.returncode == 0, alone.stderr
    again = train("--resume", run, "--gpus", "2", "--max-iterations", "64", *size, cwd=tmp_path)
    assert again.returncode == 0, again.stderr
    steps = [json.loads(ended.stdout)["env_steps"] for ended in (first, alone, again)]
    assert steps == [60 * 16 * 128, 60 * 16 * 128 + 2 * 16 * 32, 60 * 16 * 128 + 2 * 16 * 32 + 2 * 16 * 64]


def test_many_identical_trainings_are_refused(tmp_path):
    ended = run_gymctl(["train", "Cartpole"], tmp_path, {**ENVIRONMENT, "WORLD_SIZE": "2", "RANK": "0"})
    assert ended.returncode == 2
    assert "2 processes, which would train 2 policies" in ended.stderr
    assert "multi_gpu=True" in ended.stderr


def test_sac_says_that_it_can_not(tmp_path):
    ended = train("AntSAC", "--gpus", "2", cwd=tmp_path)
    assert ended.returncode == 2
    assert "can't train with several ranks" in ended.stderr
