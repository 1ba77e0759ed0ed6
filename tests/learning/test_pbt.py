"""Who asks a training for IsaacGymEnvs' population-based training is shown the sweep to type instead."""

import shlex

import pytest

from gymctl.core.errors import InputError
from gymctl.learning.prepare import prepare_training

SMALL = {"num_envs": 32, "sim_device": "cpu", "rl_device": "cpu"}  # 512 steps an epoch


def refusal(*overrides, task="Cartpole"):
    """The command that is shown, in words."""
    with pytest.raises(InputError, match="a training has no population") as refused:
        prepare_training(task, settings=SMALL, overrides=overrides)
    assert "docs/migrating.md" in refused.value.fix
    return shlex.split(refused.value.fix.removeprefix("type: ").partition("  (")[0])


def test_the_command_has_their_numbers_and_the_other_settings():
    theirs = ["pbt=pbt_default", "pbt.num_policies=4", "pbt.policy_idx=0", "pbt.interval_steps=2e4"]
    words = refusal(*theirs, "pbt/mutation=ant_mutation", "task.env.resetDist=2.5")
    assert words[:3] == ["gymctl", "sweep", "Cartpole"]
    assert "task.env.resetDist=2.5" in words
    assert words[-4:] == ["--population", "4", "--perturb-every", "39"]


def test_an_interval_beyond_the_end_is_left_to_the_sweep():
    assert refusal("pbt=pbt_default", "max_iterations=10")[-2:] == ["--population", "8"]


@pytest.mark.parametrize("text", ["pbt.num_policies=4", "pbt.enabled=True", "+pbt.x=1", "pbt=", "pbt={enabled: True}"])
def test_any_of_their_keys_is_answered(text):
    refusal(text)


@pytest.mark.parametrize("texts", [["pbt=no_pbt"], ["pbt.enabled=False"], ["pbt.enabled=False", "pbt.num_policies=4"]])
def test_what_switches_it_off_is_taken(texts):
    training = prepare_training("Cartpole", settings=SMALL, overrides=texts)
    assert training.config.num_envs == 32
