"""The comparison with Isaac Gym plays a folder of policies from end to end, and refuses what it can't compare."""

import json
from pathlib import Path

import pytest

from gymctl import train
from tests.helpers.warm import run_python

ROOT = Path(__file__).parents[2]
MANIFEST = "name\ttask\tepoch\treturn_recorded\tlength_recorded\tnote\tsource\n"
STATISTICS = "observation,mean,std\n0,0.1,0.3\n1,-0.2,1.4\n2,0.0,0.1\n3,0.5,2.0\n"


def run(*arguments):
    return run_python([ROOT / "benchmarks" / "fidelity.py", *arguments], Path.cwd())


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A policy of Cartpole that has seen two epochs, as if it came from Isaac Gym, and one of a task nobody has."""
    directory = tmp_path_factory.mktemp("policies")
    trained = train("Cartpole", num_envs=16, max_iterations=2, seed=1, runs_dir=directory / "runs")
    (directory / "files").mkdir()
    (directory / "files" / "Cartpole-a-0002.pth").write_bytes(trained.last_checkpoint.read_bytes())
    (directory / "statistics").mkdir()
    (directory / "statistics" / "Cartpole-a-epochs-3-4.csv").write_text(STATISTICS)
    rows = "Cartpole-a-0002\tCartpole\t2\t4.0\t~16\t\there\nOther-a-0100\tOther\t100\t1.0\t\t\there\n"
    (directory / "manifest.tsv").write_text(MANIFEST + rows)
    return directory


@pytest.mark.slow
def test_returns_and_observations_are_compared_in_every_variant(folder, tmp_path):
    variants = ["--variant", "isaacgym:", "--variant", "heavy: body_mass*=2"]
    done = run(folder, *variants, "--num-envs", "4", "--max-steps", "8", "--output", tmp_path)
    assert done.returncode == 0, done.stderr
    assert "skipped Other-a-0100: gymctl has no task Other" in done.stderr
    record = json.loads((tmp_path / "fidelity.json").read_text())
    assert [(row["name"], row["variant"]) for row in record["policies"]] == [
        ("Cartpole-a-0002", "isaacgym"),
        ("Cartpole-a-0002", "heavy"),
    ]
    light, heavy = record["policies"]
    assert light["learned"]["ratio"] == pytest.approx(8 / 4, rel=0.3)
    assert light["mean"]["ratio"] != heavy["mean"]["ratio"]
    observed = record["observations"]["Cartpole-a-0002"]["isaacgym"]
    assert set(observed) == {"cart[pos]", "cart[vel]", "pole[pos]", "pole[vel]"}
    assert "pole[vel]" in (tmp_path / "fidelity.md").read_text()
    assert str(folder) not in json.dumps(record)


def test_a_variant_that_scales_nothing_is_refused(folder):
    done = run(folder, "--variant", "odd: body_maas*=2")
    assert done.returncode == 2
    assert "MjModel has no array of numbers 'body_maas'" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_folder_without_a_manifest_is_refused(tmp_path):
    done = run(tmp_path)
    assert done.returncode == 2
    assert "manifest.tsv" in done.stderr


def test_every_observation_of_a_known_layout_has_a_name_of_its_own(monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "benchmarks")
    from fidelity.observed import names

    from gymctl.tasks import registry

    for task in ("Ant", "Anymal", "Cartpole", "Humanoid", "Ingenuity", "Quadcopter", "BallBalance"):
        assert len(set(names(task))) == registry.load(task).num_observations
    assert names("Ant")[7:13] == ("yaw", "roll", "angle_to_target", "up", "heading", "dof_pos[hip_1]")
