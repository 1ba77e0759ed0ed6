"""A script runs as Python would run it: its arguments, path, exit code and exceptions are its own."""

import os

import pytest

from tests.isaacgym.scripts import python, run, write

pytestmark = pytest.mark.slow

TELL = """
import sys
print([*sys.argv[1:]], sys.path[0], __name__, __file__, __package__)
"""


@pytest.mark.parametrize("place", ["script.py", "deep/script.py"])
def test_a_script_sees_what_it_sees_in_python(tmp_path, place):
    arguments = ["--help", "-m", "x", "--", "-h", "a b"]
    write(tmp_path, place, TELL)
    mine, pythons = run(tmp_path, place, *arguments), python(tmp_path, place, *arguments)
    assert mine.stderr == ""
    assert mine.stdout == pythons.stdout
    assert mine.returncode == 0


@pytest.mark.parametrize("name", ["pkg.train", "pkg"])
def test_a_module_sees_what_it_sees_in_python(tmp_path, name):
    write(tmp_path, "pkg/__init__.py", "")
    write(tmp_path, "pkg/train.py", "from . import other" + TELL + "print(sys.argv[0], __spec__.name)")
    write(tmp_path, "pkg/other.py", "")
    write(tmp_path, "pkg/__main__.py", TELL)
    mine, pythons = run(tmp_path, "-m", name, "-m", "--help"), python(tmp_path, "-m", name, "-m", "--help")
    assert mine.stderr == ""
    assert mine.stdout == pythons.stdout


def test_a_link_to_a_script_is_followed_for_its_neighbours(tmp_path):
    write(tmp_path, "real/neighbour.py", "")
    write(tmp_path, "real/script.py", "import neighbour, sys; print(sys.argv[0])")
    (tmp_path / "link.py").symlink_to(tmp_path / "real" / "script.py")
    assert run(tmp_path, "link.py").stdout == "link.py\n"


@pytest.mark.parametrize(
    ("text", "code", "stderr"),
    [
        ("import sys; sys.exit(7)", 7, ""),
        ("import sys; sys.exit('bye')", 1, "bye\n"),
        ("import sys; sys.exit()", 0, ""),
        ("import os; os._exit(5)", 5, ""),
    ],
)
def test_exit_codes_are_the_scripts(tmp_path, text, code, stderr):
    write(tmp_path, "script.py", text)
    done = run(tmp_path, "script.py")
    assert (done.returncode, done.stderr) == (code, stderr)


@pytest.mark.parametrize(
    "text",
    [
        "import helper\nhelper.fail()",
        "import helper\ntry:\n    helper.fail()\nexcept ValueError as e:\n    raise RuntimeError('again') from e",
        "x = (",
        "import broken",
        "import no_such_thing",
        "import sys\nsys.excepthook = lambda *_: print('its own hook', file=sys.stderr)\n1 / 0",
    ],
    ids=["error", "chain", "syntax", "syntax of another", "missing", "hook"],
)
def test_tracebacks_are_those_of_python(tmp_path, text):
    write(tmp_path, "helper.py", "def fail():\n    raise ValueError('mine')\n")
    write(tmp_path, "broken.py", "def (:\n")
    write(tmp_path, "script.py", text)
    mine, pythons = run(tmp_path, "script.py"), python(tmp_path, str(tmp_path / "script.py"))
    assert mine.stderr == pythons.stderr
    assert mine.returncode == 1


def test_a_module_whose_package_fails_shows_its_own_traceback(tmp_path):
    write(tmp_path, "pkg/__init__.py", "import no_such_thing")
    write(tmp_path, "pkg/train.py", "")
    done = run(tmp_path, "-m", "pkg.train")
    assert done.returncode == 1
    first, place, *_ = done.stderr.splitlines()
    assert first == "Traceback (most recent call last):"
    assert f'{tmp_path}/pkg/__init__.py", line 1' in place


def test_an_interrupt_ends_with_130(tmp_path):
    write(tmp_path, "script.py", "raise KeyboardInterrupt")
    assert run(tmp_path, "script.py").returncode == 130


@pytest.mark.parametrize(
    ("arguments", "what"),
    [
        (["none.py"], "error: there is no script 'none.py'"),
        (["folder"], "error: 'folder' is a folder"),
        ([], "error: no script given"),
        (["-m"], "error: no module after -m"),
        (["-m", "no_such_package.train"], "error: there is no module 'no_such_package.train' to run"),
        (["-m", "folder.none"], "error: there is no module 'folder.none' to run"),
        (["-m", "folder"], "error: there is no module 'folder.__main__' to run"),
        (["-m", "..x"], "error: there is no module '..x' to run"),
        (["--headless", "script.py"], "error: --headless stands before the script"),
        (["a\nb.py"], "error: there is no script 'a\\nb.py'"),
    ],
)
def test_what_is_wrong_is_said_in_two_lines(tmp_path, arguments, what):
    write(tmp_path, "folder/__init__.py", "")
    write(tmp_path, "script.py", "print('ran')")
    done = run(tmp_path, *arguments)
    assert done.returncode == 2
    assert done.stderr.splitlines()[0] == what
    assert len(done.stderr.splitlines()) == 2
    assert done.stdout == ""


@pytest.mark.skipif(os.geteuid() == 0, reason="root can read everything")
def test_a_script_that_cannot_be_read(tmp_path):
    write(tmp_path, "script.py", "").chmod(0)
    assert run(tmp_path, "script.py").returncode == 2


def test_the_usage(tmp_path):
    done = run(tmp_path, "--help")
    assert done.returncode == 0
    assert done.stdout.startswith("usage: python -m gymctl.isaacgym [--physics PHYSICS] SCRIPT.py")


def test_what_the_script_defines_can_be_pickled_and_scripted(tmp_path):
    write(
        tmp_path,
        "script.py",
        """
        import isaacgym, pickle, multiprocessing
        from isaacgym.torch_utils import *

        class Config:
            pass

        @torch.jit.script
        def reward(x, scale):
            # type: (Tensor, float) -> Tuple[Tensor, Tensor]
            return normalize(x) * scale, quat_conjugate(x)

        if __name__ == "__main__":
            assert type(pickle.loads(pickle.dumps(Config()))) is Config
            assert reward(torch.ones(2, 4), 2.0)[0].sum() == 8
        """,
    )
    done = run(tmp_path, "script.py", PYTHONWARNINGS="ignore")
    assert done.returncode == 0, done.stderr
