"""Training and playing on mujoco_warp, through the command line, on Warp's CPU device."""

import pytest

pytestmark = pytest.mark.slow

pytest.importorskip("mujoco_warp")

WARP_ON_CPU = ("--engine", "mujoco_warp", "--device", "cpu")


def test_what_one_engine_trained_either_engine_plays_and_stdout_stays_one_json_object(gymctl):
    result = gymctl.json("train", "Cartpole", *WARP_ON_CPU, "--num-envs", 64, "--max-iterations", 3)
    assert (result["epochs"], result["diverged"]) == (3, 0)
    played = gymctl.json("play", "Cartpole", *WARP_ON_CPU, "--episodes", 8)
    assert (played["engine"], played["device"], played["episodes"]) == ("mujoco_warp", "cpu", 8)
    on_mujoco = gymctl.json("play", "Cartpole", "--episodes", 8, "--device", "cpu")
    assert on_mujoco["engine"] == "mujoco"
    assert played["reward"]["mean"] == pytest.approx(on_mujoco["reward"]["mean"], rel=0.05)
    manifest = next(gymctl.directory.glob("runs/*/run.json")).read_text()
    assert "warp-lang" in manifest


def test_room_for_contacts_is_set_in_the_config(gymctl):
    settings = ["task.sim.mujoco.njmax=1", "task.sim.mujoco.nconmax=1"]
    done = gymctl("train", "Ant", *WARP_ON_CPU, "--num-envs", 16, "--max-iterations", 2, *settings)
    assert "set task.sim.mujoco.njmax above 1" in done.stderr
