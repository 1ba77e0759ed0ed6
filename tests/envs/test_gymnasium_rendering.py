"""Frames of Gymnasium's API: what ``render`` returns, that it changes nothing, and that wrappers can use it."""

import sys
from itertools import pairwise
from types import ModuleType

import gymnasium as gym
import numpy as np
import pytest
from gymnasium.error import ClosedEnvironmentError, ResetNeeded
from gymnasium.utils.env_checker import check_env, data_equivalence
from gymnasium.wrappers import RecordVideo

from gymctl.core.errors import BackendError, InputError
from gymctl.envs import env_renderer
from gymctl.rendering import renderer
from gymctl.tasks.built_in import BUILT_IN
from tests.envs.test_gymnasium import ENGINES, play

pytestmark = pytest.mark.slow

SMALL = {"render_mode": "rgb_array", "width": 64, "height": 48}


@pytest.fixture
def single():
    """Makes single envs and closes them."""
    made = []

    def single(task="Ant", **settings):
        made.append(gym.make(f"gymctl/{task}-v0", **settings))
        return made[-1]

    yield single
    for env in made:
        env.close()


def robot_share(frame):
    """Part of a frame that shows an Ant, which is orange."""
    return (frame[..., 0].astype(int) - frame[..., 2] > 80).mean()


@pytest.mark.parametrize("task", BUILT_IN)
@pytest.mark.filterwarnings("ignore:.*A Box observation space (minimum|maximum) value:UserWarning")
def test_gymnasium_finds_nothing_wrong_with_the_frames(single, opengl, task):
    overrides = ["task.env.terrain.numLevels=2"] if task == "AnymalTerrain" else []
    check_env(single(task, width=64, height=48, overrides=overrides).unwrapped)


def test_a_vector_env_gives_a_frame_of_each_env(make_vec, opengl):
    envs = make_vec("Ant", render_mode="rgb_array")
    envs.reset(seed=0)
    frames = envs.render()
    assert isinstance(frames, tuple)
    assert [(frame.shape, frame.dtype) for frame in frames] == [((480, 640, 3), np.uint8)] * 4
    assert all(0.01 < robot_share(frame) < 0.3 and frame.mean() > 60 for frame in frames)
    assert not np.array_equal(frames[0], frames[1])


def test_frames_move_and_are_not_written_again(make_vec, opengl):
    envs = make_vec("Ant", **SMALL)
    envs.reset(seed=0)
    frames = envs.render()
    copies = [frame.copy() for frame in frames]
    play(envs, 5)
    later = envs.render()
    assert all(np.array_equal(frame, copy) for frame, copy in zip(frames, copies, strict=True))
    assert not any(np.array_equal(frame, other) for frame, other in zip(frames, later, strict=True))
    assert later[0].shape == (48, 64, 3)


@ENGINES
@pytest.mark.parametrize("mode", ["SameStep", "NextStep"])
def test_rendering_changes_nothing_that_happens(make_vec, opengl, engine, mode):
    settings = {"engine": engine, "autoreset_mode": mode, "seed": 3, "overrides": ["task.env.episodeLength=4"]}
    plain, rendered = make_vec("Ant", 2, **settings), make_vec("Ant", 2, **settings, **SMALL)
    for envs in (plain, rendered):
        envs.action_space.seed(0)
    assert np.array_equal(plain.reset()[0], rendered.reset()[0])
    for _ in range(12):
        rendered.render()
        steps = [envs.step(envs.action_space.sample()) for envs in (plain, rendered)]
        assert data_equivalence(*steps, exact=True)


def test_a_single_env_gives_the_frame_that_the_vector_env_gives(single, make_vec, opengl):
    env, envs = single(**SMALL), make_vec("Ant", 1, **SMALL)
    env.reset(seed=4), envs.reset(seed=4)
    assert np.array_equal(env.render(), envs.render()[0])
    action = np.ones(8, np.float32)
    env.step(action), envs.step(action[None])
    assert np.array_equal(env.render(), envs.render()[0])


def test_the_camera_follows_and_jumps_to_a_new_episode_only(make_vec, opengl):
    envs = make_vec("Ant", 2, **SMALL)
    envs.reset(seed=0)
    assert min(map(robot_share, envs.render())) > 0.01
    sim = envs.unwrapped._env.sim
    for _ in range(12):
        sim.qvel[:, 0] = 4.0
        play(envs, 1)
        frames = envs.render()
    assert min(map(robot_share, frames)) > 0.01
    sim.qpos[:, 0] += 100.0  # too far for a camera that follows
    play(envs, 1)
    assert max(map(robot_share, envs.render())) == 0.0
    envs.reset(options={"reset_mask": np.array([True, False])})
    play(envs, 1)
    new, old = envs.render()
    assert robot_share(new) > 0.01
    assert robot_share(old) == 0.0
    envs.reset()
    assert min(map(robot_share, envs.render())) > 0.01


def test_an_episode_that_begins_in_the_same_step_is_shown_at_once(make_vec, opengl):
    envs = make_vec("Ant", 2, **SMALL, overrides=["task.env.episodeLength=4"])
    envs.reset(seed=0)
    envs.render()
    play(envs, 2)
    envs.unwrapped._env.sim.qpos[:, 0] += 100.0
    play(envs, 1)
    envs.render()
    assert play(envs, 1)[0][3].all()
    assert min(map(robot_share, envs.render())) > 0.01


