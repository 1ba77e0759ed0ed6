"""What is stopped and resumed goes on as if nothing had been; what is repeated comes out the same."""

import json
import shutil
from pathlib import Path

import pytest
import torch

from gymctl.policies.checkpoints.loading import load_checkpoint
from gymctl.tasks import registry
from gymctl.tasks.manipulation.trifinger import Trifinger
from tests.helpers.layouts import rl_games_1_6

pytestmark = pytest.mark.slow

KNOWN_FROM_THE_START = {
    "Trifinger": ["task.task.randomize=False", "train.params.config.central_value_config.lr_schedule=constant"]
}
"""Without randomisation, which begins anew in each process, and without a schedule up to the last epoch."""
SMALLER = {
    "HumanoidAMP": [f"train.params.config.amp_{name}_buffer_size=1024" for name in ("obs_demo", "replay")],
}
SHORT = ("--num-envs", 16, "--seed", 5, "--json")


def trained(invoke, *arguments):
    return json.loads(invoke("train", *arguments).stdout)


def last(result):
    return load_checkpoint(Path(result["last_checkpoint"]))


def assert_same(one, other):
    """The same networks, optimizers, rewards, episodes under way and random numbers, to the last bit."""
    if isinstance(one, dict):
        assert one.keys() == other.keys()
        for key, value in one.items():
            assert_same(value, other[key])
    elif isinstance(one, list):
        assert len(one) == len(other)
        for value, like in zip(one, other, strict=True):
            assert_same(value, like)
    elif isinstance(one, torch.Tensor):
        assert torch.equal(one, other)
    else:
        assert one == other


@pytest.mark.parametrize(
    ("task", "settings"),
    [
        ("Cartpole", []),
        ("Ant", ["task.env.episodeLength=40"]),
        ("Cartpole", ["train.params.config.lr_schedule=linear"]),
        ("Cartpole", ["train.params.network.rnn={name: lstm, units: 8, layers: 1, before_mlp: True}"]),
    ],
)
def test_ten_epochs_and_ten_more_are_twenty(invoke, task, settings):
    straight = trained(invoke, task, *SHORT, "--max-iterations", 20, *settings)
    # a linear schedule goes to the last epoch, which must be known from the start: stop early by another limit
    half = ["train.params.config.max_frames=2560"] if "lr_schedule=linear" in str(settings) else []
    stopped = trained(invoke, task, *SHORT, "--max-iterations", 20 if half else 10, *settings, *half)
    assert stopped["epochs"] == 10
    more = ["train.params.config.max_frames=-1"] if half else []
    resumed = trained(invoke, "--resume", stopped["run_dir"], "--max-iterations", 20, "--json", *more)
    assert (resumed["epochs"], resumed["frames"]) == (20, 20 * 16 * 16)
    assert resumed["reward_mean"] == straight["reward_mean"]
    assert_same(last(resumed), last(straight))


@pytest.mark.parametrize("task", sorted(set(registry.names()) - {"Ant", "Cartpole"}))
def test_every_task_goes_on_exactly(invoke, task):
    settings = ("--num-envs", 8, "--seed", 5, *KNOWN_FROM_THE_START.get(task, ()), *SMALLER.get(task, ()))
    straight = trained(invoke, task, *settings, "--max-iterations", 2, "--json")
    stopped = trained(invoke, task, *settings, "--max-iterations", 1, "--json")
    assert_same(last(trained(invoke, "--resume", stopped["run_dir"], "--max-iterations", 2, "--json")), last(straight))


