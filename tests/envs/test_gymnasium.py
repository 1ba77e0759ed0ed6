"""Gymnasium's API on our tasks: its own checks and wrappers, and what a learner of another library relies on."""

import gymnasium as gym
import numpy as np
import pytest
import torch
from gymnasium.error import ClosedEnvironmentError, ResetNeeded
from gymnasium.utils.env_checker import check_env, data_equivalence
from gymnasium.vector import AutoresetMode
from gymnasium.wrappers import vector as wrappers

from gymctl.config import compose
from gymctl.core.errors import InputError
from gymctl.envs import factory
from gymctl.tasks.built_in import BUILT_IN

ENGINES = pytest.mark.parametrize("engine", ["mujoco", "mujoco_warp"])
SHORT = {"overrides": ["task.env.episodeLength=4"]}


def play(envs, steps, seed=0):
    envs.action_space.seed(seed)
    return [envs.step(envs.action_space.sample()) for _ in range(steps)]


@pytest.mark.parametrize("task", BUILT_IN)
@pytest.mark.filterwarnings("ignore:.*A Box observation space (minimum|maximum) value:UserWarning")
def test_gymnasium_finds_nothing_wrong_with_a_single_env(task):
    check_env(gym.make(f"gymctl/{task}-v0").unwrapped, skip_render_check=True)


@pytest.mark.parametrize("task", BUILT_IN)
def test_what_a_step_returns_is_in_the_spaces_and_of_the_types_that_are_usual(make_vec, task):
    envs = make_vec(task)
    observations, infos = envs.reset(seed=1)
    assert observations in envs.observation_space
    assert infos == {}
    assert envs.single_action_space == gym.spaces.Box(-1, 1, envs.single_action_space.shape)
    observations, rewards, terminations, truncations, _ = envs.step(envs.action_space.sample())
    assert observations in envs.observation_space
    assert (observations.dtype, rewards.dtype) == (np.float32, np.float32)
    assert (terminations.dtype, truncations.dtype) == (np.bool_, np.bool_)
    assert rewards.shape == terminations.shape == truncations.shape == (4,)


def test_the_spec_makes_the_same_envs_again(make_vec):
    envs = make_vec(seed=3, **SHORT)
    assert envs.metadata["autoreset_mode"] is AutoresetMode.SAME_STEP
    again = gym.make_vec(gym.envs.registration.EnvSpec.from_json(envs.spec.to_json()))
    assert again.num_envs == 4
    assert np.array_equal(envs.reset()[0], again.reset()[0])
    assert play(again, 4)[-1][3].all()


def test_returned_arrays_are_not_written_again(make_vec):
    envs = make_vec(**SHORT)
    returned = [envs.reset(seed=0), *play(envs, 6)]
    copies = [(data[0].copy(), *data[1:]) for data in returned]
    play(envs, 6)
    assert data_equivalence(returned, copies, exact=True)


@pytest.mark.parametrize("randomize", [False, True])
@pytest.mark.filterwarnings("ignore:.*without effect in MuJoCo:UserWarning")
def test_a_seed_decides_all_that_follows(make_vec, randomize):
    envs = make_vec("Ant", overrides=["task.env.episodeLength=8", f"task.task.randomize={randomize}"])
    first = envs.reset(seed=5), *play(envs, 20)
    second = envs.reset(seed=5), *play(envs, 20)
    assert data_equivalence(first, second, exact=True)
    assert not np.array_equal(envs.reset(seed=6)[0], first[0][0])


def test_without_a_seed_no_two_envs_are_alike(make_vec):
    assert not np.array_equal(make_vec().reset()[0], make_vec().reset()[0])


def test_the_seed_given_at_first_is_that_of_the_command_line(make_vec):
    envs = make_vec(seed=9)
    reference = factory.make(compose("Cartpole", settings={"num_envs": 4, "seed": 9}))
    first = reference.reset()["obs"].numpy()
    assert np.array_equal(envs.reset()[0], first)
    assert np.array_equal(make_vec(seed=1).reset(seed=9)[0], first)


@ENGINES
def test_a_time_limit_truncates_and_hands_over_the_last_observation(make_vec, engine):
    envs = make_vec(engine=engine, **SHORT)
    envs.reset(seed=0)
    longer = make_vec(engine=engine)
    longer.reset(seed=0)
    *_, step = play(envs, 4)
    *_, uncut = play(longer, 4)
    observations, _, terminations, truncations, infos = step
    assert truncations.all()
    assert not terminations.any()
    assert np.array_equal(np.stack(infos["final_obs"]), uncut[0])
    assert infos["_final_obs"].all()
    assert infos["_final_info"].all()
    assert (np.abs(observations[:, 0]) <= 0.1).all()  # the next episode's first


