"""A user's own config directory, as written for IsaacGymEnvs."""

import math

import pytest
import yaml
from omegaconf import OmegaConf

from gymctl.config import PACKAGED, compose
from gymctl.config.trees import leaves, lookup
from gymctl.core.errors import InputError


def test_a_config_folder_for_isaacgymenvs_loads_unchanged(walker_dir):
    config = compose("Walker", config_dir=walker_dir).tree
    env, sim = config["task"]["env"], config["task"]["sim"]
    assert env["numEnvs"] == 256
    assert env["gains"] == {"hip": 30.0, "knee": 0.01}
    assert env["stiffness"] == 30.0
    assert env["contactBodies"] == ["left", "right"]
    assert (env["clipObservations"], env["clipActions"], env["controlFrequencyInv"]) == (math.inf, math.inf, 1)
    assert sim["physx"] == {"num_threads": 4, "use_gpu": True, "num_subscenes": 4}
    assert sim["use_gpu_pipeline"] is True
    assert (config["sim_device"], config["rl_device"], config["num_threads"]) == ("cuda:0", "cuda:0", 4)
    assert (config["seed"], config["headless"], config["physics_engine"]) == (7, False, "auto")
    ppo = config["train"]["params"]["config"]
    assert (ppo["learning_rate"], ppo["max_epochs"], ppo["minibatch_size"]) == (3e-4, 1_000_000, 256)
    assert not {"defaults", "hydra"} & config.keys()


def test_old_names_of_rl_games_keys_are_translated(walker_dir):
    ppo = compose("Walker", config_dir=walker_dir).tree["train"]["params"]["config"]
    assert ppo["seq_length"] == 8
    assert ppo["player"]["deterministic"] is False
    assert not {"seq_len", "determenistic"} & {*ppo, *ppo["player"]}


def test_flags_reach_a_users_task(walker_dir):
    config = compose("Walker", config_dir=walker_dir, settings={"num_envs": 8, "max_iterations": 2}).tree
    ppo = config["train"]["params"]["config"]
    assert config["task"]["env"]["numEnvs"] == ppo["num_actors"] == ppo["minibatch_size"] == 8
    assert ppo["max_epochs"] == 2


def test_what_has_no_effect_here_is_named_once(walker_dir):
    engine, ineffective, headless, *_ = compose("Walker", config_dir=walker_dir).notes
    assert headless.startswith("headless has no effect: ")
    assert "physics_engine=physx" in engine
    assert "auto" in engine
    assert "pipeline" in ineffective
    assert ineffective.count("task.sim.physx.*") == 1
    assert "envSpacing" not in ineffective  # a user's own task may read it


def test_ineffective_keys_of_our_tasks_are_named_when_overridden():
    overrides = ["task.env.plane.restitution=0.5", "task.sim.physx.num_position_iterations=8"]
    (ineffective,) = compose("Ant", overrides=[*overrides, "pbt=pbt_default"]).notes
    for key in ("task.env.plane.restitution", "task.sim.physx.*", "pbt"):
        assert key in ineffective


def test_the_users_yaml_replaces_ours_and_ours_fills_what_it_leaves_out(config_dir):
    """IsaacGymEnvs' Cartpole.yaml has no episodeLength; without clipObservations nothing is clipped."""
    path = config_dir.write(task_Cartpole="name: Cartpole\nenv: {numEnvs: 32, resetDist: 2.0}\nsim: {dt: 0.01}\n")
    config = compose("Cartpole", config_dir=path).tree
    env = config["task"]["env"]
    assert (env["numEnvs"], env["resetDist"], env["maxEffort"], env["episodeLength"]) == (32, 2.0, 400.0, 500)
    assert env["clipObservations"] == math.inf
    assert config["task"]["sim"]["dt"] == 0.01
    assert config["train"]["params"]["config"]["num_actors"] == 32


