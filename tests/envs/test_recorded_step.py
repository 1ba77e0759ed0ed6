"""A recorded control step gives what the same operations give one after the other; shown with a tape on the CPU."""

import warnings

import pytest
import torch

from gymctl.config import compose
from gymctl.envs.vec_env import VecEnv
from gymctl.sim.mujoco_engine import MujocoSimulation
from gymctl.tasks.classic.cartpole import Cartpole
from tests.helpers.tape import Counting, Tape

NUM_ENVS = 6
STEPS = 24


def make(task_class, *, recorded, num_envs=NUM_ENVS):
    config = compose("Cartpole", settings={"num_envs": num_envs}, overrides=["task.env.episodeLength=7"]).task
    sim = MujocoSimulation(task_class.build_model(config), num_envs, substeps=config.substeps)
    sim.prefers_masks = True
    sim.recorder = Tape() if recorded else None
    return VecEnv(task_class(config, sim, torch.Generator().manual_seed(1)), sim, config, sim.device)


def actions(env, steps=STEPS):
    return torch.rand(steps, env.num_envs, env.task.num_actions, generator=torch.Generator().manual_seed(2)) * 2 - 1


def rollout(env):
    env.reset()
    rows = []
    for action in actions(env):
        observations, reward, done, extras = env.step(action)
        rows.append(torch.cat((observations["obs"], reward[:, None], done[:, None], extras["time_outs"][:, None]), 1))
    return torch.stack([row.clone() for row in rows])


def test_a_recorded_step_gives_the_same_as_one_operation_after_the_other():
    recorded = make(Cartpole, recorded=True)
    assert torch.equal(rollout(recorded), rollout(make(Cartpole, recorded=False)))
    assert recorded.recorded
    assert len(recorded.sim.recorder.lengths) == 2


def test_the_first_steps_are_not_recorded_and_without_a_recorder_none_is():
    env, plain = make(Cartpole, recorded=True), make(Cartpole, recorded=False)
    env.reset()
    for number, action in enumerate(actions(env)):
        env.step(action)
        plain.step(action)
        assert env.recorded == (number >= 3)
        assert not plain.recorded


def test_what_a_step_gives_is_kept_by_the_next_one():
    env = make(Cartpole, recorded=True)
    env.keep_final_observation = True
    env.reset()
    given, copies = [], []
    for action in actions(env):
        observations, reward, done, extras = env.step(action)
        given += [observations["obs"], reward, done, extras["time_outs"], extras["final_obs"]]
        copies += [tensor.clone() for tensor in given[-5:]]
    assert env.recorded
    for tensor, copy in zip(given, copies, strict=True):
        assert torch.equal(tensor, copy)


def test_keeping_the_last_observations_makes_another_recording_and_both_are_right():
    env, plain = make(Cartpole, recorded=True), make(Cartpole, recorded=False)
    for each in (env, plain):
        each.reset()
    for number, action in enumerate(actions(env)):
        env.keep_final_observation = plain.keep_final_observation = number // 5 % 2 == 1
        ours, theirs = env.step(action), plain.step(action)
        assert ("final_obs" in ours[3]) == env.keep_final_observation
        for key in ours[3].keys() - {"final_info"}:
            assert torch.equal(ours[3][key], theirs[3][key])
        assert torch.equal(ours[0]["obs"], theirs[0]["obs"])
    assert len(env.sim.recorder.lengths) == 4


def test_asking_for_the_terms_of_the_reward_makes_another_recording_and_they_are_right():
    env, plain = make(Cartpole, recorded=True), make(Cartpole, recorded=False)
    for each in (env, plain):
        each.reset()
    for number, action in enumerate(actions(env)):
        env.keep_reward_terms = plain.keep_reward_terms = number // 6 % 2 == 1
        (_, ours, _, extras), (_, theirs, _, more) = env.step(action), plain.step(action)
        assert torch.equal(ours, theirs)
        assert ("reward_terms" in extras) == env.keep_reward_terms
        for name, term in more.get("reward_terms", {}).items():
            assert torch.equal(extras["reward_terms"][name], term)
    assert len(env.sim.recorder.lengths) == 4


