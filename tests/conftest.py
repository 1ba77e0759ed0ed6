"""Fixtures that tests of several parts share, and the cores of workers that run tests side by side."""

import os
import sys

import pytest

if "GYMCTL_WARP_DEVICE" not in os.environ:
    os.environ["CUDA_VISIBLE_DEVICES"] = ""  # the tests do the same on every machine

from gymctl.sim import mujoco_log  # noqa: F401  tests that step MuJoCo by themselves leave no MUJOCO_LOG.TXT
from tests.helpers.walker import TASK

os.environ["GYMCTL_SETTINGS"] = ""  # nor are there defaults of whoever runs them
if "PYTEST_XDIST_WORKER" in os.environ and hasattr(os, "sched_setaffinity"):
    _CORES = sorted(os.sched_getaffinity(0))
    _WORKER, _WORKERS = int(os.environ["PYTEST_XDIST_WORKER"][2:]), int(os.environ["PYTEST_XDIST_WORKER_COUNT"])
    # A share for each: the simulation and PyTorch take as many threads as the process and its children have cores.
    os.sched_setaffinity(0, _CORES[_WORKER::_WORKERS] or _CORES)


@pytest.fixture(autouse=True)
def _cpu_unless_told(monkeypatch):
    """Where GYMCTL_WARP_DEVICE names a GPU, it is for the tests that ask for it."""
    if "GYMCTL_WARP_DEVICE" in os.environ:
        monkeypatch.setattr("gymctl.sim.devices.has_cuda_engine", lambda: False)


@pytest.fixture
def offer(tmp_path, monkeypatch):
    """Installs a package with one module and one entry point named Walker."""
    monkeypatch.syspath_prepend(tmp_path)

    def install(source, entry_point="walker_tasks.walker:Walker"):
        for module in ("walker_tasks", "walker_tasks.walker"):
            monkeypatch.delitem(sys.modules, module, raising=False)
        package, information = tmp_path / "walker_tasks", tmp_path / "walker_tasks-1.0.dist-info"
        for directory in (package / "configs" / "task", information):
            directory.mkdir(parents=True)
        (package / "__init__.py").touch()
        (package / "walker.py").write_text(source)
        (information / "METADATA").write_text("Metadata-Version: 2.1\nName: walker_tasks\nVersion: 1.0\n")
        (information / "entry_points.txt").write_text(f"[gymctl.tasks]\nWalker = {entry_point}\n")
        return package

    return install


@pytest.fixture
def walker(offer):
    """Offers the task of `tests.helpers.walker` with a part of its code or of its YAML exchanged."""

    def write(wrong="", right="", yaml=("", "")):
        from gymctl.config import PACKAGED

        assert wrong in TASK
        package = offer(TASK.replace(wrong, right, 1) if wrong else TASK)
        text = (PACKAGED / "task" / "Cartpole.yaml").read_text().replace("name: Cartpole", "name: Walker")
        assert yaml[0] in text
        (package / "configs" / "task" / "Walker.yaml").write_text(text.replace(*yaml))
        (package / "configs" / "train").mkdir()
        (package / "configs" / "train" / "WalkerPPO.yaml").write_text("defaults: [CartpolePPO]\n")
        return package / "walker.py"

    return write


@pytest.fixture(scope="session")
def opengl():
    """The OpenGL that draws here; without one the test is skipped."""
    from gymctl.core.errors import BackendError
    from gymctl.rendering import graphics

    try:
        return graphics.choose()
    except BackendError as error:
        pytest.skip(f"{error.what} ({error.fix})")