def test_a_yaml_name_may_differ_from_the_class_name(config_dir):
    path = config_dir.write(
        task_AntSAC="name: Ant\nenv: {numEnvs: 64}\n",
        train_AntSAC="""
        params:
          algo: {name: sac}
          model: {name: soft_actor_critic}
          network:
            name: soft_actor_critic
            separate: True
            space:
              continuous:
            mlp: {units: [512, 256], activation: relu, initializer: {name: default}}
            log_std_bounds: [-5, 2]
          load_checkpoint: False
          config:
            name: AntSAC
            env_name: rlgpu
            reward_shaper: {scale_value: 1.0}
            gamma: 0.99
            init_alpha: 1.0
            alpha_lr: 0.005
            actor_lr: 0.0005
            critic_lr: 0.0005
            critic_tau: 0.005
            batch_size: 4096
            learnable_temperature: true
            replay_buffer_size: 1000000
            num_actors: ${....task.env.numEnvs}
        """,
    )
    config = compose("AntSAC", config_dir=path).tree
    assert config["task_name"] == "Ant"
    assert config["task"]["env"]["headingWeight"] == 0.5
    assert config["train"]["params"]["algo"]["name"] == "sac"
    assert config["train"]["params"]["config"]["num_actors"] == 64


def test_a_train_yaml_inherits_from_its_group(walker_dir, config_dir):
    config_dir.write(
        train_WalkerLSTMPPO="""
        defaults:
          - WalkerPPO
          - _self_
        params:
          network:
            rnn: {name: lstm, units: 128, layers: 1, before_mlp: True, layer_norm: True}
          config:
            mini_epochs: 2
        """
    )
    params = compose("Walker", config_dir=walker_dir, overrides=["train=WalkerLSTMPPO"]).tree["train"]["params"]
    assert params["network"]["rnn"]["units"] == 128
    assert params["network"]["mlp"]["units"] == [64, 64]
    assert (params["config"]["mini_epochs"], params["config"]["horizon_length"]) == (2, 16)


@pytest.mark.parametrize(
    ("order", "length"), [("- _self_\n- env: throw", 100), ("- env: throw\n- _self_", 300), ("- env: throw", 300)]
)
def test_self_says_where_in_the_inheritance_a_yaml_stands(walker_dir, config_dir, order, length):
    text = (walker_dir / "task" / "Walker.yaml").read_text()
    config_dir.write(task_env_throw="episodeLength: 100\nsubtask: throw\n")
    (walker_dir / "task" / "Walker.yaml").write_text(f"defaults:\n{order}\n{text}")
    env = compose("Walker", config_dir=walker_dir).tree["task"]["env"]
    assert (env["subtask"], env["episodeLength"]) == ("throw", length)


def test_a_users_task_inherits_a_packaged_one(config_dir):
    path = config_dir.write(task_FastAnt="defaults: [Ant]\nenv: {headingWeight: 2.0}\n")
    env = compose("FastAnt", config_dir=path, overrides=["train=AntPPO"]).tree["task"]["env"]
    assert (env["headingWeight"], env["upWeight"], env["numEnvs"]) == (2.0, 0.1, 4096)


def test_a_users_yaml_inherits_the_packaged_one_of_its_own_name(config_dir):
    path = config_dir.write(task_Ant="defaults: [Ant]\nenv: {headingWeight: 2.0}\n")
    env = compose("Ant", config_dir=path).tree["task"]["env"]
    assert (env["headingWeight"], env["upWeight"], env["numEnvs"], env["clipActions"]) == (2.0, 0.1, 4096, 1.0)


@pytest.mark.parametrize("group", ["..", "../..", "/etc", "a/b", "''"])
def test_a_yaml_inherits_nothing_from_elsewhere(config_dir, tmp_path, group):
    (tmp_path / "secret.yaml").write_text("env: {numEnvs: 3}\n")
    path = config_dir.write(task_Ant=f"defaults: [{{{group}: secret}}]\nname: Ant\n")
    with pytest.raises(InputError, match="has the group"):
        compose("Ant", config_dir=path)


