"""Starting from the config of an earlier run."""

from pathlib import Path

import pytest
import yaml

from gymctl.config import compose, to_yaml
from gymctl.config.changes import changes_of
from gymctl.core.errors import InputError


def run_of(task="Ant", **kwargs):
    """The config of an earlier run, as read from its config.yaml."""
    return yaml.safe_load(to_yaml(compose(task, **kwargs).tree))


def num_envs(config):
    assert config["task"]["env"]["numEnvs"] == config["train"]["params"]["config"]["num_actors"]
    return config["task"]["env"]["numEnvs"]


@pytest.mark.parametrize(
    "kwargs",
    [
        {},
        {"settings": {"num_envs": 64, "seed": 3, "experiment": "x", "max_iterations": 7, "sim_device": "cuda:1"}},
        {"overrides": ["task.env.numEnvs=1024", "train.params.config.name=mine", "train.params.seed=9"]},
        {"overrides": ["+task.env.extra={a: [1, {b: null}]}", "train.params.network.mlp.units=[8]"]},
        {"overrides": ["++train.params.config.num_actors=5", "train.params.config.full_experiment_name=null"]},
        {"overrides": ["train=CartpolePPO", "train.params.config.learning_rate=1.0e-05", "experiment='1e-5'"]},
        {"settings": {"seed": -1}},
    ],
)
def test_the_earlier_config_comes_out_again(kwargs):
    config = compose("Ant", **kwargs).tree
    again = compose("Ant", base=yaml.safe_load(to_yaml(config)))
    assert again.tree == config
    assert again.notes == ()


@pytest.mark.parametrize(
    "trained_with", [{}, {"settings": {"num_envs": 512}}, {"overrides": ["task.env.numEnvs=1024"]}]
)
@pytest.mark.parametrize("played_with", [{"settings": {"num_envs": 16}}, {"overrides": ["num_envs=16"]}])
def test_flags_reach_what_the_earlier_config_had_resolved(trained_with, played_with):
    assert num_envs(compose("Ant", base=run_of(**trained_with), **played_with).tree) == 16


def test_a_flag_equal_to_the_default_still_counts():
    assert (
        num_envs(compose("Ant", base=run_of(overrides=["task.env.numEnvs=8"]), settings={"num_envs": 4096}).tree)
        == 4096
    )


def test_a_link_below_a_changed_value_is_kept():
    base = run_of(overrides=["task.env.numEnvs=1024"])
    assert num_envs(compose("Ant", base=base, overrides=["task.env.numEnvs=32"]).tree) == 32


def test_other_values_of_the_earlier_config_stay():
    base = run_of(overrides=["task.env.numEnvs=1024", "task.env.headingWeight=0.9", "train.params.config.gamma=0.9"])
    config = compose("Ant", base=base, settings={"checkpoint": "a.pth", "seed": 7, "max_iterations": 9}).tree
    assert num_envs(config) == 1024
    assert config["task"]["env"]["headingWeight"] == 0.9
    params = config["train"]["params"]
    assert (params["config"]["gamma"], params["config"]["max_epochs"], params["seed"]) == (0.9, 9, 7)
    assert (params["load_checkpoint"], params["load_path"]) == (True, "a.pth")


def test_a_literal_below_a_link_stays_until_the_link_changes():
    base = run_of(settings={"num_envs": 64}, overrides=["train.params.config.name=mine"])
    assert compose("Ant", base=base).tree["wandb_name"] == "mine"
    assert compose("Ant", base=base, settings={"experiment": "new"}).tree["wandb_name"] == "new"


def test_the_earlier_config_wins_over_the_users_directory(config_dir):
    path = config_dir.write(config="seed: 3\nnum_envs: 16\n")
    config = compose("Ant", base=run_of(settings={"seed": 5}), config_dir=path).tree
    assert (config["seed"], num_envs(config)) == (5, 4096)


def test_keys_that_are_new_since_then_get_their_defaults():
    base = run_of()
    del base["task"]["env"]["terminationHeight"], base["headless"]
    assert compose("Ant", base=base).tree == compose("Ant").tree


def test_values_of_the_earlier_config_are_checked():
    base = run_of()
    base["task"]["env"]["numEnvs"] = "many"
    with pytest.raises(InputError, match=r"task\.env\.numEnvs can't be 'many'"):
        compose("Ant", base=base)


def test_a_task_whose_yamls_are_gone_is_composed_from_its_config_alone(walker_dir):
    base = run_of("Walker", config_dir=walker_dir, overrides=["task.env.gains.hip=4.0", "task.env.numEnvs=1024"])
    assert compose("Walker", base=base).tree == base
    config = compose("Walker", base=base, settings={"num_envs": 8, "checkpoint": "a.pth"}).tree
    assert num_envs(config) == 8
    assert config["train"]["params"]["load_path"] == "a.pth"
    assert config["task"]["env"]["stiffness"] == 4.0


