"""A plain PPO loop with the structure of CleanRL's ``ppo_continuous_action.py``, which is a script and no package.

As there: Gymnasium's `SyncVectorEnv`, the wrappers that CleanRL puts around each env, NumPy to torch and back in every
step, advantages in a loop over time, shuffled minibatches, Adam at 3e-4.
"""

import itertools
from collections.abc import Callable

import gymnasium as gym
import numpy as np
import torch
from torch import Tensor, nn
from torch.distributions import Normal


def make_env(env_id: str) -> Callable[[], gym.Env]:
    """One env in CleanRL's wrappers: statistics, clipped actions, normalised and clipped observations and rewards."""

    def thunk() -> gym.Env:
        env = gym.wrappers.RecordEpisodeStatistics(gym.make(env_id))
        env = gym.wrappers.NormalizeObservation(gym.wrappers.ClipAction(env))
        env = gym.wrappers.TransformObservation(env, lambda x: np.clip(x, -10, 10), env.observation_space)
        return gym.wrappers.TransformReward(gym.wrappers.NormalizeReward(env), lambda x: float(np.clip(x, -10, 10)))

    return thunk


class ActorCritic(nn.Module):
    """Shared layers, a mean and a value on top, and a standard deviation that doesn't depend on the state."""

    def __init__(self, num_observations: int, num_actions: int, units: tuple[int, ...]) -> None:
        super().__init__()
        sizes = (num_observations, *units)
        layers = [(nn.Linear(a, b), nn.ELU()) for a, b in itertools.pairwise(sizes)]
        self.trunk = nn.Sequential(*(part for layer in layers for part in layer))
        self.mean, self.value = nn.Linear(units[-1], num_actions), nn.Linear(units[-1], 1)
        self.log_std = nn.Parameter(torch.zeros(num_actions))

    def forward(self, observations: Tensor) -> tuple[Normal, Tensor]:
        """Distribution of actions and value ``[N]`` of observations ``[N, num_observations]``."""
        features = self.trunk(observations)
        return Normal(self.mean(features), self.log_std.exp()), self.value(features).squeeze(-1)


def train(
    env_id: str,
    *,
    num_envs: int,
    horizon: int,
    minibatch: int,
    mini_epochs: int,
    units: tuple[int, ...],
    on_epoch: Callable[[], bool],
) -> None:
    """Trains until `on_epoch`, called after every epoch, says that it is enough."""
    envs = gym.vector.SyncVectorEnv([make_env(env_id)] * num_envs)
    num_observations, num_actions = envs.single_observation_space.shape[0], envs.single_action_space.shape[0]
    agent = ActorCritic(num_observations, num_actions, units)
    optimizer = torch.optim.Adam(agent.parameters(), lr=3e-4, eps=1e-5)
    all_observations = torch.zeros(horizon, num_envs, num_observations)
    all_actions = torch.zeros(horizon, num_envs, num_actions)
    log_probs, rewards, dones, values = (torch.zeros(horizon, num_envs) for _ in range(4))
    observations = torch.as_tensor(envs.reset(seed=0)[0], dtype=torch.float32)
    done = torch.zeros(num_envs)
    while True:
        for t in range(horizon):
            with torch.no_grad():
                policy, values[t] = agent(observations)
                action = policy.sample()
                log_probs[t] = policy.log_prob(action).sum(1)
            all_observations[t], all_actions[t], dones[t] = observations, action, done
            reached, reward, terminated, truncated, _ = envs.step(action.numpy())
            rewards[t] = torch.as_tensor(reward)
            observations = torch.as_tensor(reached, dtype=torch.float32)
            done = torch.as_tensor(terminated | truncated).float()
        with torch.no_grad():
            advantages = _advantages(rewards, values, dones, agent(observations)[1], done)
        batch = [x.flatten(0, 1) for x in (all_observations, all_actions, log_probs, advantages, advantages + values)]
        for _ in range(mini_epochs):
            for ids in torch.randperm(horizon * num_envs).split(minibatch):
                loss = _loss(agent, *(x[ids] for x in batch))
                optimizer.zero_grad()
                loss.backward()
                nn.utils.clip_grad_norm_(agent.parameters(), 0.5)
                optimizer.step()
        if on_epoch():
            break
    envs.close()


def _advantages(rewards: Tensor, values: Tensor, dones: Tensor, next_value: Tensor, next_done: Tensor) -> Tensor:
    advantages, last = torch.zeros_like(rewards), torch.zeros_like(next_value)
    for t in reversed(range(len(rewards))):
        alive = 1.0 - next_done
        last = rewards[t] + 0.99 * next_value * alive - values[t] + 0.99 * 0.95 * alive * last
        advantages[t], next_value, next_done = last, values[t], dones[t]
    return advantages


def _loss(
    agent: ActorCritic, observations: Tensor, actions: Tensor, log_probs: Tensor, advantages: Tensor, returns: Tensor
) -> Tensor:
    policy, value = agent(observations)
    ratio = (policy.log_prob(actions).sum(1) - log_probs).exp()
    advantages = (advantages - advantages.mean()) / (advantages.std() + 1e-8)
    surrogate = torch.max(-advantages * ratio, -advantages * ratio.clamp(0.8, 1.2)).mean()
    return surrogate + 0.5 * 0.5 * (value - returns).square().mean()
