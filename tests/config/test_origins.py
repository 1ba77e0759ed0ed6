"""Where values of a config come from."""

from functools import reduce

import pytest

from gymctl.config import annotated_yaml, compose
from gymctl.config.trees import branch, merge
from gymctl.config.yaml_io import parse_yaml


def origin(composed, key):
    return composed.origins[tuple(key.split("."))]


def test_packaged_values_name_their_yaml():
    composed = compose("Ant")
    assert origin(composed, "task.env.headingWeight") == "gymctl: task/Ant.yaml"
    assert origin(composed, "train.params.config.gamma") == "gymctl: train/AntPPO.yaml"
    assert origin(composed, "num_envs") == "gymctl: config.yaml"
    assert origin(composed, "task.env.clipObservations") == "gymctl: default"


def test_what_follows_a_flag_or_an_override_names_it():
    composed = compose(
        "Ant",
        settings={"num_envs": 8, "seed": 1},
        overrides=["seed=2", "task.sim.dt=0.01"],
        flag_names={"num_envs": "GYMCTL_NUM_ENVS", "seed": "--seed"},
    )
    assert origin(composed, "task.env.numEnvs") == "GYMCTL_NUM_ENVS"
    assert origin(composed, "train.params.config.num_actors") == "GYMCTL_NUM_ENVS"
    assert origin(composed, "train.params.seed") == "seed="
    assert origin(composed, "task.sim.dt") == "task.sim.dt="


def test_a_users_yaml_names_its_file_where_it_says_something(tmp_path):
    (tmp_path / "task").mkdir()
    file = tmp_path / "task" / "MyAnt.yaml"
    file.write_text("defaults: [Ant, _self_]\nenv: {headingWeight: 2.0}\n")
    (tmp_path / "config.yaml").write_text("num_envs: 16\n")
    composed = compose("MyAnt", overrides=["train=AntPPO"], config_dir=tmp_path)
    assert origin(composed, "task.env.headingWeight") == str(file)
    assert origin(composed, "task.env.upWeight") == "gymctl: task/Ant.yaml"
    assert origin(composed, "task.env.numEnvs") == str(tmp_path / "config.yaml")


def test_values_of_an_earlier_run_are_its_own_unless_they_are_changed():
    base = compose("Ant", overrides=["task.env.headingWeight=0.9"]).tree
    composed = compose("Ant", base=base, settings={"num_envs": 8}, flag_names={"num_envs": "--num-envs"})
    assert origin(composed, "task.env.headingWeight") == "the run's config.yaml"
    assert origin(composed, "task.env.numEnvs") == "--num-envs"


def test_what_suits_the_machine_stands_below_flags():
    machine = {"num_envs": 64, "train.params.config.gamma": 0.9}
    composed = compose(
        "Ant", machine=lambda config: machine, settings={"num_envs": 8}, flag_names={"num_envs": "--num-envs"}
    )
    assert (composed.tree["num_envs"], origin(composed, "num_envs")) == (8, "--num-envs")
    assert origin(composed, "train.params.config.gamma") == "gymctl: chosen for a CPU"


@pytest.mark.parametrize("task", ["Ant", "AnymalTerrain"])
def test_the_annotated_yaml_is_the_config(task):
    composed = compose(
        task, overrides=["experiment='a # b: c'", f"wandb_tags=[{', '.join('x' * 30 for _ in range(9))}]"]
    )
    text = annotated_yaml(composed.tree, composed.origins)
    assert parse_yaml(text, "the output") == composed.tree
    assert all("#" in line for line in text.splitlines() if line.strip().endswith(": true"))


def test_every_value_has_an_origin():
    composed = compose("Humanoid")
    tree = reduce(merge, (branch(path, name) for path, name in composed.origins.items()))
    assert all(composed.origins.values())
    assert tree["task"]["env"].keys() == composed.tree["task"]["env"].keys()


def test_a_file_name_with_a_line_break_stays_in_its_comment():
    text = annotated_yaml({"a": 1}, {("a",): "x\nb: 2"})
    assert parse_yaml(text, "the output") == {"a": 1}