def test_what_wrappers_need_to_know_is_there(make_vec, single, opengl):
    for env in (make_vec("Ant", **SMALL), single(**SMALL)):
        assert env.metadata["render_modes"] == ["rgb_array"]
        assert env.metadata["render_fps"] == 60
        assert env.render_mode == "rgb_array"
    again = gym.make_vec(gym.envs.registration.EnvSpec.from_json(make_vec("Ant", **SMALL).spec.to_json()))
    again.reset()
    assert again.render()[0].shape == (48, 64, 3)
    again.close()


def test_frames_are_collected_by_gymnasiums_own_mode(single, opengl):
    env = single(**(SMALL | {"render_mode": "rgb_array_list"}))
    env.reset(seed=0)
    for _ in range(3):
        env.step(env.action_space.sample())
    assert [frame.shape for frame in env.render()] == [(48, 64, 3)] * 4


def test_gymnasiums_recorder_gets_a_frame_of_every_state(single, opengl, tmp_path, monkeypatch):
    """Its encoder, moviepy, is replaced."""
    written = []

    class Clip:
        def __init__(self, frames, fps):
            written.append((list(frames), fps))

        def write_videofile(self, *_, **__):
            pass

    for name in ("moviepy", "moviepy.video", "moviepy.video.io", "moviepy.video.io.ImageSequenceClip"):
        monkeypatch.setitem(sys.modules, name, ModuleType(name))
    sys.modules["moviepy.video.io.ImageSequenceClip"].ImageSequenceClip = Clip
    env = RecordVideo(single(**SMALL, overrides=["task.env.episodeLength=4"]), str(tmp_path / "videos"))
    for _ in range(2):
        env.reset()
        while not env.step(env.action_space.sample())[3]:
            pass
    env.close()
    assert len(written) == 2
    for frames, fps in written:
        assert fps == 60
        assert [frame.shape for frame in frames] == [(48, 64, 3)] * 5
        assert not any(np.array_equal(one, next_one) for one, next_one in pairwise(frames))


def test_opengl_is_opened_once_and_freed(make_vec, opengl, monkeypatch):
    opened, closed = [], []

    class Canvas(renderer.Canvas):
        def __init__(self, *arguments):
            super().__init__(*arguments)
            opened.append(self)

        def close(self):
            super().close()
            closed.append(self)

    monkeypatch.setattr(renderer, "Canvas", Canvas)
    envs = make_vec("Cartpole", 2, **SMALL)
    envs.reset()
    assert not opened
    for _ in range(5):
        play(envs, 1)
        envs.render()
    assert (len(opened), len(closed)) == (1, 0)
    envs.reset(seed=1)  # builds the worlds anew
    envs.render()
    assert (len(opened), len(closed)) == (2, 1)
    envs.close()
    envs.close()
    assert opened == closed


def test_two_envs_can_be_rendered_in_turn(make_vec, opengl):
    ant, cartpole = make_vec("Ant", 1, **SMALL), make_vec("Cartpole", 1, **SMALL)
    ant.reset(seed=0), cartpole.reset(seed=0)
    first = ant.render()[0], cartpole.render()[0]
    assert np.array_equal(ant.render()[0], first[0])
    cartpole.close()
    assert np.array_equal(ant.render()[0], first[0])


def test_without_a_render_mode_there_are_no_frames(make_vec, single):
    for env in (make_vec("Cartpole"), single("Cartpole")):
        env.reset()
        with pytest.warns(UserWarning, match="rgb_array"):
            assert env.render() is None


@pytest.mark.parametrize(
    ("settings", "word"),
    [
        ({"render_mode": "human"}, "rgb_array"),
        ({"render_mode": "rgb_array", "width": 0}, "1 to 4096"),
        ({"render_mode": "rgb_array", "height": 480.5}, "1 to 4096"),
        ({"render_mode": "rgb_array", "height": 100_000}, "1 to 4096"),
    ],
)
def test_other_modes_and_sizes_are_refused(make_vec, settings, word):
    with pytest.raises(InputError) as refused:
        make_vec("Cartpole", **settings)
    assert word in refused.value.fix


def test_frames_before_the_reset_and_after_the_end_are_refused(make_vec, opengl):
    envs = make_vec("Cartpole", **SMALL)
    with pytest.raises(ResetNeeded):
        envs.render()
    envs.reset()
    envs.close()
    with pytest.raises(ClosedEnvironmentError):
        envs.render()


def test_without_opengl_the_error_says_what_to_install(make_vec, monkeypatch):
    env_renderer._choose_opengl.cache_clear()
    monkeypatch.delenv("MUJOCO_GL", raising=False)
    monkeypatch.setenv("PYOPENGL_PLATFORM", "darwin")  # neither EGL nor OSMesa can be loaded then
    envs = make_vec("Cartpole", **SMALL)
    envs.reset()
    with pytest.raises(BackendError) as refused:
        envs.render()
    assert "apt install libegl1" in refused.value.fix
    play(envs, 1)  # all else still works
