"""Whether the envs that are asked for fit into memory, found out before anything large is built."""

import copy
import itertools
import math
from typing import Any

from gymctl.core.errors import InputError
from gymctl.core.memory import available, resident_bytes
from gymctl.envs import factory
from gymctl.learning.minibatch import num_minibatches
from gymctl.learning.params import has_bfloat16_units
from gymctl.policies.networks import SAC
from gymctl.sim.devices import Backend
from gymctl.tasks import registry

_SURELY_ENOUGH = 2**16
"""Bytes an env that no task comes near to; where even these fit, nothing is measured."""
_PROBES = (64, 2048)
_BASE = 2**28
"""Bytes that a training takes whatever its size, besides what the process has already."""
_FLOAT = 4


def check_fits_memory(config: dict[str, Any], backend: Backend, defaults: dict[str, Any] | None = None) -> None:
    """Refuses more envs than there is memory for. On a GPU, whose driver refuses by itself, nothing is checked.

    Args:
        config: The resolved config.
        backend: Engine and devices.
        defaults: The config of the same task with nothing set by the user; None where nothing is learned.

    Raises:
        InputError: Saying how much is needed, how much there is, and how many envs would fit.
    """
    room = available()
    if backend.sim_device.type != "cpu" or room is None:
        return
    num_envs: int = config["task"]["env"]["numEnvs"]
    learner_base, learner_env = (0, 0.0) if defaults is None else _learner(config, backend, defaults)
    base = _BASE + learner_base
    if base + num_envs * (_SURELY_ENOUGH + learner_env) <= room:
        return
    bytes_per_env = _simulated_env(config, backend) + learner_env
    if base + num_envs * bytes_per_env <= room:
        return
    fitting = math.floor((room - base) / bytes_per_env)
    need = (
        f"{num_envs:,} envs of {config['task']['name']} need about {_size(base + num_envs * bytes_per_env)} of memory"
    )
    advice = "use a smaller train.params.network or train.params.config.horizon_length"
    if fitting > 0:
        advice = f"at most about {_rounded(fitting):,} envs fit, as in --num-envs {_rounded(fitting)}"
    raise InputError(f"{need}, there are {_size(room)}", advice)


def _simulated_env(config: dict[str, Any], backend: Backend) -> float:
    """Bytes of a simulated env, from how the process grows with some of them."""
    _growth(config, backend, _PROBES[0])  # takes what is there only once
    num_envs = _PROBES[1]
    task_class = registry.load(config["task"]["name"])
    least = _FLOAT * (task_class.num_observations + task_class.num_actions)
    return max(_growth(config, backend, num_envs) / num_envs, least)


def _growth(config: dict[str, Any], backend: Backend, num_envs: int) -> int:
    small = copy.deepcopy(config)
    small["task"]["env"]["numEnvs"] = num_envs
    before = resident_bytes()
    env = factory.make(small, backend)
    env.reset()
    grown = resident_bytes() - before
    env.close()
    return grown


def _learner(config: dict[str, Any], backend: Backend, defaults: dict[str, Any]) -> tuple[int, float]:
    """Bytes that learning takes: whatever the number of envs (networks, Adam, SAC's replay buffer), and for each env.

    For PPO, rl_games keeps an epoch's transitions twice, by time and by env. In a minibatch every unit keeps about five
    numbers for the gradient (measured; in bfloat16, half of the bytes).
    """
    if backend.rl_device.type != "cpu":
        return 0, 0.0
    task_class, params = registry.load(config["task"]["name"]), config["train"]["params"]
    learner, observations, actions = params["config"], task_class.num_observations, task_class.num_actions
    widths = [observations, *params["network"]["mlp"]["units"], actions]
    weights = sum(a * b for a, b in itertools.pairwise(widths))
    if params["algo"]["name"] == SAC:
        stored = learner.get("replay_buffer_size", 0) * (2 * observations + actions + 2)
        return _FLOAT * (4 * 5 * weights + stored), 0.0  # actor and two critics, whose targets have no Adam
    towers = 2 if params["network"].get("separate") else 1
    transition = 2 * (observations + 3 * actions + 5)
    activations = (2 * observations + 5 * towers * sum(widths[1:])) / num_minibatches(defaults)
    if learner.get("mixed_precision") and has_bfloat16_units():
        activations /= 2
    return 4 * _FLOAT * towers * weights, _FLOAT * learner["horizon_length"] * (transition + activations)


def _size(number: float) -> str:
    return f"{number / 2**30:,.1f} GiB"


def _rounded(number: int) -> int:
    """Two digits and zeros, rounded down: an estimate's precision."""
    unit = 10 ** max(0, len(str(number)) - 2)
    return number // unit * unit
