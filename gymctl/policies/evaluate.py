"""Measures a policy: the same number of episodes from every env, so that short ones don't count more."""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import torch
from torch import Tensor

from gymctl.envs.vec_env import VecEnv
from gymctl.policies.policy import Policy


@dataclass(frozen=True)
class Statistics:
    """Statistics of one number an episode."""

    mean: float
    std: float
    """Sample standard deviation; 0 for a single episode."""
    min: float
    max: float
    ci95: tuple[float, float] | None
    """95 % confidence interval of the mean, by Student's t; None for a single episode."""

    @classmethod
    def of(cls, values: Tensor) -> "Statistics":
        """Statistics of all elements of a tensor."""
        values = values.double().flatten()
        mean = values.mean().item()
        lowest, highest, count = values.min().item(), values.max().item(), values.numel()
        if count == 1:
            return cls(mean, 0.0, lowest, highest, None)
        std = values.std().item()
        half = t_quantile(count - 1) * std / math.sqrt(count)
        return cls(mean, std, lowest, highest, (mean - half, mean + half))


_T_QUANTILES = (
    *(12.7062047, 4.3026527, 3.1824463, 2.7764451, 2.5705818, 2.4469119, 2.3646243, 2.3060041, 2.2621572, 2.2281389),
    *(2.2009852, 2.1788128, 2.1603687, 2.1447867, 2.1314495, 2.1199053, 2.1098156, 2.1009220, 2.0930241, 2.0859634),
)
_Z_QUANTILE = 1.9599640


def t_quantile(degrees_of_freedom: int) -> float:
    """The 97.5 % quantile of Student's t distribution, exact to five digits.

    From a table for up to 20 degrees of freedom, and beyond by the Cornish-Fisher expansion around the normal one.
    """
    if degrees_of_freedom <= len(_T_QUANTILES):
        return _T_QUANTILES[degrees_of_freedom - 1]
    z, n = _Z_QUANTILE, degrees_of_freedom
    first, second = (z**3 + z) / 4, (5 * z**5 + 16 * z**3 + 3 * z) / 96
    third = (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384
    return z + first / n + second / n**2 + third / n**3


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
) -> Evaluation:
    """Plays the first `episodes_per_env` episodes of every env.

    Args:
        env: The environment; it is reset first.
        policy: The policy.
        episodes_per_env: How many episodes of each env count; what an env plays beyond that doesn't.
        on_step: Told after every step how many episodes have ended and count.
        before_step: Called before every step, as to record a video.
        min_steps: How many steps are played at least.
    """
    shape = (env.num_envs, episodes_per_env)
    returns, lengths = (torch.zeros(shape, dtype=torch.float64, device=env.rl_device) for _ in range(2))
    finished = torch.zeros(env.num_envs, dtype=torch.int64, device=env.rl_device)
    rows = torch.arange(env.num_envs, device=env.rl_device)
    observations, done, steps = env.reset()["obs"], None, 0
    start = time.perf_counter()
    while (ended := int(finished.sum())) < returns.numel() or steps < min_steps:
        if steps:
            on_step(ended)
        before_step()
        observation_dict, reward, done, _ = env.step(policy.act(observations, done))
        observations, steps = observation_dict["obs"], steps + 1
        counts = finished < episodes_per_env
        episode = finished.clamp(max=episodes_per_env - 1)
        returns[rows, episode] += torch.where(counts, reward, 0.0).double()
        lengths[rows, episode] += counts
        finished += done & counts
    return Evaluation(
        episodes=returns.numel(),
        reward=Statistics.of(returns),
        length=Statistics.of(lengths),
        steps_per_second=steps * env.num_envs / (time.perf_counter() - start),
        diverged=int(env.num_diverged),
        returns=returns,
    )
