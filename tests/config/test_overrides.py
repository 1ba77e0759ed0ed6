import contextlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gymctl.config import compose
from gymctl.core.errors import InputError


def value(override: str, *, task: str = "Ant"):
    """What the key of an override is after composing."""
    node = compose(task, overrides=[override]).tree
    for key in override.partition("=")[0].lstrip("+").split("."):
        node = node[key]
    return node


@pytest.mark.parametrize(
    ("override", "expected"),
    [
        ("task.env.headingWeight=0.7", 0.7),
        ("task.env.headingWeight=1", 1),
        ("train.params.config.learning_rate=1e-4", 1e-4),
        ("train.params.config.learning_rate=5E-5", 5e-5),
        ("train.params.network.mlp.units=[64,64]", [64, 64]),
        ("train.params.network.mlp.units=[128, 64, 32]", [128, 64, 32]),
        ("train.params.config.score_to_win=.inf", float("inf")),
        ("train.params.config.mixed_precision=False", False),
        ("train.params.config.max_frames=10_000", 10_000),
        ("experiment='2024'", "2024"),
        ("experiment=", ""),
        ("experiment=a=b", "a=b"),
        ("wandb_tags=[a,b]", ["a", "b"]),
        (
            "checkpoint=runs/Ant_2024-01-01/nn/last_Ant_ep_5_rew_[1.0].pth",
            "runs/Ant_2024-01-01/nn/last_Ant_ep_5_rew_[1.0].pth",
        ),
        ("task.env.clipObservations=.inf", float("inf")),
        ("+task.env.newKey=3", 3),
        ("++task.env.newKey={a: 1}", {"a": 1}),
        ("++task.env.headingWeight=2.0", 2.0),
        ("task.env.episodeLength=${...seed}", 42),
    ],
)
def test_values_are_yaml(override, expected):
    result = value(override)
    assert result == expected
    assert type(result) is type(expected)


def test_a_mapping_is_merged_with_what_is_there():
    overrides = ["train.params.network={mlp: {units: [8]}, rnn: {name: lstm, units: 16, layers: 1}}"]
    network = compose("Ant", overrides=overrides).tree["train"]["params"]["network"]
    assert network["mlp"]["units"] == [8]
    assert network["mlp"]["activation"] == "elu"
    assert network["rnn"] == {"name": "lstm", "units": 16, "layers": 1}


def test_later_overrides_win_and_overrides_win_over_flags():
    config = compose("Ant", settings={"num_envs": 64}, overrides=["num_envs=16", "num_envs=32"]).tree
    assert config["task"]["env"]["numEnvs"] == config["train"]["params"]["config"]["num_actors"] == 32


def test_links_follow_an_override():
    config = compose("Ant", settings={"num_envs": 64}, overrides=["task.env.numEnvs=8"]).tree
    assert (config["num_envs"], config["train"]["params"]["config"]["num_actors"]) == (64, 8)


def test_old_names_of_rl_games_keys_are_translated():
    ppo = compose("Ant", overrides=["train.params.config.seq_len=8"]).tree["train"]["params"]["config"]
    assert ppo["seq_length"] == 8
    assert "seq_len" not in ppo


@pytest.mark.parametrize("engine", ["physx", "flex"])
def test_an_engine_of_isaac_gym_means_the_automatic_choice(engine):
    composed = compose("Ant", overrides=[f"physics_engine={engine}"])
    assert composed.tree["physics_engine"] == composed.tree["task"]["physics_engine"] == "auto"
    assert len(composed.notes) == 1
    assert engine in composed.notes[0]


def test_train_chooses_the_train_yaml():
    assert value("train=CartpolePPO")["params"]["network"]["mlp"]["units"] == [32, 32]


def test_the_task_may_be_repeated_but_not_contradicted():
    assert compose("Ant", overrides=["task=Ant"]).tree == compose("Ant").tree
    with pytest.raises(InputError, match="task=Cartpole contradicts the task Ant"):
        compose("Ant", overrides=["task=Cartpole"])


