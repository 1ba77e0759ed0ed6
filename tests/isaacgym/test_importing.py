"""``import isaacgym`` finds this package, as the same modules, and never shadows another that is installed."""

import pytest

from tests.isaacgym.scripts import python, run, write

pytestmark = pytest.mark.slow


def succeeds(folder, text, **environment):
    write(folder, "script.py", text)
    done = run(folder, "script.py", **environment)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_every_form_of_import(tmp_path):
    succeeds(
        tmp_path,
        """
        import isaacgym
        import isaacgym.gymapi
        from isaacgym import gymapi, gymtorch, gymutil, rlgpu, terrain_utils
        from isaacgym.gymapi import KeyboardInput
        from isaacgym.gymtorch import *
        from isaacgym.terrain_utils import *
        from isaacgym.torch_utils import *
        assert isaacgym.gymapi is gymapi
        assert gymapi.KEY_W is KeyboardInput.KEY_W
        assert quat_mul and SubTerrain and wrap_tensor and np.zeros and torch.zeros
        """,
    )


def test_modules_are_the_same_objects(tmp_path):
    succeeds(
        tmp_path,
        """
        import importlib, sys
        names = ("gymapi", "gymtorch", "gymutil", "rlgpu", "terrain_utils", "torch_utils", "values")
        for name in names:
            theirs = importlib.import_module(f"isaacgym.{name}")
            ours = importlib.import_module(f"gymctl.isaacgym.{name}")
            assert theirs is ours, name
            assert ours.__spec__.name == f"gymctl.isaacgym.{name}"
        import isaacgym, gymctl.isaacgym
        assert isaacgym is gymctl.isaacgym
        """,
    )


@pytest.mark.parametrize("first", ["isaacgym.gymapi", "torch"])
def test_torch_can_be_imported_before_or_after(tmp_path, first):
    second = {"torch": "isaacgym.gymapi"}.get(first, "torch")
    succeeds(
        tmp_path,
        f"""
        import sys
        assert "torch" not in sys.modules
        import {first}
        import {second}
        from isaacgym import gymtorch
        assert gymtorch.wrap_tensor(gymtorch.unwrap_tensor(torch.zeros(2))).shape == (2,)
        """
        + ("\n        import torch" if first != "torch" else ""),
    )


def test_what_isaacgym_has_not_is_missing(tmp_path):
    succeeds(
        tmp_path,
        """
        try:
            import isaacgym.nothing
        except ModuleNotFoundError as error:
            assert error.name == "isaacgym.nothing"
        else:
            raise AssertionError
        """,
    )


def test_another_one_is_not_shadowed(tmp_path):
    write(tmp_path, "installed/isaacgym/__init__.py", "print('the real one')")
    write(tmp_path, "script.py", "import isaacgym")
    done = run(tmp_path, "script.py", PYTHONPATH=str(tmp_path / "installed"))
    what, fix = done.stderr.splitlines()
    assert done.returncode == 2
    assert what == f"error: another isaacgym is installed, at '{tmp_path}/installed/isaacgym/__init__.py'"
    assert "uninstall" in fix
    assert done.stdout == ""


def test_another_one_that_the_script_finds_later_is_not_shadowed_either(tmp_path):
    write(tmp_path, "installed/isaacgym/__init__.py", "print('the real one')")
    write(tmp_path, "script.py", "import sys; sys.path.append('installed'); import isaacgym")
    done = run(tmp_path, "script.py")
    assert done.returncode != 0
    assert "another isaacgym is installed" in done.stderr


def test_one_that_is_imported_already_is_not_shadowed(tmp_path):
    write(tmp_path, "isaacgym/__init__.py", "")
    done = python(tmp_path, "-c", "import isaacgym, gymctl.isaacgym; gymctl.isaacgym.install()")
    assert "InputError: another isaacgym is installed" in done.stderr


def test_a_mere_folder_of_that_name_is_none(tmp_path):
    write(tmp_path, "isaacgym/docs/index.py", "")
    succeeds(tmp_path, "from isaacgym import gymapi")


def test_installing_from_python_twice(tmp_path):
    code = "import gymctl.isaacgym as g, sys; g.install(); n = len(sys.meta_path); g.install(); "
    done = python(tmp_path, "-c", code + "assert len(sys.meta_path) == n; from isaacgym import gymapi")
    assert done.returncode == 0, done.stderr


def test_without_installing_nothing_changes(tmp_path):
    done = python(
        tmp_path, "-c", "import gymctl.isaacgym.gymapi, numpy; assert not hasattr(numpy, 'Inf'); import isaacgym"
    )
    assert "No module named 'isaacgym'" in done.stderr
