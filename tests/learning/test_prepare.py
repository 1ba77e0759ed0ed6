"""What a training takes on a CPU where the user says nothing."""

import pytest

from gymctl.learning.prepare import prepare_training


@pytest.mark.parametrize(
    ("task", "settings", "overrides", "sizes"),
    [
        ("AntSAC", {}, [], (64, 256, 4)),
        ("Ant", {}, ["train=AntSAC"], (64, 256, 4)),
        (
            "AntSAC",
            {"num_envs": 8},
            ["train.params.config.batch_size=32", "train.params.config.num_updates_per_step=1"],
            (8, 32, 1),
        ),
        ("AntSAC", {}, ["task.env.numEnvs=16"], (16, 256, 4)),
    ],
)
def test_soft_actor_critic_takes_more_and_smaller_batches_on_a_cpu_unless_the_user_chose(
    tmp_path, task, settings, overrides, sizes
):
    settings = {"sim_device": "cpu", "rl_device": "cpu", **settings}
    training = prepare_training(task, settings=settings, overrides=overrides, runs_dir=tmp_path)
    config = training.config
    learner = config.learner
    assert (config.num_envs, learner["batch_size"], learner["num_updates_per_step"]) == sizes
    assert learner["num_actors"] == config.num_envs
    assert any("batch_size" in note for note in training.notes) == (sizes[1] == 256)


def test_ppo_chosen_by_name_takes_as_many_envs_as_ppo_taken_for_granted(tmp_path):
    settings = {"sim_device": "cpu", "rl_device": "cpu"}
    named = prepare_training("Ant", settings=settings, overrides=["train=AntPPO"], runs_dir=tmp_path)
    assert named.config.num_envs == 1024


def test_what_only_the_other_engine_reads_is_told(tmp_path):
    settings = {"sim_device": "cpu", "rl_device": "cpu"}
    training = prepare_training(
        "Cartpole", settings=settings, overrides=["task.sim.mujoco.nconmax=20"], runs_dir=tmp_path
    )
    assert "task.sim.mujoco.nconmax has no effect with the engine mujoco" in training.notes


def test_several_ranks_wanted_of_one_process_are_told(tmp_path):
    settings = {"sim_device": "cpu", "rl_device": "cpu"}
    training = prepare_training("Cartpole", settings=settings, overrides=["multi_gpu=True"], runs_dir=tmp_path)
    assert "multi_gpu=True, but this is one process: 'gymctl train --gpus N' starts N" in training.notes