def test_inheritance_that_doubles_with_each_yaml_is_refused(config_dir):
    links = {f"task_A{index}": f"defaults: [A{index + 1}, A{index + 1}]\n" for index in range(30)}
    path = config_dir.write(**links, task_A30="name: Ant\n")
    with pytest.raises(InputError, match="inherits more than"):
        compose("A0", config_dir=path)


@pytest.mark.parametrize("file", ["config.yml", "task/Ant.yml", "train/AntPPO.yml"])
def test_yml_is_yaml(tmp_path, file):
    text = {"config.yml": "seed: 3\n", "task/Ant.yml": "defaults: [Ant]\nenv: {upWeight: 3.0}\n"}
    (tmp_path / file).parent.mkdir(exist_ok=True)
    (tmp_path / file).write_text(text.get(file, "defaults: [AntPPO]\nparams: {config: {gamma: 0.5}}\n"))
    tree = compose("Ant", config_dir=tmp_path).tree
    found = tree["seed"], tree["task"]["env"]["upWeight"], tree["train"]["params"]["config"]["gamma"]
    assert found in {(3, 0.1, 0.99), (42, 3.0, 0.99), (42, 0.1, 0.5)}


def test_a_yaml_that_is_there_twice_is_refused(config_dir):
    path = config_dir.write(task_Ant="name: Ant\n")
    (path / "task" / "Ant.yml").write_text("name: Ant\n")
    with pytest.raises(InputError, match=r"there are both .*Ant\.yaml and .*Ant\.yml"):
        compose("Ant", config_dir=path)


def test_all_unknown_keys_are_told_at_once(config_dir):
    path = config_dir.write(
        config="num_env: 3\n",
        task_Ant="name: Ant\nenv: {headingWeigth: 1.0, qqqqqqq: {a: 1, b: 2}}\n",
        train_AntPPO="defaults: [AntPPO]\nparams: {config: {gama: 0.9}}\n",
    )
    with pytest.raises(InputError) as error:
        compose("Ant", config_dir=path)
    assert error.value.what == "there are 4 unknown keys"
    told = "\n".join(error.value.details)
    for key, file in {
        "num_env": "config.yaml: did you mean 'num_envs'",
        "task.env.headingWeigth": "Ant.yaml: did you mean 'task.env.headingWeight'?",
        "task.env.qqqqqqq": "task/Ant.yaml",
        "train.params.config.gama": "AntPPO.yaml: did you mean",
    }.items():
        assert f"{key} in " in told
        assert file in told


def test_unknown_keys_of_a_yaml_and_of_overrides_are_told_together(config_dir):
    directory = config_dir.write(task_Ant="{defaults: [Ant], env: {headingWeigth: 1}}")
    with pytest.raises(InputError, match="there are 2 unknown keys") as error:
        compose("Ant", config_dir=directory, overrides=["task.env.qwertyuiop=1", "+task.env.a=1", "task.env.a=2"])
    first, second = error.value.details
    assert first.startswith(f"task.env.headingWeigth in {directory / 'task' / 'Ant.yaml'}: did you mean")
    assert second == "task.env.qwertyuiop"
    assert "take them out" in error.value.fix
    assert "+KEY=" in error.value.fix


SECTIONS = {
    "reward_shaper": "{params: {config: {reward_shaper: }}}",
    "rnn": "{params: {network: {rnn: }}}",
    "space": "{params: {network: {space: }}}",
    "continuous": "{params: {network: {space: {continuous: }}}}",
    "initializer": "{params: {network: {mlp: {initializer: }}}}",
    "mu_init": "{params: {network: {space: {continuous: {mu_init: }}}}}",
}


