"""Training and playing with domain randomisation, through the command line."""

import pytest

ON = "task.task.randomize=True"
PARAMS = "task.task.randomization_params"


@pytest.mark.parametrize("engine", ["mujoco", "mujoco_warp"])
def test_a_randomised_training_runs_and_is_played_as_it_was_trained(gymctl, engine):
    if engine == "mujoco_warp":
        pytest.importorskip("mujoco_warp")
    where = ("--engine", engine, "--device", "cpu")
    trained = gymctl("train", "Ant", *where, "--num-envs", 16, "--max-iterations", 3, ON)
    assert "domain randomisation without effect in MuJoCo: color" in trained.stderr + trained.stdout
    biased = f"{PARAMS}.observations.range=[5, 0]"
    length = "task.env.episodeLength=20"
    plays = [
        gymctl.json("play", "Ant", *where, "--episodes", 8, length, *settings)["reward"]["mean"]
        for settings in ([], [f"{PARAMS}.actions.range=[0, 0]", biased], ["task.task.randomize=False"])
    ]
    assert len(set(plays)) == 3


@pytest.mark.parametrize(
    ("setting", "told"),
    [
        (f"{PARAMS}.actor_params.ant.dof_properties.damping.range=[2, 1]", "give the lower bound first"),
        (f"+{PARAMS}.actor_params.hand={{color: True}}", "there is one actor only: name no other"),
    ],
)
def test_bad_parameters_end_with_two_lines_and_code_2(gymctl, setting, told):
    done = gymctl("train", "Ant", "--max-iterations", 1, ON, setting, code=2)
    assert told in done.stderr
    assert "Traceback" not in done.stderr
    assert not list(gymctl.directory.glob("runs/*/nn/*.pth"))
