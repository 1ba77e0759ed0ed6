"""Our tasks in Gymnasium's registry: in any order of imports, at no cost to others, and other packages' tasks too."""

import subprocess
import sys

import pytest

HEAVY = "[name for name in ('torch', 'mujoco', 'rl_games') if name in sys.modules]"


@pytest.fixture
def python(tmp_path, monkeypatch):
    """Runs lines of Python in a process of its own; returns what they print."""

    def run(*lines):
        done = subprocess.run([sys.executable, "-c", "\n".join(lines)], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    return run


@pytest.mark.parametrize("imports", ["gymctl, gymnasium", "gymnasium, gymctl"])
def test_tasks_are_registered_in_either_order_of_imports_and_nothing_heavy_is_imported(python, imports):
    spec = "gymnasium.spec('gymctl/Ant-v0').vector_entry_point"
    assert python(f"import sys, {imports}", f"print({spec}, {HEAVY})") == "gymctl.envs.gymnasium:TaskVectorEnv []"


def test_looking_whether_gymnasium_is_installed_does_not_lose_the_registration(python):
    look = "importlib.util.find_spec('gymnasium')"
    assert (
        python(
            "import importlib.util, gymctl",
            f"found = {look}, {look}",
            "import gymnasium; print(gymnasium.spec('gymctl/Ant-v0').id)",
        )
        == "gymctl/Ant-v0"
    )


def test_nothing_stays_behind_in_the_import_system(python):
    finders = "[type(finder).__module__ for finder in sys.meta_path]"
    assert "gymctl" not in python("import sys, gymctl, gymnasium", f"print({finders})")


def test_importing_gymctl_imports_no_gymnasium(python):
    assert python("import sys, gymctl", "print('gymnasium' in sys.modules)") == "False"


def test_an_id_with_the_module_before_it_needs_no_import(python):
    made = "gymnasium.make_vec('gymctl:gymctl/Cartpole-v0', num_envs=3)"
    assert python("import gymnasium", f"print({made}.reset()[0].shape)") == "(3, 4)"


def test_tasks_of_other_packages_are_registered_without_importing_them(python, offer, tmp_path):
    package = offer("raise ImportError")
    (package / "configs" / "task" / "Walker.yaml").touch()
    (package / "configs" / "task" / "no id.yaml").touch()
    names = "[name for name in gymnasium.registry if name.startswith('gymctl/')]"
    registered = python(
        f"import sys; sys.path.insert(0, {str(tmp_path)!r})", "import gymctl, gymnasium", f"print({names}, {HEAVY})"
    )
    assert "gymctl/Walker-v0" in registered
    assert "no id" not in registered
    assert registered.endswith("[]")
