"""Checks that the envs that were asked for fit into memory, before anything large is built."""

import math
from dataclasses import dataclass

from gymctl.config.config import Config
from gymctl.core.errors import InputError
from gymctl.core.memory import available, resident_bytes
from gymctl.core.words import counted
from gymctl.envs import factory
from gymctl.sim.devices import Backend
from gymctl.tasks import registry

_SURELY_ENOUGH = 2**16
"""Bytes an env that no task comes near to; where even these fit, nothing is measured."""
_WARM_UP_ENVS, _PROBE_ENVS = 64, 16384
_BASE = 2**28
"""Bytes that a process takes whatever the number of envs, besides what it has already."""
FLOAT = 4
"""Bytes of a number in single precision."""


@dataclass(frozen=True)
class MemoryNeed:
    """Memory that learning takes beside the simulation."""

    base: int = 0
    """Bytes whatever the number of envs."""
    per_env: float = 0.0
    """Bytes an env."""


def check_fits_memory(config: Config, backend: Backend, learner: MemoryNeed | None = None) -> None:
    """Refuses more envs than there is memory for. On a GPU, whose driver refuses by itself, nothing is checked.

    Args:
        config: The resolved config.
        backend: Engine and devices.
        learner: What learning takes on the same device; None where nothing is learned.

    Raises:
        InputError: Saying how much is needed, how much there is, and how many envs would fit.
    """
    learner = learner or MemoryNeed()
    room = available()
    if backend.sim_device.type != "cpu" or room is None:
        return
    base = _BASE + learner.base
    if registry.is_in_isaacgym_style(config.task.name):
        return  # it may make no second env
    if base + config.num_envs * (_SURELY_ENOUGH + learner.per_env) <= room:
        return
    per_env = _simulated_env(config, backend) + learner.per_env
    if base + config.num_envs * per_env <= room:
        return
    fitting = math.floor((room - base) / per_env)
    verb = "needs" if config.num_envs == 1 else "need"
    size = _size(base + config.num_envs * per_env)
    need = f"{counted(config.num_envs, 'env')} of {config.task.name} {verb} about {size}"
    advice = "use a smaller train.params.network or train.params.config.horizon_length"
    if fitting > 0:
        advice = f"at most about {counted(_rounded(fitting), 'env')} would fit, as with --num-envs {_rounded(fitting)}"
    raise InputError(f"{need} of memory, there are {_size(room)}", advice)


def _simulated_env(config: Config, backend: Backend) -> float:
    """Bytes of a simulated env, from how the process grows with some of them."""
    warm_up = factory.make_simulation(config.replaced({"task.env.numEnvs": _WARM_UP_ENVS}), backend)
    warm_up.step()  # takes what a process takes only once
    warm_up.close()
    before = resident_bytes()
    env = factory.make(config.replaced({"task.env.numEnvs": _PROBE_ENVS}), backend)
    env.reset()
    grown = resident_bytes() - before
    env.close()
    return max(grown / _PROBE_ENVS, FLOAT * sum(registry.sizes(config.task)))


def _size(number: float) -> str:
    return f"{number / 2**30:,.1f} GiB"


def _rounded(number: int) -> int:
    """Two digits and zeros, rounded down: an estimate's precision."""
    unit = 10 ** max(0, len(str(number)) - 2)
    return number // unit * unit
