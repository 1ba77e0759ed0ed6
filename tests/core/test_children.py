"""Python in a process of its own."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import gymctl
from gymctl.core import children

PACKAGE = Path(gymctl.__file__).parent


def run(module, directory, *arguments, **variables):
    return subprocess.run(
        children.python(module, *arguments),
        cwd=directory,
        env=children.environment(**variables),
        capture_output=True,
        text=True,
        check=True,
    ).stdout


def test_nothing_is_imported_from_the_current_directory(tmp_path):
    for name in ("gymctl", "json", "errors"):
        (tmp_path / f"{name}.py").write_text("open('canary', 'w')\n")
    (tmp_path / "place").mkdir()
    (tmp_path / "place" / "shown.py").write_text("import sys, json, gymctl.core.errors; print(sys.argv, gymctl)\n")
    out = run("shown", tmp_path, "a b", "$x", PYTHONPATH=str(tmp_path / "place"))
    assert "'a b', '$x'" in out
    assert str(PACKAGE) in out
    assert not (tmp_path / "canary").exists()


def test_what_this_process_imports_the_child_does_too(tmp_path, monkeypatch):
    (tmp_path / "plugin_of_a_user.py").write_text("print('imported')\n")
    monkeypatch.syspath_prepend(tmp_path)
    assert run("plugin_of_a_user", Path("/")) == "imported\n"


def test_this_package_is_found_wherever_it_is(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "path", [""])
    out = run("gymctl.core.names", tmp_path)
    assert out == ""


def test_no_other_code_starts_an_interpreter_or_a_shell():
    files = [file for file in PACKAGE.rglob("*.py") if file.name != "children.py"]
    assert len(files) > 100
    assert [found for file in files for found in starts(file.read_text(), file.name)] == []


@pytest.mark.parametrize(
    "code",
    [
        "run([sys.executable, '-m', 'x'])",
        "os.system('x')",
        "os.execv('x', [])",
        "run('x', shell=True)",
        "from multiprocessing import Pool",
        "run(['python3', 'x'])",
        "run(['git', 'status'])",
    ],
)
def test_this_would_be_noticed(code):
    assert starts(code, "file")


def starts(code, name):
    """Where code starts a program that imports, or obeys, what is in the current directory."""
    for node in ast.walk(ast.parse(code)):
        found = ast.unparse(node) if isinstance(node, ast.Attribute) else ""
        if found == "sys.executable" or found.startswith(
            ("os.system", "os.popen", "os.exec", "os.spawn", "os.posix_s")
        ):
            yield f"{name}: {found}"
        if isinstance(node, ast.keyword) and node.arg == "shell":
            yield f"{name}: a shell"
        if isinstance(node, ast.Import | ast.ImportFrom):
            names = {alias.name for alias in node.names} | {getattr(node, "module", None)}
            yield from names & {"multiprocessing", "concurrent.futures", "pty", "runpy"}
        if isinstance(node, ast.List) and node.elts and isinstance(node.elts[0], ast.Constant):
            program = node.elts[0].value
            if len(node.elts) > 1 and program in {"python", "python3", "git", "sh", "bash"}:
                yield f"{name}: {program}"
