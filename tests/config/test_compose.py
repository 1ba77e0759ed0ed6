import math
import subprocess
import sys

import pytest
import yaml

from gymctl.config import compose, task_names, to_yaml
from gymctl.core.errors import InputError


def test_ant_has_the_values_of_isaacgymenvs():
    config = compose("Ant").tree
    assert config["task_name"] == "Ant"
    assert config["seed"] == config["train"]["params"]["seed"] == 42
    env = config["task"]["env"]
    expected = {
        "numEnvs": 4096,
        "episodeLength": 1000,
        "clipActions": 1.0,
        "clipObservations": math.inf,
        "powerScale": 1.0,
        "controlFrequencyInv": 1,
        "headingWeight": 0.5,
        "upWeight": 0.1,
        "actionsCost": 0.005,
        "energyCost": 0.05,
        "dofVelocityScale": 0.2,
        "contactForceScale": 0.1,
        "jointsAtLimitCost": 0.1,
        "deathCost": -2.0,
        "terminationHeight": 0.31,
        "plane": {"staticFriction": 1.0, "dynamicFriction": 1.0, "restitution": 0.0},
    }
    assert {key: env[key] for key in expected} == expected
    assert (config["task"]["sim"]["dt"], config["task"]["sim"]["substeps"]) == (0.0166, 2)
    assert config["task"]["sim"]["gravity"] == [0.0, 0.0, -9.81]
    randomization = config["task"]["task"]["randomization_params"]
    assert randomization["frequency"] == 600
    assert randomization["actor_params"]["ant"]["rigid_body_properties"]["mass"]["range"] == [0.5, 1.5]
    params = config["train"]["params"]
    assert params["network"]["mlp"]["units"] == [256, 128, 64]
    ppo = params["config"]
    expected = {
        "name": "Ant",
        "num_actors": 4096,
        "mixed_precision": True,
        "reward_shaper": {"scale_value": 0.01},
        "value_bootstrap": True,
        "gamma": 0.99,
        "tau": 0.95,
        "learning_rate": 3e-4,
        "lr_schedule": "adaptive",
        "schedule_type": "legacy",
        "kl_threshold": 0.008,
        "score_to_win": 20000,
        "max_epochs": 500,
        "save_best_after": 200,
        "save_frequency": 50,
        "grad_norm": 1.0,
        "truncate_grads": False,
        "entropy_coef": 0.0,
        "e_clip": 0.2,
        "horizon_length": 16,
        "minibatch_size": 32768,
        "mini_epochs": 4,
        "critic_coef": 2,
        "seq_length": 4,
        "bounds_loss_coef": 0.0001,
    }
    assert {key: ppo[key] for key in expected} == expected


def test_cartpole_has_the_values_of_isaacgymenvs():
    config = compose("Cartpole").tree
    expected = {
        "numEnvs": 512,
        "episodeLength": 500,
        "resetDist": 3.0,
        "maxEffort": 400.0,
        "clipObservations": 5.0,
        "clipActions": 1.0,
        "controlFrequencyInv": 1,
    }
    assert {key: config["task"]["env"][key] for key in expected} == expected
    assert (config["task"]["sim"]["dt"], config["task"]["sim"]["substeps"]) == (0.0166, 2)
    assert config["train"]["params"]["network"]["mlp"]["units"] == [32, 32]
    ppo = config["train"]["params"]["config"]
    expected = {
        "mixed_precision": False,
        "reward_shaper": {"scale_value": 0.1},
        "learning_rate": 3e-4,
        "max_epochs": 100,
        "save_best_after": 50,
        "save_frequency": 25,
        "truncate_grads": True,
        "minibatch_size": 8192,
        "mini_epochs": 8,
        "critic_coef": 4,
    }
    assert {key: ppo[key] for key in expected} == expected
    assert "value_bootstrap" not in ppo
    assert "schedule_type" not in ppo


def test_defaults_say_nothing_to_the_user():
    assert compose("Ant").notes == compose("Cartpole", settings={"num_envs": 64}).notes == ()


def test_flags_reach_everything_linked_to_them():
    settings = {
        "num_envs": 64,
        "max_iterations": 3,
        "experiment": "first",
        "seed": 5,
        "checkpoint": "nn/a.pth",
        "sim_device": "cuda:1",
        "sigma": None,
    }
    config = compose("Ant", settings=settings).tree
    params = config["train"]["params"]
    assert config["task"]["env"]["numEnvs"] == params["config"]["num_actors"] == 64
    assert params["config"]["max_epochs"] == 3
    assert params["config"]["name"] == params["config"]["full_experiment_name"] == config["wandb_name"] == "first"
    assert params["seed"] == 5
    assert (params["load_checkpoint"], params["load_path"]) == (True, "nn/a.pth")
    assert config["rl_device"] == "cuda:1"
    assert config["task"]["sim"]["physx"]["use_gpu"] is True
    assert config["sigma"] == ""


def test_a_flag_is_a_top_level_key():
    with pytest.raises(InputError) as error:
        compose("Ant", settings={"num_env": 64})
    assert error.value.what == "there is no key num_env"
    assert "'num_envs'" in error.value.fix


def test_seed_minus_one_draws_a_seed():
    drawn = [compose("Cartpole", settings={"seed": -1}).tree for _ in range(8)]
    seeds = {config["seed"] for config in drawn}
    assert len(seeds) > 1
    assert all(0 <= seed < 10_000 for seed in seeds)
    assert all(config["train"]["params"]["seed"] == config["seed"] for config in drawn)


@pytest.mark.parametrize(
    ("name", "suggestion"),
    [("ant", "'Ant'"), ("CARTPOLE", "'Cartpole'"), ("Cartpol", "'Cartpole'"), ("../Ant", "'Ant'")],
)
def test_an_unknown_task_is_told_with_close_names_and_where_to_look(name, suggestion):
    with pytest.raises(InputError) as error:
        compose(name)
    assert repr(name) in error.value.what
    assert suggestion in error.value.fix
    assert "gymctl tasks" in error.value.fix


def test_task_names_are_sorted_and_include_the_users(walker_dir):
    assert {"Ant", "Cartpole"} <= set(task_names())
    assert task_names(walker_dir) == sorted([*task_names(), "Walker"])


@pytest.mark.parametrize(("task", "overrides", "num_envs"), [("AntSAC", [], 64), ("Ant", ["train=AntSAC"], 4096)])
def test_soft_actor_critic_is_a_task_of_its_own_or_a_train_yaml(task, overrides, num_envs):
    config = compose(task, overrides=overrides).tree
    params = config["train"]["params"]
    assert (config["task"]["name"], config["task"]["env"]["numEnvs"]) == ("Ant", num_envs)
    assert (params["algo"]["name"], params["config"]["name"], params["config"]["num_actors"]) == (
        "sac",
        "AntSAC",
        num_envs,
    )
    assert params["network"]["mlp"]["units"] == [512, 256]
    assert (params["config"]["batch_size"], params["config"]["max_epochs"]) == (4096, 20000)


def test_printing_reads_back_as_the_same_config():
    config = compose("Ant", settings={"experiment": "1e-3"}).tree
    assert compose("Ant", base=yaml.safe_load(to_yaml(config))).tree == config


def test_importing_config_and_composing_imports_neither_torch_nor_mujoco():
    code = (
        "import sys; from gymctl.config import compose; compose('Ant');"
        "print([m for m in ('torch', 'mujoco', 'rl_games') if m in sys.modules])"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"
    assert result.stderr == ""
