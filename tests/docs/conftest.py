"""The tasks of ``examples/reacher`` and of ``docs/new-task.md``, as if they were installed."""

import sys
import tomllib
from pathlib import Path

import pytest

from tests.docs.pages import ROOT, write_files

EXAMPLE = ROOT / "examples" / "reacher"


@pytest.fixture
def own_tasks(tmp_path_factory, monkeypatch):
    """Installs both packages for a test."""
    walk_through = tmp_path_factory.mktemp("new-task")
    write_files("docs/new-task.md", walk_through)
    packages = [install(source, tmp_path_factory.mktemp("site"), monkeypatch) for source in (EXAMPLE, walk_through)]
    yield
    for module in [name for name in sys.modules if name.partition(".")[0] in packages]:
        del sys.modules[module]


def install(source: Path, site: Path, monkeypatch) -> str:
    """Makes a package importable and its entry points known; returns its name."""
    project = tomllib.loads((source / "pyproject.toml").read_text())["project"]
    name = project["name"].replace("-", "_")
    information = site / f"{name}-0.1.0.dist-info"
    information.mkdir()
    (information / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: 0.1.0\n")
    lines = [f"{name} = {value}" for name, value in project["entry-points"]["gymctl.tasks"].items()]
    (information / "entry_points.txt").write_text("\n".join(["[gymctl.tasks]", *lines]))
    monkeypatch.syspath_prepend(site)
    monkeypatch.syspath_prepend(source)
    return name
