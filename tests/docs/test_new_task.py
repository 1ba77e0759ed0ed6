"""The task that the page shows works when its files are copied, and its package is installed as the page says."""

import json
import subprocess
import sys
import sysconfig
import venv

import pytest

from tests.docs.pages import blocks, write_files

PAGE = "docs/new-task.md"
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def environment(tmp_path_factory):
    """An environment that has gymctl and, copied from the page and installed by the page's command, the task."""
    directory = tmp_path_factory.mktemp("environment")
    venv.create(directory / "venv", with_pip=False)
    python = directory / "venv" / "bin" / "python"
    (packages,) = (directory / "venv").glob("lib/python*/site-packages")
    (packages / "parent.pth").write_text(f"import site; site.addsitedir({sysconfig.get_path('purelib')!r})")
    write_files(PAGE, directory / "source")
    (install,) = [words for block in blocks(PAGE) for words in block.commands if words[0] == "pip"]
    offline = ["--quiet", "--no-deps", "--no-build-isolation"]
    pip = [sys.executable, "-m", "pip", "--python", python, *install[1:], *offline]
    subprocess.run(pip, check=True, cwd=directory / "source")
    return python


def test_the_copied_task_trains(environment, tmp_path):
    words = ["train", "Pendulum", "--num-envs", "4", "--max-iterations", "1", "--device", "cpu", "--json"]
    done = subprocess.run([environment, "-m", "gymctl", *words], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    trained = json.loads(done.stdout)
    assert (trained["task"], trained["epochs"]) == ("Pendulum", 1)
