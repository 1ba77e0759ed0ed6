"""Sweeps on a Ray cluster of two nodes on this machine, each with one core: real processes, real trainings."""

import os
import shutil
import tempfile

import pytest

from gymctl.sweep.board import Board
from gymctl.sweep.cluster import Resources, connected, on_this_node
from gymctl.sweep.planning import Wishes, begin, plan_sweep
from gymctl.sweep.record import read_record
from gymctl.sweep.resuming import resume_sweep
from gymctl.sweep.running import resources_for, run_sweep
from tests.sweep.conftest import LR

pytest.importorskip("ray")
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def cluster():
    """A cluster that asks for the token of these tests."""
    from ray.cluster_utils import Cluster

    scratch, environment = tempfile.mkdtemp(prefix="gymctl-", dir="/tmp"), dict(os.environ)
    os.environ |= {"RAY_USAGE_STATS_ENABLED": "0", "RAY_TMPDIR": scratch}
    node = {"num_cpus": 1, "object_store_memory": 100_000_000}
    cluster = Cluster(initialize_head=True, head_node_args={**node, "include_dashboard": False})
    cluster.add_node(**node)
    yield cluster
    cluster.shutdown()
    shutil.rmtree(scratch, ignore_errors=True)
    os.environ.clear()
    os.environ |= environment


@pytest.fixture
def sweep(cluster, tmp_path, monkeypatch):
    """Runs a new sweep, or goes on with one."""
    monkeypatch.setattr("sys.argv", ["gymctl", "sweep"])

    def run(*arguments, resume=None, should_stop=lambda record: None, parallel=1, **wishes):
        settings = {"num_envs": 16, "max_iterations": 6, "sim_device": "cpu", "rl_device": "cpu"}
        if resume is None:
            record, training = plan_sweep("Cartpole", arguments, Wishes(**wishes), settings=settings, runs_dir=tmp_path)
        else:
            record, training = resume_sweep(str(resume.directory), None, Wishes(**wishes))
        begin(record)
        resources = resources_for(record, training, parallel=parallel, gpus_per_trial=None, address=cluster.address)
        run_sweep(record, resources, should_stop=lambda: should_stop(record))
        assert read_record(record.directory).trials == record.trials
        return record

    return run


def statuses(record):
    return [trial.status for trial in record.trials]


def exploits(record):
    return [(trial.number, exploit) for trial in record.trials for exploit in trial.exploits]


@pytest.mark.soak
def test_a_population_is_interrupted_and_goes_on(sweep):
    record = sweep(
        f"{LR}=1e-4..1e-2:log",
        population=3,
        perturb_every=2,
        parallel=2,
        should_stop=lambda record: "SIGINT" if exploits(record) else None,
    )
    (number, exploit), *_ = before = exploits(record)
    assert set(statuses(record)) == {"interrupted"}
    assert (exploit.epoch, number != exploit.trial) == (2, True)
    record = sweep(resume=record)
    assert statuses(record) == ["completed"] * 3
    assert [run.epoch for trial in record.trials for run in trial.runs] == [6, 6, 6]
    assert before[0] in exploits(record)
    assert {exploit.epoch for _, exploit in exploits(record)} == {2, 4}
    assert len(list(record.directory.glob("trial-*"))) == 3


def test_what_all_trials_tell_is_kept_where_the_command_runs(cluster):
    with connected(Resources(1, address=cluster.address)) as (ray, _):
        here = ray.get_runtime_context().get_node_id()
        boards = [on_this_node(ray, Board).remote([], 0) for _ in range(2)]
        ask = [board.__ray_call__.remote(lambda board: ray.get_runtime_context().get_node_id()) for board in boards]
        assert ray.get(ask) == [here] * 2


def test_optuna_and_early_stopping_learn_from_the_trials(sweep):
    pytest.importorskip("optuna")
    record = sweep(f"{LR}=1e-4..1e-2:log", "task.env.resetDist=2.5,3.0", search="optuna", stop_early="asha", trials=3)
    assert len(record.trials) == 3
    assert set(statuses(record)) <= {"completed", "stopped"}
    assert all(1e-4 <= trial.values[LR] <= 1e-2 for trial in record.trials)
    more = sweep(resume=record, trials=4)
    assert more.trials[:3] == record.trials
    assert len(more.trials) == 4