@pytest.mark.parametrize("name", SECTIONS)
def test_an_empty_section_that_is_read_is_refused_by_its_key(config_dir, name):
    section = yaml.safe_load(SECTIONS[name])
    *above, last = next(path for path, _ in leaves(section))
    own = yaml.safe_load((PACKAGED / "train" / "AntPPO.yaml").read_text())
    lookup(own, tuple(above))[last] = None
    directory = config_dir.write(train_AntPPO=yaml.safe_dump(own))
    with pytest.raises(InputError) as error:
        compose("Ant", config_dir=directory)
    assert error.value.what == f"train.{'.'.join((*above, last))} is empty"
    assert last in error.value.fix


def test_an_empty_section_of_what_the_algorithm_lacks_is_no_error(config_dir):
    sac = "{defaults: [AntSAC], params: {network: {space: {continuous: }}}}"
    assert compose("AntSAC", config_dir=config_dir.write(train_AntSAC=sac)).notes == ()


def test_the_list_of_unknown_keys_has_an_end(config_dir):
    keys = ", ".join(f"key_{index}: 1" for index in range(5000))
    with pytest.raises(InputError, match="there are 5,000 unknown keys") as error:
        compose("Ant", config_dir=config_dir.write(task_Ant=f"name: Ant\nenv: {{{keys}}}\n"))
    assert len(error.value.details) < 100
    assert error.value.details[-1].endswith("more")


def test_the_users_root_config_goes_over_the_packaged_one(config_dir):
    path = config_dir.write(config="num_envs: 16\ntask:\n  env:\n    upWeight: 0.3\n")
    config = compose("Ant", config_dir=path).tree
    assert (config["task"]["env"]["numEnvs"], config["task"]["env"]["upWeight"], config["seed"]) == (16, 0.3, 42)


def test_an_empty_section_changes_nothing(config_dir):
    path = config_dir.write(task_Ant="name: Ant\nenv:\nsim:\n")
    assert compose("Ant", config_dir=path).tree["task"]["env"]["numEnvs"] == 4096


@pytest.mark.parametrize(
    ("yamls", "key", "suggestion"),
    [
        ({"config": "num_env: 3\n"}, "num_env", "'num_envs'"),
        ({"task_Ant": "name: Ant\nenv: {headingWeigth: 1.0}\n"}, "task.env.headingWeigth", "'task.env.headingWeight'"),
        ({"task_Ant": "name: Ant\nsim: {subteps: 1}\n"}, "task.sim.subteps", "'task.sim.substeps'"),
        (
            {"train_AntPPO": "params: {config: {gama: 0.9}}\n"},
            "train.params.config.gama",
            "'train.params.config.gamma'",
        ),
        ({"train_AntPPO": "params: {config: {mlp: {}}}\n"}, "train.params.config.mlp", "'train.params.network.mlp"),
    ],
)
def test_an_unknown_key_in_a_users_yaml_is_refused_with_its_file(config_dir, yamls, key, suggestion):
    path = config_dir.write(**yamls)
    with pytest.raises(InputError) as error:
        compose("Ant", config_dir=path)
    assert error.value.what == f"there is no key {key}"
    assert str(path) in error.value.fix
    assert suggestion in error.value.fix


@pytest.mark.parametrize(
    ("yamls", "message"),
    [
        ({"task_Ant": "defaults: [Nothing]\nname: Ant\n"}, "inherits task/Nothing.yaml"),
        ({"task_Ant": "defaults: [Other]\n", "task_Other": "defaults: [Ant]\n"}, "inherits itself"),
        ({"task_Ant": "defaults: Cartpole\nname: Ant\n"}, "not a list"),
        ({"task_Ant": "name: Ant\nenv: 3\n"}, "task.env can't be 3"),
        ({"config": "task: Ant\n"}, "task can't be 'Ant'"),
        ({"config": "num_envs: ${nothing}\n"}, "num_envs can't be resolved"),
        ({"config": "num_envs: ${seed}\nseed: ${num_envs}\n"}, "can't be resolved"),
        ({"config": "experiment: ${eq:1}\n"}, "experiment can't be resolved"),
        ({"config": "seed: ???\n"}, "seed can't be resolved"),
        ({"train_AntPPO": "params: {algo: {name: a2c_continuous}}\n"}, "is missing"),
    ],
)
def test_a_yaml_that_can_not_be_used_is_refused(config_dir, yamls, message):
    with pytest.raises(InputError) as error:
        compose("Ant", config_dir=config_dir.write(**yamls))
    assert message in error.value.what
    assert error.value.fix


