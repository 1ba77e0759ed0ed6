"""The built wheel has everything in it."""

import subprocess
import sys
import venv
from importlib.metadata import Distribution, distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from gymctl.config import PACKAGED

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """An environment with the wheel and with what it requires, and with nothing else; returns its bin directory."""
    directory = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "build", "--outdir", directory, ROOT]  # the wheel from the source distribution
    subprocess.run(build, check=True, capture_output=True)
    venv.create(directory / "venv")
    binaries = directory / "venv" / "bin"
    (wheel,) = directory.glob("gymctl-*.whl")
    pip = [sys.executable, "-m", "pip", "--python", binaries / "python"]
    subprocess.run([*pip, "install", "--quiet", "--no-compile", "--no-deps", wheel], check=True, cwd=directory)
    (site,) = directory.glob("venv/lib/python3*/site-packages")
    (metadata,) = site.glob("gymctl-*.dist-info")
    for package in required_by(Distribution.at(metadata)):
        link(package, site)
    subprocess.run([*pip, "check"], check=True, cwd=directory)
    return binaries


def required_by(package, extras=("",), found=None):
    """The installed distributions that a distribution requires, and those that these require, and so on."""
    found = {} if found is None else found
    for requirement in map(Requirement, package.requires or ()):
        if requirement.marker is None or any(requirement.marker.evaluate({"extra": extra}) for extra in extras):
            key = canonicalize_name(requirement.name), frozenset(requirement.extras)
            if key not in found:
                found[key] = distribution(requirement.name)
                required_by(found[key], ("", *requirement.extras), found)
    return found.values()


def link(package, site):
    """Puts an installed distribution into another environment, which takes seconds less than to install it again."""
    for name in {Path(file).parts[0] for file in package.files or ()} - {"..", "__pycache__"}:
        there = Path(str(package.locate_file(name)))
        if there.exists() and not (site / name).exists():
            (site / name).symlink_to(there)


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
