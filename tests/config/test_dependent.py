"""Keys that have an effect only together with another are told where it is missing."""

from pathlib import Path

import pytest

from gymctl.config import compose
from gymctl.config.catalogue import packaged_task
from gymctl.config.dependent import DEPENDENT, OF_ENGINE, notes_of_engine, table
from gymctl.config.schema import declared_paths, schema

LEARN, NETWORK_KEY = "train.params.config", "train.params.network"
RNN = f"++{NETWORK_KEY}.rnn={{name: gru, units: 8, layers: 1}}"
SAC = "train=AntSAC"

WITHOUT_AND_WITH = [
    (f"{LEARN}.seq_length=8", "network.rnn", [], [RNN]),
    (f"{LEARN}.seq_len=8", "network.rnn", [], [RNN]),
    (f"{LEARN}.zero_rnn_on_done=False", "network.rnn", [], [RNN]),
    (f"{LEARN}.schedule_entropy=True", "lr_schedule=linear", [], [f"{LEARN}.lr_schedule=linear"]),
    (f"{LEARN}.kl_threshold=0.02", "lr_schedule=adaptive", [f"{LEARN}.lr_schedule=constant"], []),
    (f"{NETWORK_KEY}.normalization=layer_norm", "mlp.d2rl=True", [], [f"++{NETWORK_KEY}.mlp.d2rl=True"]),
    (f"{NETWORK_KEY}.log_std_bounds=[-4,1]", "PPO", [], [SAC]),
    (RNN.lstrip("+"), "soft actor-critic", [SAC], []),
    (f"{NETWORK_KEY}.space.continuous.fixed_sigma=True", "soft actor-critic", [SAC], []),
    ("wandb_name=x", "wandb_activate=True", [], ["wandb_activate=True"]),
    ("wandb_tags=[a]", "wandb_activate=True", [], ["wandb_activate=True"]),
]


@pytest.mark.parametrize(("override", "needed", "without", "with_it"), WITHOUT_AND_WITH)
def test_a_key_that_lacks_what_it_needs_is_named_with_that(override, needed, without, with_it):
    key = override.partition("=")[0].replace("space.continuous.fixed_sigma", "space.continuous")
    (note,) = compose("Ant", overrides=[f"++{override}", *without]).notes
    assert " no effect " in note
    assert note.startswith(key)
    assert needed in note
    assert compose("Ant", overrides=[f"++{override}", *with_it]).notes == ()


@pytest.mark.parametrize(
    ("override", "with_it"),
    [
        ("hybridInitProb=0.7", "stateInit=Hybrid"),
        ("powerScale=0.7", "pdControl=False"),
        ("terminationHeight=0.7", "enableEarlyTermination=True"),
    ],
)
def test_so_are_keys_of_a_task(override, with_it):
    key, other = override.partition("=")[0], {"enableEarlyTermination=True": "enableEarlyTermination=False"}
    without = [f"task.env.{other[with_it]}"] if with_it in other else []
    (note,) = compose("HumanoidAMP", overrides=[f"task.env.{override}", *without]).notes
    assert note == f"task.env.{key} has no effect without {with_it}"
    assert compose("HumanoidAMP", overrides=[f"task.env.{override}", f"task.env.{with_it}"]).notes == ()


def test_parameters_of_a_randomisation_that_is_off_are_named():
    (note,) = compose("Ant", overrides=["task.task.randomization_params.frequency=3"]).notes
    assert note == "task.task.randomization_params.* has no effect without task.task.randomize=True"
    told = compose("Ant", overrides=["task.task.randomization_params.frequency=3", "task.task.randomize=True"]).notes
    assert not any("no effect" in note for note in told)


def test_the_other_physics_is_told_where_there_is_one():
    (by_override,) = compose("Cartpole", overrides=["physics=isaacgym"]).notes
    assert by_override.startswith("physics has no effect in tasks")
    flag = {"settings": {"physics": "isaacgym"}, "flag_names": {"physics": "--physics"}}
    assert compose("Cartpole", **flag).notes == (by_override,)
    assert compose("Ant", **flag).notes == ()
    chosen_by_play = compose("Cartpole", settings={"physics": "isaacgym"})
    assert chosen_by_play.notes == ()


def test_a_yaml_keeps_keys_for_the_day_when_they_have_an_effect(config_dir):
    directory = config_dir.write(
        config="wandb_name: mine",
        train_AntPPO="defaults: [AntPPO]\nparams: {config: {seq_length: 8, lr_schedule: constant, kl_threshold: 0.1}}",
    )
    assert compose("Ant", config_dir=directory).notes == ()


def test_a_checkpoint_that_a_yaml_says_not_to_load_is_told_only_if_it_is_typed(config_dir):
    directory = config_dir.write(
        train_AntPPO="defaults: [AntPPO]\nparams: {load_checkpoint: False, load_path: nn/Ant.pth}"
    )
    assert compose("Ant", config_dir=directory).notes == ()
    (typed,) = compose("Ant", config_dir=directory, overrides=["train.params.load_path=nn/Ant.pth"]).notes
    assert "without load_checkpoint=True" in typed
    config_dir.write(train_AntPPO="defaults: [AntPPO]\nparams: {load_path: nn/Ant.pth}")
    (forgotten,) = compose("Ant", config_dir=directory).notes
    assert "without load_checkpoint=True" in forgotten


def test_of_two_checkpoints_the_one_that_is_not_loaded_is_told():
    config = compose("Ant", overrides=["checkpoint=a.pth", "train.params.load_path=b.pth"])
    assert config.checkpoint == "a.pth"
    assert config.notes == ("train.params.load_path has no effect beside checkpoint=a.pth",)


def test_what_another_engine_reads_is_told_if_it_is_typed(config_dir):
    overrides = ["++task.sim.mujoco.nconmax=20", "++task.sim.mujoco.njmax=80", "num_threads=2"]
    config = compose("Ant", overrides=overrides)
    assert [*notes_of_engine(config, "mujoco")] == [
        "task.sim.mujoco.nconmax, task.sim.mujoco.njmax have no effect with the engine mujoco"
    ]
    assert [*notes_of_engine(config, "mujoco_warp")] == ["num_threads has no effect with the engine mujoco_warp"]
    directory = config_dir.write(task_Ant="{defaults: [Ant], sim: {mujoco: {nconmax: 20}}}")
    assert [*notes_of_engine(compose("Ant", config_dir=directory), "mujoco")] == []


def test_the_table_names_keys_that_there_are():
    schemas = schema(None), schema(packaged_task("HumanoidAMP"))
    keys = {".".join(map(str, path)) for keys in schemas for path in declared_paths(keys)}
    named = {key for each in DEPENDENT for key in each.keys} | {key for _, names in OF_ENGINE for key in names}
    assert named
    for key in named:
        assert any(known == key or known.startswith(f"{key}.") for known in keys), key


def test_the_table_of_the_docs_is_this_one():
    page = (Path(__file__).parents[2] / "docs" / "config.md").read_text()
    assert table() in page, "write gymctl.config.dependent.table() into it"
