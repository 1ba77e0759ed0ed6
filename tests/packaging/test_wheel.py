"""The built wheel has everything in it."""

import subprocess
import sys
import venv
from pathlib import Path

import pytest

from gymctl.config import PACKAGED

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """An empty environment with the wheel in it; returns its bin directory."""
    directory = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "build", "--outdir", directory, ROOT]  # the wheel from the source distribution
    subprocess.run(build, check=True, capture_output=True)
    venv.create(directory / "venv", with_pip=True)
    binaries = directory / "venv" / "bin"
    (wheel,) = directory.glob("gymctl-*.whl")
    install = [binaries / "pip", "install", "--quiet", "--no-compile", "--constraint", ROOT / "constraints.txt", wheel]
    subprocess.run(install, check=True, cwd=directory)
    return binaries


def test_the_wheel_lists_and_simulates_tasks_outside_the_source_tree(installed, tmp_path):
    listed = subprocess.run([installed / "gymctl", "tasks"], check=True, capture_output=True, text=True, cwd=tmp_path)
    assert "Ant" in listed.stdout
    assert "Cartpole" in listed.stdout
    train = [installed / "gymctl", "train", "Ant", "--num-envs", "4", "--max-iterations", "1"]
    subprocess.run(train, check=True, capture_output=True, cwd=tmp_path)
    assert list(tmp_path.glob("runs/Ant_*/nn/*.pth"))


def test_the_wheel_has_the_templates_of_new_packages(installed, tmp_path):
    arm = ROOT / "tests" / "data" / "robots" / "arm.xml"
    new = [installed / "gymctl", "new", "my_arm", "--robot", arm]
    subprocess.run(new, check=True, capture_output=True, cwd=tmp_path)
    assert (tmp_path / "my_arm" / "my_arm" / "task.py").is_file()


def test_the_wheel_has_the_configs_and_type_information_inside_the_package(installed, tmp_path):
    code = "from gymctl.config import PACKAGED; print(PACKAGED, (PACKAGED.parent / 'py.typed').is_file())"
    told = subprocess.run([installed / "python", "-c", code], check=True, capture_output=True, text=True, cwd=tmp_path)
    configs, typed = told.stdout.split()
    assert configs.endswith("site-packages/gymctl/configs")
    assert typed == "True"


def test_the_wheel_has_what_plays_a_policy_in_plain_mujoco(installed, tmp_path):
    export = [installed / "gymctl", "export", "Cartpole", "pretrained", "--check-in-mujoco", "--episodes", "2"]
    told = subprocess.run(export, check=True, capture_output=True, text=True, cwd=tmp_path)
    assert "in plain MuJoCo: passed" in told.stdout


def test_an_editable_install_reads_the_configs_of_the_checkout():
    assert PACKAGED == ROOT / "configs"
