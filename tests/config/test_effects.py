"""Every key that rl_games reads does something here, or is in the table of those that don't."""

import re
import shutil
from pathlib import Path

import pytest
import rl_games

from gymctl.config import compose, without_inert
from gymctl.config.catalogue import PACKAGED, task_names
from gymctl.config.effects import INERT, table
from gymctl.config.learners import LEARNER, NETWORK
from gymctl.config.schema import ROOT, declared_paths
from gymctl.config.trees import leaves
from gymctl.learning.agents import amp_agent
from gymctl.learning.on_device import discriminator

SOURCE = Path(rl_games.__file__).parent
FILES = (
    *("torch_runner.py", "common/a2c_common.py", "common/player.py", "common/interval_summary_writer.py"),
    *(f"algos_torch/{name}.py" for name in ("a2c_continuous", "players", "sac_agent", "central_value", "models")),
)
READ = re.compile(r"(?:config|cfg)(?:\.get\(|\[)\s*['\"](\w+)['\"]")
INTERNAL = {
    *("network", "model", "vec_env", "observer", "soft_augmentation", "params"),  # what rl_games puts there itself
    *("input_shape", "mode", "critic_mode", "seed", "config"),  # of other dicts
}
INERT_KEYS = {inert.key for inert in INERT}


def read_by_rl_games():
    return {key for file in FILES for key in READ.findall((SOURCE / file).read_text())} - INTERNAL


def test_every_key_that_rl_games_reads_is_known():
    player = set(LEARNER["player"])
    assert len(read_by_rl_games()) > 90
    assert read_by_rl_games() <= {*LEARNER} | player


@pytest.mark.parametrize("key", sorted({*LEARNER} - {"player"}))
def test_a_key_of_the_learner_is_read_by_rl_games_or_in_the_table(key):
    ours = {"seq_len", "torch_compile", "cuda_graph"}  # translated to seq_length; read in another way; our own
    ours |= {*READ.findall(Path(amp_agent.__file__).read_text())}
    assert key in read_by_rl_games() or f"train.params.config.{key}" in INERT_KEYS or key in ours


@pytest.mark.parametrize("key", sorted(LEARNER["player"]))
def test_a_key_of_rl_games_player_is_in_the_table(key):
    assert f"train.params.config.player.{key}" in INERT_KEYS or key == "determenistic"


@pytest.mark.parametrize("path", sorted({".".join(path) for path in declared_paths(NETWORK)}))
def test_a_key_of_the_network_is_read_by_rl_games_or_in_the_table(path):
    builder = (SOURCE / "algos_torch" / "network_builder.py").read_text() + (SOURCE / "torch_runner.py").read_text()
    builder += (SOURCE / "algos_torch" / "model_builder.py").read_text()
    key = path.rpartition(".")[2]
    read = f"'{key}'" in builder or f'"{key}"' in Path(discriminator.__file__).read_text()
    assert read or f"train.params.network.{path}" in INERT_KEYS


def test_what_is_in_the_table_does_not_reach_rl_games_and_the_rest_does():
    params = {"config": {key: {**rule} if isinstance(rule, dict) else object() for key, rule in LEARNER.items()}}
    inert = {key.removeprefix("train.params.config.") for key in INERT_KEYS if key.startswith("train.params.config.")}
    kept = {".".join(path) for path, _ in leaves(without_inert(params)["config"])}
    known = {".".join(path) for path in declared_paths(LEARNER)}
    assert kept == {key for key in known if key not in inert and not key.startswith("player.")}


UNUSUAL = {
    "torch_deterministic": "True",
    "headless": "False",
    "train.params.seed": "3",
    "train.params.config.num_actors": "3",
    "train.params.config.train_dir": "elsewhere",
    "train.params.config.full_experiment_name": "x",
    "train.params.config.network_path": "x",
    "train.params.config.player.games_num": "7",
    "train.params.config.player.deterministic": "False",
    "train.params.config.print_stats": "False",
    "train.params.config.player.n_game_life": "100",
    "train.params.config.value_size": "2",
    "train.params.config.device": "cuda",
    "train.params.config.minibatch_size_per_env": "4",
    "train.params.config.reward_shaper.is_torch": "False",
    "train.params.config.population_based_training": "True",
    "train.params.network.mlp.norm_only_first_layer": "True",
    "train.params.network.value_shape": "3",
    "capture_video": "True",
}


@pytest.mark.parametrize("key", UNUSUAL)
def test_what_does_nothing_is_named_once_with_what_does_it(key):
    (note,) = compose("Ant", overrides=[f"++{key}={UNUSUAL[key]}"]).notes
    assert note.startswith(f"{key} has no effect: ")


def test_old_spellings_are_named_too():
    (note,) = compose("Ant", overrides=["++train.params.config.player.determenistic=False"]).notes
    assert "player.deterministic has no effect" in note


@pytest.mark.parametrize(
    ("train", "key"), [("AntPPO", "actor_lr=1e-3"), ("AntSAC", "e_clip=0.1"), ("AntPPO", "amp_batch_size=3")]
)
def test_settings_of_another_algorithm_are_named(train, key):
    (note,) = compose("Ant", overrides=[f"train={train}", f"++train.params.config.{key}"]).notes
    assert note.startswith("without effect with ")
    assert key.partition("=")[0] in note


def test_the_table_names_keys_that_there_are():
    paths = {".".join(map(str, path)) for path in declared_paths({**ROOT, "train": {}})}
    learner = {"train.params.config." + ".".join(path) for path in declared_paths(LEARNER)}
    for key in INERT_KEYS:
        section = key.startswith("train.")
        assert section or key in paths
        assert not key.startswith("train.params.config.") or key in learner | {"train.params.config.player"}


def test_the_table_of_the_docs_is_this_one():
    page = (Path(__file__).parents[2] / "docs" / "config.md").read_text()
    assert table() in page, "write gymctl.config.effects.table() into it"


def test_keys_that_nothing_reads_are_named():
    added = ["+task.env.myKey=3", "++train.params.network.mlp.myUnits=3"]
    (note,) = compose("Ant", overrides=added).notes
    assert note == "without effect, since nothing reads it: task.env.myKey, train.params.network.mlp.myUnits"


def test_where_things_start_is_without_effect_only_in_tasks_that_do_not_read_it():
    overrides = [f"task.env.{key}=0.3" for key in ("startPositionNoise", "startRotationNoise")]
    (note,) = compose("FrankaCabinet", overrides=overrides).notes
    assert note.endswith("Isaac Gym: task.env.startPositionNoise, task.env.startRotationNoise")
    (note,) = compose("FrankaCubeStack", overrides=[*overrides, "task.env.frankaPositionNoise=0.0"]).notes
    assert note.endswith("Isaac Gym: task.env.frankaPositionNoise")


def test_a_task_of_the_users_reads_what_keys_it_likes(config_dir):
    directory = config_dir.write(task_Own="{name: Own, env: {numEnvs: 4, episodeLength: 9}, sim: {dt: 0.1}}")
    overrides = ["train=AntPPO", "+task.env.myKey=3", "+task.myKey=3"]
    assert compose("Own", config_dir=directory, overrides=overrides).notes == ()


@pytest.mark.parametrize("task", task_names())
def test_who_changes_nothing_is_told_nothing(task, config_dir):
    assert compose(task).notes == ()
    copied = shutil.copytree(PACKAGED, config_dir.path)
    assert all("since it was for Isaac Gym" in note for note in compose(task, config_dir=copied).notes)
