"""Training and playing with domain randomisation, through the command line."""

import pytest

pytestmark = pytest.mark.slow

ON = "task.task.randomize=True"
PARAMS = "task.task.randomization_params"


def train(gymctl, *engine):
    return gymctl("train", "Ant", *engine, "--device", "cpu", "--num-envs", 16, "--max-iterations", 3, ON)


def test_a_randomised_training_is_played_randomised_unless_switched_off(gymctl):
    assert "note: domain randomisation without effect in MuJoCo: color" in train(gymctl).stderr
    rewards = [
        gymctl.json("play", "Ant", "--episodes", 8, "task.env.episodeLength=20", *settings)["reward"]["mean"]
        for settings in ([], ["task.task.randomize=False"])
    ]
    assert rewards[0] != rewards[1]


def test_a_randomised_training_runs_on_mujoco_warp(gymctl):
    pytest.importorskip("mujoco_warp")
    assert "epoch 3/3" in train(gymctl, "--engine", "mujoco_warp").stderr


def test_bad_parameters_end_with_two_lines_and_code_2(gymctl):
    setting = f"{PARAMS}.actor_params.ant.dof_properties.damping.range=[2, 1]"
    done = gymctl("train", "Ant", "--max-iterations", 1, ON, setting, code=2)
    assert "give the lower bound first" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (gymctl.directory / "runs").exists()


def test_an_actor_that_the_task_hasnt_got_is_refused_before_there_is_a_run(refuse, tmp_path):
    mass = "{range: [1, 2], operation: scaling, distribution: uniform}"
    setting = f"+{PARAMS}.actor_params.obejct.rigid_body_properties.mass={mass}"
    refusal = refuse("train", "Ant", "--device", "cpu", "--num-envs", 16, ON, setting)
    assert refusal.what.endswith("is no actor of the task")
    assert list(tmp_path.iterdir()) == []
