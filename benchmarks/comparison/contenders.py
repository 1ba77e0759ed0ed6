"""The ways to simulate many robots that are compared: torch tensors in, float32 torch tensors out, resets included."""

from typing import Any, Protocol

import gymnasium as gym
import numpy as np
import torch
from torch import Tensor

from comparison import gym_tasks
from gymctl.sim.devices import available_cores

_NUM_ACTION_BATCHES = 16


class Contender(Protocol):
    """``num_envs`` copies of one robot that take random actions."""

    def advance(self, steps: int) -> tuple[int, int]:
        """Steps every env that many times.

        Returns:
            Env steps with physics in them, and ended episodes. A step that some vector envs spend on a reset alone
            is none.
        """
        ...

    def close(self) -> None:
        """Frees threads, processes and memory."""
        ...


def random_actions(robot: str, num_envs: int) -> list[Tensor]:
    """Uniform actions, a few batches ``[num_envs, num_actions]`` float32 to be used in turn."""
    task = gym_tasks.TASKS[robot]
    generator = torch.Generator().manual_seed(1)
    shape = (_NUM_ACTION_BATCHES, num_envs, task.num_actions)
    return list(torch.empty(shape).uniform_(-task.control_limit, task.control_limit, generator=generator))


class Gymctl:
    """Ours, as rl_games steps it."""

    def __init__(self, robot: str, num_envs: int) -> None:
        self.env = gym_tasks.make(robot, num_envs)
        self.env.reset()
        self.actions = random_actions(robot, num_envs)
        self.count = 0

    def advance(self, steps: int) -> tuple[int, int]:
        """See `Contender`; a reset costs no step here."""
        ended = 0
        for _ in range(steps):
            _, _, done, _ = self.env.step(self.actions[self.count % len(self.actions)])
            ended += int(done.sum())
            self.count += 1
        return steps * self.env.num_envs, ended

    def close(self) -> None:
        """See `Contender`."""
        self.env.close()


class Stepped:
    """A vector env of Gymnasium's kind, all envs in every step."""

    def __init__(self, env: Any, robot: str, num_envs: int) -> None:
        self.env = env
        self.num_envs = num_envs
        self.actions = random_actions(robot, num_envs)
        self.count = 0

    def advance(self, steps: int) -> tuple[int, int]:
        """See `Contender`."""
        ended = 0
        for _ in range(steps):
            actions = self.actions[self.count % len(self.actions)]
            _, _, done = _tensors(*self.env.step(actions.numpy())[:4])
            ended += int(done.sum())
            self.count += 1
        return steps * self.num_envs - ended, ended

    def close(self) -> None:
        """See `Contender`."""
        self.env.close()


class EnvPoolSync(Stepped):
    """EnvPool, all envs in every step."""

    def __init__(self, robot: str, num_envs: int) -> None:
        super().__init__(_envpool(robot, num_envs, num_envs), robot, num_envs)
        self.env.reset()


class EnvPoolAsync:
    """EnvPool, whichever half of the envs is ready first; between turns nothing is under way."""

    def __init__(self, robot: str, num_envs: int) -> None:
        self.batch_size = num_envs // 2
        self.pool = _envpool(robot, num_envs, self.batch_size)
        self.pool.async_reset()
        self.waiting = [self.pool.recv()[4]["env_id"].copy() for _ in range(2)]
        self.actions = random_actions(robot, self.batch_size)
        self.count = 0

    def advance(self, steps: int) -> tuple[int, int]:
        """See `Contender`; two halves are a step."""
        ended = 0
        for ids in self.waiting:
            self._send(ids)
        for received in range(2 * steps):
            *results, info = self.pool.recv()
            _, _, done = _tensors(*results)
            ended += int(done.sum())
            if received < 2 * steps - 2:
                self._send(info["env_id"])
            else:
                self.waiting[received % 2] = info["env_id"].copy()
        return 2 * steps * self.batch_size - ended, ended

    def close(self) -> None:
        """See `Contender`."""
        self.pool.close()

    def _send(self, ids: np.ndarray) -> None:
        self.pool.send(self.actions[self.count % len(self.actions)].numpy(), ids)
        self.count += 1


class Gymnasium(Stepped):
    """Gymnasium's vector env around its own robots; in one process, or in one each."""

    def __init__(self, robot: str, num_envs: int, *, processes: bool) -> None:
        vectorization = "async" if processes else "sync"
        super().__init__(gym.make_vec(f"{robot}-v4", num_envs, vectorization_mode=vectorization), robot, num_envs)
        self.env.reset(seed=0)


def build(name: str, robot: str, num_envs: int) -> Contender:
    """One of the ways, by its name in the results."""
    match name:
        case "gymctl" | "gymctl again":  # twice the same: how much two measurements of one thing differ
            return Gymctl(robot, num_envs)
        case "EnvPool sync":
            return EnvPoolSync(robot, num_envs)
        case "EnvPool async":
            return EnvPoolAsync(robot, num_envs)
        case "Gymnasium SyncVectorEnv":
            return Gymnasium(robot, num_envs, processes=False)
        case "Gymnasium AsyncVectorEnv":
            return Gymnasium(robot, num_envs, processes=True)
        case "MJX":
            from comparison.mjx import Mjx

            return Mjx(robot, num_envs)
    raise ValueError(name)


def _envpool(robot: str, num_envs: int, batch_size: int) -> Any:
    import envpool

    return envpool.make(
        f"{robot}-v4",
        env_type="gymnasium",
        num_envs=num_envs,
        batch_size=batch_size,
        num_threads=available_cores(),
        seed=0,
    )


def _tensors(
    observations: np.ndarray, reward: np.ndarray, terminated: np.ndarray, truncated: np.ndarray
) -> tuple[Tensor, Tensor, Tensor]:
    return (
        torch.from_numpy(observations).float(),
        torch.from_numpy(reward).float(),
        torch.from_numpy(terminated | truncated),
    )