@pytest.mark.parametrize(
    ("override", "message", "fix"),
    [
        ("task.env.headingWeigth=1", "there is no key task.env.headingWeigth", "'task.env.headingWeight'"),
        ("numEnvs=1", "there is no key numEnvs", "'task.env.numEnvs'"),
        ("env.upWeight=1", "there is no key env.upWeight", "'task.env.upWeight'"),
        ("learning_rate=1e-3", "there is no key learning_rate", "'train.params.config.learning_rate'"),
        ("train.config.gama=0.9", "there is no key train.config.gama", "'train.params.config.gamma'"),
        ("task.env.qwertyuiop=1", "there is no key task.env.qwertyuiop", "write +task.env.qwertyuiop="),
        ("train.params.network={mlp: {unit: [8]}}", "there is no key train.params.network.mlp.unit", "mlp.units'"),
        ("task.sim.gravity.2=-1.6", "there is no key task.sim.gravity.2", "+"),
        ("+task.env.headingWeight=1", "task.env.headingWeight is there already", "without the +"),
        ("~task.env.headingWeight", "keys can't be removed", "another value"),
        ("headingWeight", "'headingWeight' is not KEY=VALUE", "task.env.headingWeight=0.7"),
        ("=1", "'' is not a key", "KEY=VALUE"),
        ("task/env=throw", "'task/env' is not a key", "KEY=VALUE"),
        ("task.sim.gravity[2]=0", "is not a key", "whole"),
        ("a..b=1", "'a..b' is not a key", "KEY=VALUE"),
        ("+++a=1", "'+++a' is not a key", "KEY=VALUE"),
        ("task.env.upWeight=[1, 2", "the value of task.env.upWeight", "YAML"),
        ("task.env.upWeight=!!python/name:os.system x", "the value of task.env.upWeight", "YAML"),
        ("task.env=5", "task.env can't be 5", "set keys in it"),
        ("++task.env=null", "task.env can't be None", "set keys in it"),
        ("train=5", "train=5 names no YAML", "train=AntPPO"),
        ("train=AntPP", "there is no train/AntPP.yaml", "'AntPPO'"),
        ("task.env.upWeight=${nothing}", "task.env.upWeight can't be resolved", "value"),
    ],
)
def test_an_override_that_can_not_be_meant_is_refused(override, message, fix):
    with pytest.raises(InputError) as error:
        compose("Ant", overrides=[override])
    assert message in error.value.what
    assert fix in error.value.fix


def test_overrides_of_a_users_task_must_hit_what_is_there(walker_dir):
    def compose_walker(override):
        return compose("Walker", config_dir=walker_dir, overrides=[override]).tree["task"]["env"]

    assert compose_walker("task.env.gains.hip=2.5")["stiffness"] == 2.5
    assert compose_walker("+task.env.gains.ankle=1")["gains"]["ankle"] == 1
    with pytest.raises(InputError) as error:
        compose_walker("task.env.gains.hipp=1")
    assert "'task.env.gains.hip'" in error.value.fix


KEYS = st.sampled_from(
    ["seed", "task.env.upWeight", "task.sim", "train", "train.params.config", "+task.env.x", "task", "~a"]
)
VALUES = st.text(max_size=20) | st.text(alphabet="[]{}:,!&*|>'\"${}. \n-+01eax~?%@`", max_size=20)


@settings(max_examples=300, deadline=None)
@given(st.one_of(st.text(max_size=30), st.builds("{}={}".format, KEYS, VALUES)))
def test_nothing_but_an_input_error_comes_of_an_override(text):
    with contextlib.suppress(InputError):
        compose("Cartpole", overrides=[text])


def test_all_unknown_keys_are_told_at_once_and_not_without_end():
    with pytest.raises(InputError, match="there are 2 unknown keys") as error:
        compose("Ant", overrides=["task.env.headingWeigth=1", "num_envs=4", "task.env.qwertyuiop=1"])
    first, second = error.value.details
    assert first == "task.env.headingWeigth: did you mean 'task.env.headingWeight'?"
    assert second == "task.env.qwertyuiop"
    assert "+KEY=" in error.value.fix
    with pytest.raises(InputError, match="there are 100 unknown keys") as error:
        compose("Ant", overrides=[f"qwertyuiop{number}=1" for number in range(100)])
    assert len(error.value.details) == 81
    assert error.value.details[-1] == "and 20 more"


def test_a_checkpoint_that_is_to_be_loaded_must_be_named_and_one_that_is_not_loaded_is_told():
    with pytest.raises(InputError, match="names no checkpoint") as error:
        compose("Ant", overrides=["train.params.load_checkpoint=True"])
    assert "checkpoint=FILE" in error.value.fix
    both = compose("Ant", overrides=["train.params.load_checkpoint=True", "train.params.load_path=a.pth"])
    assert (both.checkpoint, both.notes) == ("a.pth", ())
    (note,) = compose("Ant", overrides=["train.params.load_path=a.pth"]).notes
    assert "no effect" in note
    assert compose("Ant", overrides=["checkpoint=a.pth"]).notes == ()
