"""The task of ``examples/reacher``, as if it were installed."""

import sys
import tomllib

import pytest

from tests.docs.pages import ROOT

EXAMPLE = ROOT / "examples" / "reacher"


@pytest.fixture
def reacher(tmp_path_factory, monkeypatch):
    """Installs the example for a test."""
    project = tomllib.loads((EXAMPLE / "pyproject.toml").read_text())["project"]
    site = tmp_path_factory.mktemp("site")
    information = site / "gymctl_reacher-0.1.0.dist-info"
    information.mkdir()
    (information / "METADATA").write_text("Metadata-Version: 2.1\nName: gymctl-reacher\nVersion: 0.1.0\n")
    lines = [f"{name} = {value}" for name, value in project["entry-points"]["gymctl.tasks"].items()]
    (information / "entry_points.txt").write_text("\n".join(["[gymctl.tasks]", *lines]))
    monkeypatch.syspath_prepend(site)
    monkeypatch.syspath_prepend(EXAMPLE)
    yield
    for module in [name for name in sys.modules if name.startswith("gymctl_reacher")]:
        del sys.modules[module]