def test_a_failure_terminates_that_env_alone(make_vec):
    envs = make_vec()
    envs.reset(seed=0)
    for _ in range(200):
        observations, rewards, terminations, truncations, infos = envs.step(np.float32([[1], [0], [0], [0]]))
        if terminations.any():
            break
        assert infos == {}
    assert terminations.tolist() == infos["_final_obs"].tolist() == [True, False, False, False]
    assert not truncations.any()
    assert rewards[0] == -2
    assert [last is None for last in infos["final_obs"]] == [False, True, True, True]
    assert max(abs(infos["final_obs"][0][0]) - 3, abs(infos["final_obs"][0][2]) - np.pi / 2) > 0  # what was lost
    assert (np.abs(observations[0, [0, 2]]) <= 0.1).all()


@pytest.mark.parametrize("mode", [AutoresetMode.SAME_STEP, AutoresetMode.NEXT_STEP])
@pytest.mark.parametrize(("length", "action"), [(20, 0), (500, 1)], ids=["to the time limit", "to a failure"])
def test_steps_are_those_of_gymnasiums_own_vector_env_around_a_single_one(make_vec, mode, length, action):
    settings = {"num_envs": 1, "overrides": [f"task.env.episodeLength={length}"]}
    ours = make_vec(autoreset_mode=mode, **settings)
    theirs = make_vec(vectorization_mode="sync", vector_kwargs={"autoreset_mode": mode}, **settings)
    assert data_equivalence(ours.reset(seed=0), theirs.reset(seed=0), exact=True)
    ends = 0
    for _ in range(150):
        step, reference = (envs.step(np.full((1, 1), action, np.float32)) for envs in (ours, theirs))
        assert data_equivalence(step[::2], reference[::2], exact=True)  # observations, terminations, infos
        assert np.array_equal(step[1], reference[1])
        assert np.array_equal(step[3], reference[3])
        ends += step[2 if action else 3].sum()
    assert ends >= 2


def test_without_automatic_resets_an_ended_episode_waits_for_its_own(make_vec):
    envs = make_vec(autoreset_mode="Disabled", **SHORT)
    envs.reset(seed=0)
    ended = play(envs, 4)[-1]
    assert ended[3].all()
    with pytest.raises(ResetNeeded):
        play(envs, 1)
    envs.reset(options={"reset_mask": ended[3]})
    assert not play(envs, 1)[0][3].any()


def test_what_a_task_tells_of_its_episodes_comes_with_their_end(make_vec):
    envs = make_vec("AnymalTerrain", overrides=["task.env.learn.episodeLength_s=0.1"])
    envs.reset(seed=0)
    *_, infos = play(envs, 4)[-1]
    final_info = infos["final_info"]
    assert final_info["terrain_level"].tolist() == [0] * 4
    assert final_info["_terrain_level"].all()
    assert (final_info["rew_torques"] < 0).all()


@ENGINES
def test_a_mask_resets_the_envs_it_chooses_and_leaves_the_others(make_vec, engine):
    envs, reference = make_vec(engine=engine), make_vec(engine=engine)
    envs.reset(seed=0), reference.reset(seed=0)
    before, _ = (play(each, 30)[-1][0] for each in (envs, reference))
    mask = np.array([False, True, False, True])
    observations, _ = envs.reset(options={"reset_mask": mask})
    assert np.array_equal(observations[~mask], before[~mask])
    assert (np.abs(observations[mask][:, [0, 2]]) <= 0.1).all()
    assert not (np.abs(before[mask][:, [0, 2]]) <= 0.1).all()
    assert np.array_equal(play(envs, 1)[0][0][~mask], play(reference, 1)[0][0][~mask])


@pytest.mark.parametrize("mask", [np.zeros(4, bool), np.ones(3, bool), np.ones(4)])
def test_a_mask_that_makes_no_sense_is_refused(make_vec, mask):
    envs = make_vec()
    envs.reset()
    with pytest.raises(ValueError, match="reset_mask"):
        envs.reset(options={"reset_mask": mask})


def test_gymnasiums_wrappers_work_on_top(make_vec):
    envs = wrappers.NormalizeReward(wrappers.ClipAction(wrappers.RecordEpisodeStatistics(make_vec(**SHORT))))
    envs.reset(seed=0)
    *_, infos = play(envs, 4)[-1]
    assert infos["episode"]["l"].tolist() == [4] * 4
    assert (infos["episode"]["r"] > 3).all()
    *_, infos = play(wrappers.DictInfoToList(envs), 4)[-1]
    assert infos[3]["episode"]["l"] == 4
    assert infos[3]["final_obs"].shape == (4,)


def test_wrappers_that_refuse_resets_in_the_same_step_work_with_the_other_mode(make_vec):
    envs = wrappers.RecordEpisodeStatistics(make_vec(autoreset_mode="NextStep", **SHORT))
    envs = wrappers.TransformObservation(wrappers.NormalizeObservation(envs), lambda observations: observations / 2)
    envs.reset(seed=0)
    steps = play(envs, 9)
    assert [truncations.all() for _, _, _, truncations, _ in steps] == [i % 5 == 3 for i in range(9)]
    assert steps[-1][-1]["episode"]["l"].tolist() == [4] * 4