def test_a_task_without_train_yaml_says_what_to_choose_from(config_dir):
    path = config_dir.write(task_FastAnt="defaults: [Ant]\n")
    with pytest.raises(InputError) as error:
        compose("FastAnt", config_dir=path)
    assert error.value.what == "there is no train/FastAntPPO.yaml or train/FastAnt.yaml"
    assert "train=NAME: AllegroHandPPO, AntPPO" in error.value.fix
    assert "CartpolePPO" in error.value.fix


def test_a_directory_without_configs_is_refused(tmp_path):
    (tmp_path / "cfg" / "task").mkdir(parents=True)
    for path, part in [(tmp_path / "nowhere", "does not exist"), (tmp_path, "has no config.yaml")]:
        with pytest.raises(InputError) as error:
            compose("Ant", config_dir=path)
        assert part in error.value.what
    assert str(tmp_path / "cfg") in error.value.fix


def test_resolvers_of_the_same_name_elsewhere_neither_clash_nor_interfere(walker_dir):
    OmegaConf.register_resolver("eq", lambda a, b: "not ours", replace=True)
    try:
        assert compose("Walker", config_dir=walker_dir).tree["task"]["sim"]["use_gpu_pipeline"] is True
        assert OmegaConf.to_container(OmegaConf.create({"a": "${eq:1,1}"}), resolve=True) == {"a": "not ours"}
    finally:
        OmegaConf.clear_resolver("eq")
    assert not OmegaConf.has_resolver("resolve_default")


def test_an_installed_package_offers_tasks(tmp_path, monkeypatch):
    package, metadata = tmp_path / "robots_of_mine", tmp_path / "robots_of_mine-1.0.dist-info"
    (package / "configs" / "task").mkdir(parents=True)
    metadata.mkdir()
    (package / "__init__.py").write_text("raise ImportError('composing must not import the package')")
    (package / "configs" / "task" / "Hopper.yaml").write_text(
        "name: Hopper\nenv: {numEnvs: 3, episodeLength: 9, legs: 1}\nsim: {dt: 0.01}\n"
    )
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: robots-of-mine\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text("[gymctl.tasks]\nHopper = robots_of_mine.hopper:Hopper\n")
    monkeypatch.syspath_prepend(tmp_path)
    composed = compose("Hopper", overrides=["train=CartpolePPO", "task.env.legs=2"])
    assert composed.tree["task"]["env"]["legs"] == 2
    assert composed.tree["train"]["params"]["config"]["num_actors"] == 3
    assert composed.notes == ()


@pytest.mark.parametrize("key", ["numEnvs", "episodeLength", "dt"])
def test_a_task_of_the_users_without_a_key_that_nothing_runs_without_is_refused(walker_dir, key):
    file = walker_dir / "task" / "Walker.yaml"
    file.write_text("\n".join(line for line in file.read_text().splitlines() if not line.strip().startswith(f"{key}:")))
    with pytest.raises(InputError, match=rf"task\.(env|sim)\.{key} is missing"):
        compose("Walker", config_dir=walker_dir)


@pytest.mark.parametrize("key", ["actor_lr", "init_alpha", "batch_size", "replay_buffer_size"])
def test_a_soft_actor_critic_without_a_key_that_rl_games_needs_is_refused(config_dir, key):
    text = (PACKAGED / "train" / "AntSAC.yaml").read_text()
    lines = (line for line in text.splitlines() if not line.strip().startswith(f"{key}:"))
    path = config_dir.write(train_AntSAC="\n".join(lines))
    with pytest.raises(InputError, match=rf"train\.params\.config\.{key} is missing"):
        compose("AntSAC", config_dir=path)
