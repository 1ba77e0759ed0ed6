"""On a GPU, no control step waits for the host: shown on tensors without values."""

import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_iter

from gymctl.config import compose, randomization
from gymctl.envs.randomization.randomizer import RandomizedVecEnv, Randomizer
from gymctl.envs.vec_env import VecEnv
from gymctl.tasks import registry
from gymctl.tasks.built_in import BUILT_IN
from gymctl.tasks.classic.cartpole import Cartpole
from tests.helpers.goals import Presser, settings
from tests.helpers.meta_simulation import DEVICE, MetaGenerator, MetaSimulation

WITH_RANDOMIZATION = ["Ant", "Anymal", "Humanoid", "Trifinger"]
NUM_ENVS = 6


def make(name, task_class=None, *overrides):
    config = compose(name, settings={"num_envs": NUM_ENVS}, overrides=overrides)
    task_class = task_class or registry.load(name)
    sim = MetaSimulation(task_class.build_model(config.task), NUM_ENVS, config.task.substeps)
    generator = MetaGenerator()
    task = task_class(config.task, sim, generator)
    if not randomization.is_on(config.tree):
        return VecEnv(task, sim, config.task, DEVICE)
    sizes = task.num_observations, task.num_actions
    randomizer = Randomizer(randomization.parse(config.tree), sim, *sizes, generator)
    return RandomizedVecEnv(task, sim, config.task, DEVICE, randomizer)


def play(env, steps=3):
    env.reset()
    env.reset(torch.zeros(NUM_ENVS, dtype=torch.bool, device=DEVICE))
    for _ in range(steps):
        env.step(torch.zeros(NUM_ENVS, env.task.num_actions, device=DEVICE))


@pytest.mark.parametrize("physics", ["fast", "isaacgym"])
@pytest.mark.parametrize("name", BUILT_IN)
def test_no_step_and_no_reset_needs_a_value_on_the_host(name, physics):
    play(make(name, None, f"physics={physics}"))


@pytest.mark.parametrize("name", ["Ant", "AnymalTerrain"])
def test_nor_with_the_last_observations_kept(name):
    env = make(name)
    env.keep_final_observation = True
    play(env)


@pytest.mark.parametrize("name", BUILT_IN)
def test_nor_with_the_terms_of_the_reward(name):
    env = make(name)
    env.keep_reward_terms = True
    play(env)
    with NothingOnTheHost():
        play(env)


@pytest.mark.parametrize("name", BUILT_IN)
def test_nor_while_the_task_measures(name):
    env = make(name)
    env.keep_measures = True
    play(env)


@pytest.mark.parametrize("most", [0, 2])
def test_nor_where_goals_are_renewed(most):
    env = make("Cartpole", Presser, *settings(most))
    env.keep_measures = env.keep_final_observation = True
    env.limit_episodes(50)
    play(env)
    with NothingOnTheHost():
        play(env)


@pytest.mark.parametrize("name", WITH_RANDOMIZATION)
def test_nor_with_domain_randomisation(name):
    play(make(name, None, "task.task.randomize=True", "task.task.randomization_params.frequency=1"))


class NothingOnTheHost(TorchDispatchMode):
    """Refuses operations that take or make tensors of the host: on a GPU they would be copied there, for which it waits
    and which no CUDA graph can hold."""

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        result = func(*args, **(kwargs or {}))
        for tensor in tree_iter((args, kwargs, result)):
            if isinstance(tensor, torch.Tensor) and tensor.device != DEVICE:
                raise RuntimeError(f"{func} has a tensor of the host")
        return result


@pytest.mark.parametrize("randomize", [False, True])
@pytest.mark.parametrize("name", BUILT_IN)
def test_no_step_makes_a_tensor_on_the_host(name, randomize):
    if randomize and name not in WITH_RANDOMIZATION:
        pytest.skip("its YAML has no domain randomisation")
    settings = ("task.task.randomize=True", "task.task.randomization_params.frequency=1") if randomize else ()
    env = make(name, None, *settings)
    play(env)
    with NothingOnTheHost():
        play(env)


class Creating(Cartpole):
    def reward(self, observations):
        reward, terminated = super().reward(observations)
        return reward * torch.tensor(2.0), terminated


def test_such_a_tensor_would_be_found():
    env = make("Cartpole", Creating)
    play(env)
    with NothingOnTheHost(), pytest.raises(RuntimeError, match="tensor of the host"):
        play(env)


class Waiting(Cartpole):
    def reward(self, observations):
        reward, terminated = super().reward(observations)
        return reward * float(reward.max()), terminated


class Counting(Cartpole):
    def reward(self, observations):
        reward, terminated = super().reward(observations)
        reward[terminated] = -2.0
        lost = terminated.nonzero()
        return reward.index_fill(0, lost[:, 0], -2.0), terminated


class Branching(Cartpole):
    def after_physics(self):
        if self.sim.qpos.isnan().any():
            raise ValueError


class Elsewhere(Cartpole):
    def observe(self, ids=None):
        return super().observe(ids) + torch.zeros(4)


@pytest.mark.parametrize("task_class", [Waiting, Counting, Branching, Elsewhere])
def test_a_fault_of_each_kind_would_be_found(task_class):
    with pytest.raises((RuntimeError, NotImplementedError)):
        play(make("Cartpole", task_class))


def test_task_maths_has_full_precision_whatever_the_learner_sets():
    seen = []

    class Looking(Cartpole):
        def observe(self, ids=None):
            seen.append(torch.get_float32_matmul_precision())
            return super().observe(ids)

        def reward(self, observations):
            seen.append(torch.get_float32_matmul_precision())
            return super().reward(observations)

    torch.set_float32_matmul_precision("high")
    try:
        play(make("Cartpole", Looking))
        assert torch.get_float32_matmul_precision() == "high"
    finally:
        torch.set_float32_matmul_precision("highest")
    assert set(seen) == {"highest"}
