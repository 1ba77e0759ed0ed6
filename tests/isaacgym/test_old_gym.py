"""``gym`` is there where it isn't installed: Gymnasium's spaces, and wrappers that pass everything on."""

import gymnasium
import pytest

from gymctl.isaacgym import old_gym as gym
from tests.isaacgym.scripts import run, write


class FourValues:
    """An env of Isaac Gym's time; it inherits from nothing."""

    num_envs = 3

    def __init__(self):
        self.metadata = {"fps": 50}
        self.observation_space = gym.spaces.Box(-1, 1, (2,))

    def reset(self, ids=None):
        return [0, ids]

    def step(self, actions):
        return [actions], 1.0, False, {}


def test_a_wrapper_takes_any_env_and_forwards_what_it_lacks():
    env = gym.Wrapper(gym.Wrapper(FourValues()))
    assert env.num_envs == 3
    assert env.observation_space.shape == (2,)
    assert env.metadata == {"fps": 50}
    assert env.reset(ids=[1]) == [0, [1]]
    assert env.step(5) == ([5], 1.0, False, {})
    assert isinstance(env.unwrapped, FourValues)
    assert isinstance(env, gymnasium.Env)
    env.close()
    with pytest.raises(AttributeError, match="num_robots"):
        _ = env.num_robots
    with pytest.raises(AttributeError, match="_private"):
        _ = env._private


def test_a_wrapper_can_be_changed_by_its_subclass():
    class History(gym.Wrapper):
        def __init__(self, env):
            super().__init__(env)
            self.length = self.env.num_envs * 2

        def step(self, action):
            obs, reward, done, info = self.env.step(action)
            return {"obs": obs, "length": self.length}, reward, done, info

    assert History(FourValues()).step(1)[0] == {"obs": [1], "length": 6}


def test_wrappers_of_one_part():
    class Observations(gym.ObservationWrapper):
        def observation(self, observation):
            return ["seen", *observation]

    class Rewards(gym.RewardWrapper):
        def reward(self, reward):
            return reward * 10

    class Actions(gym.ActionWrapper):
        def action(self, action):
            return -action

    env = Observations(Rewards(Actions(FourValues())))
    assert env.step(2) == (["seen", -2], 10.0, False, {})
    assert env.reset() == ["seen", 0, None]


def test_imports_of_gym(tmp_path):
    write(
        tmp_path,
        "script.py",
        """
        import gymnasium
        import gym
        from gym import spaces
        from gym.spaces import Box
        import gym.spaces
        from gym.utils import seeding
        from gym.envs.registration import register
        assert gym.spaces is spaces is gymnasium.spaces
        assert gym.Env is gymnasium.Env and gym.Space is gymnasium.Space
        assert gym.make("CartPole-v1").observation_space.shape == (4,)
        """,
    )
    done = run(tmp_path, "script.py")
    assert done.returncode == 0, done.stderr


def test_an_installed_gym_stays(tmp_path):
    write(tmp_path, "gym/__init__.py", "mine = True")
    write(tmp_path, "script.py", "import gym; assert gym.mine")
    done = run(tmp_path, "script.py")
    assert done.returncode == 0, done.stderr
