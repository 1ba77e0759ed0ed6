"""``gymctl doctor`` tells what works, and what to install for what doesn't."""

import pytest

from tests.commands.conftest import Gymctl

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    return Gymctl(tmp_path_factory.mktemp("doctor")).json("doctor")


def engine(result, name, device):
    return next(e for e in result["engines"] if (e["name"], e["device"]) == (name, device))


def test_doctor_reports_versions_devices_and_engines(report):
    assert report["schema_version"] == 1
    assert {"python", "gymctl", "torch", "mujoco", "mujoco-warp", "warp-lang", "rl-games"} <= report["versions"].keys()
    assert report["devices"][0]["name"] == "cpu"
    assert report["devices"][0]["cores"] >= 1
    assert all(set(e) == {"name", "works", "device", "reason", "fix"} for e in report["engines"])
    assert engine(report, "mujoco", "cpu")["works"]
    assert all((e["reason"] is None) == (e["fix"] is None) == e["works"] for e in report["engines"])


def test_doctor_knows_the_automatic_choice(report):
    torch = pytest.importorskip("torch")
    if torch.cuda.is_available():
        pytest.skip("the choice without a GPU")
    assert report["auto"] == {"engine": "mujoco", "device": "cpu"}
    on_gpu = engine(report, "mujoco_warp", "cuda:0")
    assert not on_gpu["works"]
    assert "CUDA" in on_gpu["reason"]
    assert "install" in on_gpu["fix"]


def test_doctor_says_what_to_install_for_an_engine_whose_packages_are_missing(gymctl, tmp_path):
    (tmp_path / "mujoco_warp.py").write_text("raise ImportError('No module named mujoco_warp')")
    result = gymctl.json("doctor", env={"PYTHONPATH": str(tmp_path)})
    on_cpu = engine(result, "mujoco_warp", "cpu")
    assert not on_cpu["works"]
    assert "No module named" in on_cpu["reason"]
    assert "[cuda]" in on_cpu["fix"]


def test_doctor_full_steps_every_engine(gymctl):
    pytest.importorskip("mujoco_warp")
    result = gymctl.json("doctor", "--full")
    assert engine(result, "mujoco_warp", "cpu")["works"]


def test_doctor_tells_what_draws_or_what_to_install(gymctl, report):
    rendering = report["rendering"]
    assert rendering["works"] == (rendering["opengl"] is not None) == (rendering["reason"] is None)
    nothing = gymctl.json("doctor", env={"MUJOCO_GL": "", "PYOPENGL_PLATFORM": "darwin"})["rendering"]
    assert (nothing["works"], nothing["opengl"]) == (False, None)
    assert "apt install" in nothing["fix"]


def test_doctor_as_text_has_a_line_for_each_engine(gymctl):
    text = gymctl("doctor").stdout
    assert "mujoco on cpu" in text
    assert "mujoco_warp on cpu" in text
    assert "without --engine and --device:" in text
