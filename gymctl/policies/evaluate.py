"""Measures a policy: the same number of episodes from every env, so that short ones don't count more."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

import torch
from torch import Tensor

from gymctl.envs.vec_env import VecEnv
from gymctl.policies.measuring import EpisodeMeasures, Measured
from gymctl.policies.policy import Policy
from gymctl.policies.statistics import Statistics


@dataclass(frozen=True)
class Evaluation:
    """How a policy did."""

    episodes: int
    reward: Statistics
    """Of the return, the undiscounted sum of rewards."""
    length: Statistics
    """Of the episode's length [control steps]."""
    steps_per_second: float
    """Env steps a second, policy included."""
    diverged: int
    """Episodes that ended because their world went non-finite."""
    returns: Tensor | None = field(default=None, compare=False, repr=False)
    """Of every episode ``[num_envs, episodes_per_env]``, where they are kept."""
    measures: tuple[Measured, ...] = ()
    """What the task measures besides, as speed or falls; see `VecEnv.measures`."""
    reward_terms: dict[str, float] = field(default_factory=dict)
    """What the return is the sum of: each term's sum over an episode, as a mean; empty where the task doesn't tell."""


def episodes_per_env(episodes: int, num_envs: int) -> int:
    """How many episodes every env plays, so that there are at least `episodes` in all."""
    return -(-episodes // num_envs)


@torch.no_grad()
def evaluate_policy(
    env: VecEnv,
    policy: Policy,
    episodes_per_env: int,
    on_step: Callable[[int], None] = lambda ended: None,
    before_step: Callable[[], None] = lambda: None,
    min_steps: int = 0,
    after_step: Callable[[Tensor, Tensor], None] = lambda reward, done: None,
) -> Evaluation:
    """Plays the first `episodes_per_env` episodes of every env.

    Args:
        env: The environment; it is reset first. What its task measures is kept, and the terms of its rewards.
        policy: The policy.
        episodes_per_env: How many episodes of each env count; what an env plays beyond that doesn't.
        on_step: Told after every step how many episodes have ended and count.
        before_step: Called before every step, as to record a video.
        min_steps: How many steps are played at least.
        after_step: Told after every step its rewards, and which episodes have ended, both ``[num_envs]``.
    """
    shape = (env.num_envs, episodes_per_env)
    returns, lengths = (torch.zeros(shape, dtype=torch.float64, device=env.rl_device) for _ in range(2))
    finished = torch.zeros(env.num_envs, dtype=torch.int64, device=env.rl_device)
    rows = torch.arange(env.num_envs, device=env.rl_device)
    terms: dict[str, Tensor] = {}
    env.keep_reward_terms = True
    measures = EpisodeMeasures(env.measures, *shape, env.rl_device)
    env.keep_measures = True
    observations, done, steps = env.reset()["obs"], None, 0
    start = time.perf_counter()
    while (ended := int(finished.sum())) < returns.numel() or steps < min_steps:
        if steps:
            on_step(ended)
        before_step()
        observation_dict, reward, done, extras = env.step(policy.act(observations, done))
        observations, steps = observation_dict["obs"], steps + 1
        after_step(reward, done)
        counts = finished < episodes_per_env
        episode = finished.clamp(max=episodes_per_env - 1)
        returns[rows, episode] += torch.where(counts, reward, 0.0).double()
        lengths[rows, episode] += counts
        for name, values in extras.get("reward_terms", {}).items():
            terms[name] = terms.get(name, 0.0) + torch.where(counts, values, 0.0).double().sum()
        measures.add(extras.get("measures"), episode, counts)
        finished += done & counts
    return Evaluation(
        episodes=returns.numel(),
        reward=Statistics.of(returns),
        length=Statistics.of(lengths),
        steps_per_second=steps * env.num_envs / (time.perf_counter() - start),
        diverged=int(env.num_diverged),
        returns=returns,
        measures=measures.results(lengths, env.control_dt),
        reward_terms={name: float(total) / returns.numel() for name, total in terms.items()},
    )
