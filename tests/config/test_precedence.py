"""Flags and overrides go over whatever a file says, linked or resolved."""

import itertools
from functools import cache
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gymctl.config import PACKAGED, compose, settings_of, to_yaml
from gymctl.core.errors import InputError

PPO = ("train", "params", "config")
FLAGS = {
    "num_envs": ((64, 7), [("num_envs",), ("task", "env", "numEnvs"), (*PPO, "num_actors")]),
    "seed": ((3, 0), [("seed",), ("train", "params", "seed")]),
    "max_iterations": ((2, 999), [("max_iterations",), (*PPO, "max_epochs")]),
    "device": (("cpu", "cuda:1"), [("sim_device",), ("rl_device",)]),
    "engine": (("mujoco", "mujoco_warp"), [("physics_engine",), ("task", "physics_engine")]),
    "physics": (("isaacgym", "fast"), [("physics",), ("task", "physics")]),
    "experiment": (("mine", "1e-5"), [("experiment",), (*PPO, "name")]),
    "wandb": ((True, False), [("wandb_activate",)]),
}
SOURCES = ("packaged", "own literals", "own sections", "resolved", "changed", "run", "run and resolved")


@cache
def resolved(**flags):
    """A config as ``gymctl config`` prints it and a run keeps it."""
    return to_yaml(compose("Ant", settings=settings_of(**flags)).tree)


CHANGED = {"num_envs": 512, "seed": 9, "max_iterations": 11, "device": "cuda:3", "engine": "mujoco", "experiment": "x"}


def literal(directory: Path):
    """The packaged YAMLs with every link written out, as people do."""
    tree = yaml.safe_load(resolved())
    for section, name in (("task", "Ant"), ("train", "AntPPO")):
        (directory / section).mkdir()
        (directory / section / f"{name}.yaml").write_text(to_yaml(tree[section]))
    return directory


def source(name: str, directory: Path):
    """Arguments of `compose` for where a config comes from."""
    if name == "packaged":
        return {}
    if name == "run":
        return {"base": yaml.safe_load(resolved(**CHANGED))}
    if name == "own literals":
        return {"config_dir": literal(directory)}
    sections = {"task": {"env": {"numEnvs": 33}}, "train": {"params": {"config": {"max_epochs": 3, "name": "y"}}}}
    text = {"own sections": to_yaml({"num_envs": 12, "seed": 5, **sections}), "changed": resolved(**CHANGED)}
    (directory / "config.yaml").write_text(text.get(name, resolved()))
    return {"config_dir": directory, **({"base": yaml.safe_load(resolved(**CHANGED))} if "run and" in name else {})}


def at(tree, path):
    for key in path:
        tree = tree[key]
    return tree


def check(given_flags, as_overrides, where, directory):
    keys = settings_of(**given_flags)
    if as_overrides:
        texts = [f"{key}={to_yaml({'v': value})[3:].strip()}" for key, value in keys.items()]
        composed = compose("Ant", overrides=texts, **source(where, directory))
    else:
        composed = compose("Ant", settings=keys, **source(where, directory))
    for flag, value in given_flags.items():
        for path in FLAGS[flag][1]:
            assert at(composed.tree, path) == value, (flag, path, where)


@pytest.mark.parametrize(("flag", "where", "as_overrides"), itertools.product(FLAGS, SOURCES, (False, True)))
def test_every_flag_wins_over_every_file(tmp_path, flag, where, as_overrides):
    for index, value in enumerate(FLAGS[flag][0]):
        directory = tmp_path / str(index)
        directory.mkdir()
        check({flag: value}, as_overrides, where, directory)


@pytest.mark.slow
@given(
    st.fixed_dictionaries({}, optional={flag: st.sampled_from(values) for flag, (values, _) in FLAGS.items()}),
    st.booleans(),
    st.sampled_from(SOURCES),
)
@settings(
    derandomize=True, deadline=None, max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_any_flags_win_over_any_file(tmp_path_factory, given_flags, as_overrides, where):
    check(given_flags, as_overrides, where, tmp_path_factory.mktemp("cfg"))


@pytest.mark.parametrize("where", SOURCES)
def test_without_flags_files_hold(tmp_path, where):
    tree = compose("Ant", **source(where, tmp_path)).tree
    wanted = {"own sections": (12, 5, 3, "y")} | dict.fromkeys(
        ("changed", "run", "run and resolved"), (512, 9, 11, "x")
    )
    found = tree["num_envs"] or 4096, tree["seed"], tree["train"]["params"]["config"]["max_epochs"]
    assert (*found, tree["train"]["params"]["config"]["name"]) == wanted.get(where, (4096, 42, 500, "Ant"))


def test_what_is_linked_follows_in_a_resolved_config(tmp_path):
    (tmp_path / "config.yaml").write_text(resolved())
    config = compose("Ant", config_dir=tmp_path, overrides=["experiment=x", "sim_device=cuda:2"]).tree
    assert (config["wandb_name"], config["rl_device"]) == ("x", "cuda:2")


def test_a_name_of_the_users_own_stays(tmp_path):
    (tmp_path / "config.yaml").write_text("wandb_name: mine\n")
    assert compose("Ant", config_dir=tmp_path, settings={"experiment": "x"}).tree["wandb_name"] == "mine"


@pytest.mark.parametrize("text", ["task: {name: Ant}\n", None])
def test_a_config_of_another_task_is_refused(tmp_path, text):
    (tmp_path / "config.yaml").write_text(text or resolved())
    with pytest.raises(InputError, match=r"config\.yaml is the config of the task Ant, not of Cartpole"):
        compose("Cartpole", config_dir=tmp_path)


def test_a_resolved_config_comes_out_as_it_is(tmp_path):
    overrides = ["task.env.headingWeight=0.7", "train.params.config.gamma=0.9", "train.params.network.mlp.units=[8]"]
    tree = compose("Ant", overrides=overrides, settings={"num_envs": 8}).tree
    (tmp_path / "config.yaml").write_text(to_yaml(tree))
    again = compose("Ant", config_dir=tmp_path)
    assert again.tree == tree
    assert again.notes == ()


def test_a_train_yaml_that_is_chosen_wins_over_a_resolved_one(tmp_path):
    (tmp_path / "config.yaml").write_text(resolved(seed=3))
    tree = compose("Ant", config_dir=tmp_path, overrides=["train=CartpolePPO"]).tree
    assert (tree["train"]["params"]["network"]["mlp"]["units"], tree["seed"]) == ([32, 32], 3)
    assert PACKAGED.is_dir()
