"""A checkpoint that the config names is the one to begin with, as with ``checkpoint=`` on the command line."""

import pytest

from gymctl.core.errors import InputError
from gymctl.learning.prepare import prepare_training
from gymctl.policies.find import find_policy, find_policy_to_play

LOAD = ["train.params.load_checkpoint=True", "train.params.load_path=no/such.pth"]


def prepare(tmp_path, *overrides, config_dir=None):
    return prepare_training(
        "Cartpole", settings={"num_envs": 4}, overrides=overrides, config_dir=config_dir, runs_dir=tmp_path / "runs"
    )


@pytest.mark.parametrize("overrides", [LOAD, ["checkpoint=no/such.pth"]])
def test_it_is_what_a_training_begins_with(tmp_path, overrides):
    with pytest.raises(InputError, match=r"no/such\.pth"):
        prepare(tmp_path, *overrides)


@pytest.mark.parametrize(
    "text", ["checkpoint: no/such.pth\n", "train: {params: {load_checkpoint: True, load_path: no/such.pth}}\n"]
)
def test_the_users_yaml_may_name_it(tmp_path, text):
    (tmp_path / "config.yaml").write_text(text)
    with pytest.raises(InputError, match=r"no/such\.pth"):
        prepare(tmp_path, config_dir=tmp_path)


def test_a_path_alone_is_not_loaded(tmp_path):
    assert prepare(tmp_path, LOAD[1]).start.source is None


def test_it_is_what_is_played_and_exported(tmp_path):
    with pytest.raises(InputError, match=r"no/such\.pth"):
        find_policy_to_play("Cartpole", None, settings={}, overrides=LOAD, runs_dir=tmp_path)
    with pytest.raises(InputError, match=r"no/such\.pth"):
        find_policy("Cartpole", None, overrides=LOAD, runs_dir=tmp_path)
