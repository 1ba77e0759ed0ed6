"""Pages of the documentation that are made from the code, and what others say of it."""

import runpy
import sys
from pathlib import Path

import pytest

from tests.isaacgym import stubs

DOCS = Path(__file__).parents[2] / "docs"


def test_the_page_of_commands_is_up_to_date():
    page = runpy.run_path(str(DOCS / "commands.py"))["page"]()
    assert (DOCS / "commands.md").read_text() == page, f"write it anew: make docs, or {sys.executable} docs/commands.py"


def test_the_drawing_of_imports_is_up_to_date():
    page = runpy.run_path(str(DOCS / "imports.py"))["page"]()
    assert (DOCS / "architecture.md").read_text() == page, "draw it anew: make docs"


def test_the_lists_of_isaac_gyms_methods_are_up_to_date():
    if stubs.path() is None:
        pytest.skip(stubs.MISSING)
    page = runpy.run_path(str(DOCS / "isaacgym.py"))["page"]()
    assert (DOCS / "isaacgym.md").read_text() == page, "list them anew: make docs"