def test_a_config_written_by_isaacgymenvs_is_understood():
    base = run_of()
    base |= {"physics_engine": "physx", "sim_device": "cuda:0"}
    base["task"]["physics_engine"] = "${..physics_engine}"
    base["task"]["env"]["numEnvs"] = "${resolve_default:128,${...num_envs}}"
    ppo = base["train"]["params"]["config"]
    ppo["seq_len"] = ppo.pop("seq_length") * 2
    ppo["num_actors"] = "${....task.env.numEnvs}"
    config = compose("Ant", base=base).tree
    assert (config["physics_engine"], config["task"]["physics_engine"], num_envs(config)) == ("auto", "auto", 128)
    assert config["train"]["params"]["config"]["seq_length"] == 8


def test_the_config_of_another_task_is_refused():
    with pytest.raises(InputError, match="the config is of the task Cartpole, not of Ant"):
        compose("Ant", base=run_of("Cartpole"))


@pytest.mark.parametrize("section", ["task", "train"])
def test_a_config_without_its_sections_is_refused(section):
    base = run_of()
    base[section] = None
    with pytest.raises(InputError, match=f"no section '{section}'"):
        compose("Ant", base=base)


def test_what_the_learner_was_not_given_then_it_is_not_given_now(tmp_path):
    """A run of a train YAML without some key must not get that key from the task's usual train YAML."""
    (tmp_path / "train").mkdir()
    usual = yaml.safe_load(to_yaml(compose("Ant").tree))["train"]
    del usual["params"]["config"]["save_frequency"]
    (tmp_path / "train" / "AntPlain.yaml").write_text(yaml.safe_dump(usual))
    run = compose("Ant", overrides=["train=AntPlain"], config_dir=tmp_path).tree
    assert "save_frequency" not in compose("Ant", base=run).tree["train"]["params"]["config"]


@pytest.mark.parametrize("own", [None, {"wandb_activate": True, "wandb_project": "ours"}])
def test_where_curves_and_code_are_sent_is_never_an_earlier_configs_affair(tmp_path, own):
    strangers = {
        "wandb_activate": True,
        "wandb_entity": "stranger",
        "wandb_project": "theirs",
        "wandb_name": "x",
        "wandb_group": "g",
        "wandb_tags": ["t"],
        "wandb_logcode_dir": ".",
        "wandb_key_of_the_future": "y",
    }
    if own:
        (tmp_path / "config.yaml").write_text(yaml.safe_dump(own))
    composed = compose("Ant", base=run_of() | strangers, config_dir=tmp_path if own else None).tree
    fresh = compose("Ant", config_dir=tmp_path if own else None).tree
    assert {key: value for key, value in composed.items() if key.startswith("wandb")} == {
        key: value for key, value in fresh.items() if key.startswith("wandb")
    }


def test_a_named_train_yaml_goes_over_the_train_settings_of_the_earlier_run():
    earlier = run_of(overrides=["task.env.headingWeight=0.7"], settings={"max_iterations": 7, "num_envs": 64})
    config = compose("Ant", base=earlier, overrides=["train=AntSAC"])
    expected = compose(
        "Ant",
        overrides=["train=AntSAC", "task.env.headingWeight=0.7"],
        settings={"max_iterations": 7, "num_envs": 64, "seed": earlier["seed"]},
    )
    assert config.tree == expected.tree
    assert config.notes == ("train=AntSAC goes over the section 'train' of the run's config",)
    assert changes_of(config)["train.params.algo.name"] == ("a2c_continuous", "sac")


def test_a_named_train_yaml_brings_back_what_the_earlier_run_had_overridden():
    config = compose("Ant", base=run_of(overrides=["train.params.config.gamma=0.5"]), overrides=["train=AntPPO"])
    assert config.learner["gamma"] == 0.99
    assert changes_of(config) == {"train.params.config.gamma": (0.5, 0.99)}


def test_a_run_of_a_class_without_yamls_takes_none_of_a_task_that_is_called_as_it_is(tmp_path):
    file = tmp_path / "ant.py"
    file.write_text("")
    task = f"{file}:Ant"
    base = compose("Cartpole").replaced({"task.name": task}).tree
    config = compose(task, base=base)
    assert config.task.name == task
    assert config.tree["task"]["env"].keys() == base["task"]["env"].keys()
    with pytest.raises(InputError, match="no YAMLs"):
        compose(task)


@pytest.mark.parametrize(
    ("overrides", "named_by_run"),
    [
        ([], True),
        (["task.env.numEnvs=8"], True),
        (["task.env.motion_file=mine.npz"], False),
        (["++task.env.motion_file=mine.npz"], False),
        (["task.env={motion_file: mine.npz}"], False),
        (["task={env: {motion_file: mine.npz}}"], False),
    ],
)
def test_the_clips_are_in_the_run_unless_an_override_names_them(tmp_path, overrides, named_by_run):
    run = Path("runs/AMP")
    base = run_of("HumanoidAMP", overrides=["task.env.motion_file=motions/mine.npz"])
    (tmp_path / "task").mkdir()
    (tmp_path / "task" / "HumanoidAMP.yaml").write_text("name: HumanoidAMP\nenv: {motion_file: motions/mine.npz}\n")
    for config_dir in (None, tmp_path):
        config = compose("HumanoidAMP", base=base, run_dir=run, overrides=overrides, config_dir=config_dir)
        assert config.task.clips_in == (run if named_by_run else None)
        assert config.replaced({"task.env.numEnvs": 1}).task.clips_in == config.task.clips_in
    assert compose("HumanoidAMP", overrides=overrides).task.clips_in is None
