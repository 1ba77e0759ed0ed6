"""Simulation alone: random actions, all contenders of a robot and a number of envs in one process."""

import time
from dataclasses import dataclass
from random import Random

import torch

from comparison.contenders import Contender, build
from comparison.measuring import Rates, free_memory, watching_others
from gymctl.sim.devices import available_cores

_BYTES_PER_ENV = {"EnvPool sync": 800_000, "EnvPool async": 800_000}
"""What a contender needs for an env, where it is enough to matter."""


@dataclass(frozen=True)
class Plan:
    """How long a part measures."""

    contenders: tuple[str, ...]
    warmup: int
    """Steps of every env before anything counts, so that the robots have fallen and lie or stand."""
    steps: int
    """Steps of every env in a turn."""
    rounds: int


def measure(robot: str, num_envs: int, plan: Plan) -> Rates:
    """Measures contenders in turns, in another order every round.

    All take the same number of steps from the start, so that at any time all robots are in alike states.

    Args:
        robot: A key of `gym_tasks.TASKS`.
        num_envs: Number of envs of every contender.
        plan: Who, and how long.
    """
    torch.set_num_threads(available_cores())
    rates, contenders = Rates(), {}
    for name in sorted(plan.contenders, key=lambda name: name != "Gymnasium AsyncVectorEnv"):  # forks: before threads
        if (needed := _BYTES_PER_ENV.get(name, 0) * num_envs) > free_memory() * 0.8:
            rates.left_out[name] = f"needs {needed / 1e9:.0f} GB of memory"
        else:
            contenders[name] = build(name, robot, num_envs)
            contenders[name].advance(plan.warmup)
    ended = dict.fromkeys(contenders, 0)
    rates.rounds = {name: [] for name in plan.contenders if name in contenders}
    order = list(rates.rounds)
    with watching_others(rates):
        for number in range(plan.rounds):
            for name in Random(number).sample(order, len(order)):
                rate, episodes = _turn(contenders[name], plan.steps)
                rates.rounds[name].append(rate)
                ended[name] += episodes
    total = plan.rounds * plan.steps * num_envs
    rates.episode_length = {name: round(total / count, 1) for name, count in ended.items() if count}
    for contender in contenders.values():
        contender.close()
    return rates


def _turn(contender: Contender, steps: int) -> tuple[float, int]:
    start = time.perf_counter()
    env_steps, ended = contender.advance(steps)
    return env_steps / (time.perf_counter() - start), ended