def test_a_single_env_stops_at_its_last_observation_and_begins_anew(make_vec):
    env, envs = gym.make("gymctl/Cartpole-v0", **SHORT), make_vec(num_envs=1, **SHORT)
    assert np.array_equal(env.reset(seed=2)[0], envs.reset(seed=2)[0][0])
    zero = np.zeros(1, np.float32)
    steps = [env.step(zero) for _ in range(4)]
    *_, (first, *_, infos) = [envs.step(zero[None]) for _ in range(4)]
    assert [truncated for *_, truncated, _ in steps] == [False, False, False, True]
    assert np.array_equal(steps[-1][0], infos["final_obs"][0])
    with pytest.raises(ResetNeeded):
        env.step(zero)
    assert np.array_equal(env.reset()[0], first[0])
    assert not env.step(zero)[3]


def test_what_is_set_reaches_the_env(make_vec, tmp_path):
    (tmp_path / "task").mkdir()
    (tmp_path / "task" / "Cartpole.yaml").write_text("name: Cartpole\nenv: {clipObservations: 0.05}\n")
    envs = make_vec(device="cpu", engine="mujoco", config_dir=str(tmp_path), **SHORT)
    assert (envs.single_observation_space.high == np.float32(0.05)).all()
    assert np.abs(envs.reset()[0]).max() <= np.float32(0.05)
    assert play(envs, 4)[-1][3].all()


def test_bad_settings_are_refused_in_a_line_that_says_what_to_do(make_vec):
    with pytest.raises(InputError, match="episodeLenght") as refused:
        make_vec(overrides=["task.env.episodeLenght=5"])
    assert "episodeLength" in refused.value.__notes__[0]
    with pytest.raises(InputError, match="render_mode"):
        make_vec(render_mode="human")


def test_calls_at_the_wrong_time_and_actions_of_another_shape_are_refused(make_vec):
    envs = make_vec()
    with pytest.raises(ResetNeeded):
        envs.step(envs.action_space.sample())
    envs.reset()
    with pytest.raises(ValueError, match=r"\(4,\), not \(4, 1\)"):
        envs.step(np.zeros(4, np.float32))
    envs.close()
    envs.close()
    for call in (envs.reset, lambda: envs.step(envs.action_space.sample())):
        with pytest.raises(ClosedEnvironmentError):
            call()


def test_training_pays_nothing_for_final_observations():
    """They are made on request only."""
    env = factory.make(compose("Cartpole", settings={"num_envs": 2}, overrides=SHORT["overrides"]))
    env.reset()
    assert set(env.step(torch.zeros(2, 1))[3]) == {"time_outs"}


@pytest.mark.parametrize("task", BUILT_IN)
def test_episodes_end_after_max_episode_steps(make_vec, task):
    lasting = ["task.env.enableEarlyTermination=False"] if task == "HumanoidAMP" else []  # others last three steps
    envs = make_vec(task, num_envs=2, max_episode_steps=3, seed=1, overrides=lasting)
    envs.reset()
    ends = [envs.step(np.zeros_like(envs.action_space.sample()))[3].tolist() for _ in range(6)]
    assert ends == [[False] * 2, [False] * 2, [True] * 2] * 2
    envs.reset(seed=5)
    assert [envs.step(envs.action_space.sample())[3].all() for _ in range(3)] == [False, False, True]


def test_a_limit_longer_than_the_tasks_changes_nothing(make_vec):
    envs = make_vec("Cartpole", max_episode_steps=1000, overrides=["task.env.episodeLength=4"])
    envs.reset()
    zero = np.zeros_like(envs.action_space.sample())
    assert [bool(envs.step(zero)[3].all()) for _ in range(4)] == [False, False, False, True]


@pytest.mark.parametrize("steps", [0, -1, 2.5, True, "5"])
def test_a_limit_that_is_no_number_of_steps_is_refused(make_vec, steps):
    with pytest.raises(InputError, match="max_episode_steps"):
        make_vec("Cartpole", max_episode_steps=steps)


@pytest.mark.parametrize("settings", [{"num_envs": 3}, {"autoreset_mode": "NextStep"}])
def test_a_single_env_refuses_what_only_several_have(settings):
    with pytest.raises(InputError, match=f"no {next(iter(settings))}"):
        gym.make("gymctl/Cartpole-v0", **settings)


def test_an_unknown_autoreset_mode_is_refused_with_those_there_are(make_vec):
    with pytest.raises(InputError, match="autoreset_mode can't be 'foo'") as error:
        make_vec("Cartpole", autoreset_mode="foo")
    assert "NextStep" in error.value.fix