def test_resumed_episodes_go_on_alike():
    env = make(Cartpole, recorded=True)
    env.reset()
    steps = actions(env)
    for action in steps[:10]:
        env.step(action)
    state = env.state_dict()
    first = [env.step(action)[0]["obs"].clone() for action in steps[10:]]
    env.load_state_dict(state)
    for action, observations in zip(steps[10:], first, strict=True):
        assert torch.equal(env.step(action)[0]["obs"], observations)


def test_a_replayed_step_allocates_only_what_it_gives():
    env = make(Cartpole, recorded=True, num_envs=512)
    env.reset()
    steps = actions(env)
    for action in steps[:6]:
        env.step(action)
    with Counting() as outside:
        observations, reward, done, extras = env.step(steps[6])
    given = (observations["obs"], reward, done, extras["time_outs"])
    assert outside.allocated == sum(tensor.nbytes for tensor in given)
    assert outside.operations <= 6


class InPython(Cartpole):
    """Counts in an attribute."""

    count = 0

    def reward(self, observations):
        self.count += 1
        reward, terminated = super().reward(observations)
        return reward + self.count, terminated


class InPart(Cartpole):
    """Counts in an object of its own."""

    class Part:
        count = 0

    def __init__(self, *args):
        super().__init__(*args)
        self.part = self.Part()
        self.part.count = 0

    def after_physics(self):
        self.part.count += 1

    def reward(self, observations):
        reward, terminated = super().reward(observations)
        return reward + self.part.count, terminated


class Rebinding(Cartpole):
    """Keeps the last observations by exchanging a tensor."""

    def __init__(self, *args):
        super().__init__(*args)
        self.last = torch.zeros(self.sim.num_envs, 4)

    def reward(self, observations):
        reward, terminated = super().reward(observations)
        reward += self.last[:, 0]
        self.last = observations.clone()
        return reward, terminated


@pytest.mark.parametrize(
    ("task_class", "name"),
    [(InPython, "count"), (InPart, "part.count"), (Rebinding, "last")],
    ids=["attribute", "part", "exchanged tensor"],
)
def test_a_task_that_keeps_something_in_python_is_not_recorded_and_stays_right(task_class, name):
    env = make(task_class, recorded=True)
    with pytest.warns(RuntimeWarning, match=rf"{task_class.__name__}\.{name} changes in Python") as told:
        ours = rollout(env)
    assert len(told) == 1
    assert not env.recorded
    assert torch.equal(ours, rollout(make(task_class, recorded=False)))


def test_a_body_that_needs_a_value_on_the_host_goes_on_after_one_warning_with_its_cause():
    class Asking(Cartpole):
        def after_physics(self):
            self.sim.qvel.clamp_(max=float(self.sim.qpos.abs().max()) + 10.0)

    env = make(Asking, recorded=True)
    with pytest.warns(RuntimeWarning, match="local_scalar_dense needs a value") as told:
        rollout(env)
    assert len(told) == 1
    assert not env.recorded


def test_the_comparison_would_find_what_is_kept_where_the_watch_does_not_look():
    counted = []

    class Hidden(Cartpole):
        def reward(self, observations):
            counted.append(1)
            reward, terminated = super().reward(observations)
            return reward + len(counted), terminated

    ours = rollout(make(Hidden, recorded=True))
    counted.clear()
    assert not torch.equal(ours, rollout(make(Hidden, recorded=False)))


def test_nothing_is_told_when_all_is_well():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        rollout(make(Cartpole, recorded=True))


def test_a_field_expanded_later_makes_another_recording():
    env = make(Cartpole, recorded=True)
    env.reset()
    for action in actions(env)[:6]:
        env.step(action)
    assert env.recorded
    env.sim.layout += 1
    env.step(actions(env)[0])
    assert not env.recorded