@pytest.mark.parametrize("learner", ["TrifingerPPO", "AntSAC"])
def test_a_task_hears_how_far_the_training_is_even_if_its_episodes_begin_anew(invoke, monkeypatch, learner):
    told = []
    monkeypatch.setattr(Trifinger, "set_train_frames", lambda _, frames: told.append(frames))
    settings = ("--num-envs", 8, "--max-iterations", 2, f"train={learner}")
    stopped = trained(invoke, "Trifinger", *settings, "--json")
    frames = last(stopped)["frame"]
    assert told == [0, frames // 2]
    trained(invoke, "--resume", stopped["run_dir"], "--max-iterations", 3, "--json")
    assert told[2:] == [frames]


def test_other_settings_or_another_seed_start_new_episodes(invoke):
    stopped = trained(invoke, "Cartpole", *SHORT, "--max-iterations", 2)
    results = []
    for changed in (["--seed", 6], ["--num-envs", 8], ["task.env.maxEffort=300.0"], []):
        shutil.rmtree("copy", ignore_errors=True)
        shutil.copytree(stopped["run_dir"], "copy")
        result = trained(invoke, "--resume", "copy", "--max-iterations", 3, "--json", *changed)
        assert result["epochs"] == 3
        results.append(last(result)["model"]["a2c_network.mu.weight"])
    assert not any(torch.equal(result, results[-1]) for result in results[:-1])


def test_only_what_is_for_resuming_carries_the_state_of_the_episodes(invoke):
    settings = ["train.params.config.save_best_after=1", "train.params.config.score_to_win=10000000"]
    run = trained(invoke, "Cartpole", *SHORT, "--max-iterations", 4, *settings)
    assert "resume_state" in torch.load(run["last_checkpoint"], weights_only=True)
    assert "resume_state" not in torch.load(run["best_checkpoint"], weights_only=True)


def test_a_run_without_a_checkpoint_starts_from_the_beginning_in_its_place(invoke):
    whole = trained(invoke, "Cartpole", *SHORT, "--max-iterations", 3)
    shutil.copytree(whole["run_dir"], "killed")
    shutil.rmtree("killed/nn")
    result = invoke("train", "--resume", "killed", "--json")
    assert "no checkpoint yet" in result.stderr
    assert json.loads(result.stdout)["run_dir"] == "killed"
    assert_same(last(json.loads(result.stdout)), last(whole))


def test_a_run_that_has_only_the_best_of_the_one_before_begins_as_it_was_meant_to(invoke):
    first = trained(invoke, "Cartpole", "--max-iterations", 6, *SHORT, SAVES_ITS_BEST)
    second = trained(invoke, "--resume", first["last_checkpoint"], "--max-iterations", 7, "--json")
    directory = Path(second["run_dir"])
    for file in (directory / "nn").iterdir():
        file.unlink()  # as if killed before the first checkpoint of its own
    shutil.copy(first["best_checkpoint"], directory / "nn" / "Cartpole.pth")
    result = invoke("train", "--resume", directory, "--max-iterations", 8, "--json")
    assert "no checkpoint yet" in result.stderr
    assert json.loads(result.stdout)["epochs"] == 8
    assert "/start/" in result.stderr


def test_a_learning_rate_that_is_set_anew_holds_and_another_one_goes_on(invoke):
    stopped = trained(invoke, "Cartpole", *SHORT, "--max-iterations", 3, "train.params.config.lr_schedule=constant")
    for settings, rate in (([], 3e-4), (["train.params.config.learning_rate=1e-5"], 1e-5)):
        shutil.rmtree("copy", ignore_errors=True)
        shutil.copytree(stopped["run_dir"], "copy")
        result = trained(invoke, "--resume", "copy", "--max-iterations", 4, "--json", *settings)
        assert last(result)["optimizer"]["param_groups"][0]["lr"] == rate


def test_the_summary_of_a_resumed_training_tells_its_own_steps_beside_its_own_time(invoke):
    first = trained(invoke, "Cartpole", *SHORT, "--max-iterations", 2)
    assert (first["env_steps"], first["env_steps_done"]) == (512, 512)
    resumed = invoke("train", "--resume", first["run_dir"], "--max-iterations", 3).stdout.splitlines()
    assert resumed[0] == "Cartpole: 3 epochs, finished"
    assert resumed[1].startswith("256 env steps in 0:0")
    assert resumed[1].endswith("; 768 in all, with those before it was resumed")


def test_from_run_repeats_a_run_with_its_overrides_and_can_change_them(invoke):
    settings = ["train.params.config.learning_rate=1e-3", "task.env.maxEffort=300.0"]
    first = trained(invoke, "Cartpole", *SHORT, "--max-iterations", 4, *settings)
    again = trained(invoke, "--from-run", first["run_dir"], "--json")
    assert again["run_dir"] != first["run_dir"]
    assert_same(last(again), last(first))
    assert trained(invoke, "--from-run", first["run_dir"], "--max-iterations", 2, "--json")["epochs"] == 2


def test_from_run_begins_with_the_checkpoint_that_the_run_began_with(invoke, refuse):
    source = Path(trained(invoke, "Cartpole", *SHORT, "--max-iterations", 2)["last_checkpoint"])
    first = trained(invoke, "Cartpole", *SHORT, "--resume", source, "--max-iterations", 4)
    again = trained(invoke, "--from-run", first["run_dir"], "--json")
    assert_same(last(again), last(first))
    source.rename(source.with_name("elsewhere.pth"))
    assert_same(last(trained(invoke, "--from-run", first["run_dir"], "--json")), last(first))
    (copy,) = Path(first["run_dir"]).glob("start/nn/*.pth")
    shutil.copyfile(first["last_checkpoint"], copy)
    assert "no unchanged copy" in refuse("train", "--from-run", first["run_dir"]).what


def test_from_run_reads_no_checkpoint_outside_of_the_run(invoke, refuse):
    source = Path(trained(invoke, "Cartpole", *SHORT, "--max-iterations", 2)["last_checkpoint"])
    first = trained(invoke, "--resume", source, "--max-iterations", 3, "--json")
    shutil.rmtree(Path(first["run_dir"]) / "start")
    refusal = refuse("train", "--from-run", first["run_dir"])
    assert "no unchanged copy" in refusal.what
    copy = Path(refusal.fix.removeprefix("put that file there as ").removesuffix(" to repeat the run"))
    copy.parent.mkdir(parents=True)
    shutil.copyfile(source, copy)
    assert trained(invoke, "--from-run", first["run_dir"], "--json")["epochs"] == 3


def resumed_with_another_rate(invoke):
    first = trained(invoke, "Cartpole", *SHORT, "--max-iterations", 2)
    run = first["run_dir"]
    trained(invoke, "--resume", run, "--max-iterations", 4, "--json")
    told = invoke("train", "--resume", run, "--max-iterations", 6, "train.params.config.learning_rate=1e-4", "--json")
    return run, told


def test_what_a_resume_changes_is_told_and_kept(invoke):
    run, told = resumed_with_another_rate(invoke)
    assert "learning_rate 0.0003 → 0.0001" in told.stderr
    shown = json.loads(invoke("runs", "show", run, "--json").stdout)["segments"]
    assert [(one["number"], one["after_epoch"], one["after_env_steps"]) for one in shown] == [
        (1, 0, 0),
        (2, 2, 512),
        (3, 4, 1024),
    ]
    assert shown[1]["changed"] == {"max_iterations": [2, 4]}
    assert shown[2]["changed"] == {"max_iterations": [4, 6], "train.params.config.learning_rate": [3e-4, 1e-4]}
    assert [one["epochs"] for one in shown] == [2, 4, 6]
    text = invoke("runs", "show", run).stdout
    assert "learning_rate 0.0003 → 0.0001" in text


def test_each_segment_of_a_run_can_be_repeated(invoke, refuse):
    run, _ = resumed_with_another_rate(invoke)
    refusal = refuse("train", "--from-run", run)
    assert refusal.fix.endswith("--segment 1")
    assert [line.partition(":")[0] for line in refusal.details] == ["segment 1", "segment 3"]
    assert "has no segment 2" in refuse("train", "--from-run", run, "--segment", 2).what
    for segment, epochs in ((1, 4), (3, 6)):
        result = trained(invoke, "--from-run", run, "--segment", segment, "--json")
        assert result["epochs"] == epochs
        (original,) = Path(run, "nn").glob(f"last_*_ep_{epochs}_*.pth")
        assert_same(last(result), load_checkpoint(original))


def test_a_run_that_was_only_stopped_and_resumed_is_repeated_as_one(invoke):
    stopped = trained(invoke, "Cartpole", *SHORT, "--max-iterations", 2)
    resumed = trained(invoke, "--resume", stopped["run_dir"], "--max-iterations", 4, "--json")
    assert_same(last(trained(invoke, "--from-run", stopped["run_dir"], "--json")), last(resumed))


def test_a_checkpoint_goes_with_the_config_that_it_was_trained_with(invoke):
    run, _ = resumed_with_another_rate(invoke)
    (early,) = Path(run, "nn").glob("last_*_ep_4_*.pth")
    invoke("train", "--resume", early, "--max-iterations", 5)
    newest = max(Path("runs").iterdir(), key=lambda path: path.stat().st_mtime)
    assert "learning_rate: 0.0003" in (newest / "config.yaml").read_text()


def test_a_run_without_segments_can_still_be_resumed_and_repeated(invoke):
    run = trained(invoke, "Cartpole", *SHORT, "--max-iterations", 2)["run_dir"]
    manifest = Path(run, "run.json")
    content = json.loads(manifest.read_text())
    del content["segments"]
    manifest.write_text(json.dumps(content))
    assert trained(invoke, "--from-run", run, "--json")["epochs"] == 2
    trained(invoke, "--resume", run, "--max-iterations", 3, "--seed", 6, "--json")
    shown = json.loads(invoke("runs", "show", run, "--json").stdout)["segments"]
    assert [one["seed"] for one in shown] == [5, 6]
    assert trained(invoke, "--from-run", run, "--segment", 1, "--json")["epochs"] == 2


def test_a_rate_that_the_adaptive_schedule_overrides_is_told_once(invoke):
    rate = "train.params.config.learning_rate=1e-3"
    run = ("train", "Cartpole", *SHORT, "--max-iterations", 4)
    assert invoke(*run, rate).stderr.count("no longer your 0.001") == 1
    assert "no longer your" not in invoke(*run, rate, "train.params.config.lr_schedule=constant").stderr
    assert "no longer your" not in invoke(*run).stderr


def test_another_version_is_named(invoke):
    first = trained(invoke, "Cartpole", *SHORT, "--max-iterations", 1)
    manifest = Path(first["run_dir"]) / "run.json"
    content = json.loads(manifest.read_text())
    content["versions"]["mujoco"] = "3.1"
    manifest.write_text(json.dumps(content))
    assert "mujoco 3.1 (here" in invoke("train", "--from-run", first["run_dir"]).stderr


def test_two_processes_cannot_train_into_one_run(invoke, refuse, gymctl):
    process = gymctl.start("train", "Cartpole", "--num-envs", "16", "--max-iterations", "1000000")
    try:
        line = next(line for line in process.stderr if line.startswith("run: "))
        next(line for line in process.stderr if line.startswith("epoch"))
        assert "by another process" in refuse("train", "--resume", line.split()[1]).what
    finally:
        process.kill()
        process.communicate()
    invoke("train", "--resume", line.split()[1], "--max-iterations", 1)


def test_a_best_that_was_not_saved_is_told_from_the_curve(invoke):
    falling = ("train.params.config.learning_rate=0.1", "train.params.config.lr_schedule=null")
    done = invoke("train", "Cartpole", "--num-envs", 16, "--seed", 1, "--max-iterations", 6, *falling)
    (run,) = Path("runs").iterdir()
    shown = json.loads(invoke("runs", "show", run, "--json").stdout)
    best = max(shown["curve"]["reward_mean"])
    epoch = shown["curve"]["reward_mean"].index(best) + 1
    assert (shown["best_reward"], shown["best_epoch"], shown["best_saved"]) == (best, epoch, False)
    assert f"best {best:,.2f} (at epoch {epoch}, not saved as a checkpoint)" in done.stdout
    assert f"at epoch {epoch}, not saved as a checkpoint" in invoke("runs", "show", run).stdout
    assert json.loads(invoke("runs", "--json").stdout)["runs"][0]["best_reward"] == best


def test_a_best_of_the_last_epoch_is_saved_in_its_checkpoint(invoke):
    done = invoke("train", "Cartpole", "--num-envs", 64, "--seed", 1, "--max-iterations", 12)
    (run,) = Path("runs").iterdir()
    shown = json.loads(invoke("runs", "show", run, "--json").stdout)
    assert (shown["best_epoch"], shown["best_saved"]) == (12, True)
    assert "(at epoch 12)" in done.stdout
    assert "not saved" not in invoke("runs", "show", run).stdout


SAVES_ITS_BEST = "train.params.config.save_best_after=1"


def test_the_best_of_another_task_is_set_aside_and_not_played(invoke):
    first = trained(invoke, "Cartpole", *SHORT, "--max-iterations", 3, SAVES_ITS_BEST)
    assert first["best_epoch"] == 3
    content = Path(first["best_checkpoint"]).read_bytes()
    told = invoke("train", "--resume", first["run_dir"], "--max-iterations", 4, "task.env.maxEffort=10.0", "--json")
    assert "a new best begins" in told.stderr
    (aside,) = Path(first["run_dir"], "nn").glob("Cartpole_ep_3_rew_*.pth")
    assert aside.read_bytes() == content
    exported = json.loads(invoke("export", "Cartpole", "--json").stdout)
    assert exported["checkpoint"] == json.loads(told.stdout)["last_checkpoint"]


@pytest.mark.parametrize("in_place", [True, False])
def test_the_best_of_isaac_gym_is_not_taken_for_one_of_this_training(invoke, in_place):
    ours = trained(invoke, "Cartpole", *SHORT, "--max-iterations", 2, SAVES_ITS_BEST)
    theirs = Path("runs/Cartpole_25-11-30-12")
    shutil.copytree(ours["run_dir"], theirs)
    shutil.rmtree(ours["run_dir"])
    (theirs / "run.json").unlink()
    for path in (theirs / "nn").glob("*.pth"):
        torch.save(rl_games_1_6(without_marks(torch.load(path, weights_only=True))), path)
    source = theirs if in_place else theirs / "nn" / "Cartpole.pth"
    never = "train.params.config.save_best_after=1000"
    resumed = trained(invoke, "Cartpole", "--resume", source, "--max-iterations", 4, never, "--json")
    assert resumed["best_checkpoint"] is None
    assert json.loads(invoke("export", "Cartpole", "--json").stdout)["checkpoint"] == resumed["last_checkpoint"]


def without_marks(checkpoint):
    return {key: value for key, value in checkpoint.items() if not key.startswith("gymctl_")}
