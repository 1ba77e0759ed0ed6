"""Envs to be measured on a GPU: building, stepping and timing them."""

import sys
import time
import traceback
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch

from gymctl.config import Config
from gymctl.envs import factory
from gymctl.envs.vec_env import VecEnv
from gymctl.learning.on_device.stopwatch import Stopwatch


@contextmanager
def made(config: Config, row: dict[str, Any]) -> Iterator[VecEnv]:
    """An env that has been reset and stepped twice; the row notes how long that took, with compiling or loading."""
    start = time.monotonic()
    env = factory.make(config)
    try:
        built = time.monotonic()
        env.reset()
        play(env, 2)
        wait()
        row |= {
            "building_seconds": round(built - start, 1),
            "first_steps_seconds": round(time.monotonic() - built, 1),
        }
        yield env
    finally:
        env.close()


class PhysicsClock:
    """Times the simulation's share of an env's steps, on the GPU's own clock where there is one.

    Args:
        env: Its steps are timed from now on.
    """

    def __init__(self, env: VecEnv) -> None:
        self._step = env.sim.step
        self._watch = Stopwatch(env.sim.device)
        sim: Any = env.sim
        sim.step = self._timed

    def seconds(self) -> float:
        """The sum of the steps since the last call."""
        return self._watch.take()["physics"]

    def _timed(self, physics_steps: int) -> None:
        with self._watch.timing("physics"):
            self._step(physics_steps)


def play(env: VecEnv, steps: int) -> None:
    """Steps an env with the same random actions every time."""
    generator = torch.Generator(device=env.rl_device).manual_seed(0)
    actions = torch.rand(8, env.num_envs, env.task.num_actions, device=env.rl_device, generator=generator) * 2 - 1
    for step in range(steps):
        env.step(actions[step % len(actions)])


@contextmanager
def noted(row: dict[str, Any]) -> Iterator[None]:
    """Puts warnings and a failure into a row, so that the next measurement goes on; prints where it failed."""
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always", RuntimeWarning)
        try:
            yield
        except Exception as error:  # a measurement that fails is a result
            row["error"] = f"{type(error).__name__}: {error}"
            traceback.print_exc(file=sys.stderr)
    if messages := [str(warning.message) for warning in told if issubclass(warning.category, RuntimeWarning)]:
        row["warnings"] = messages


def seconds_of(work: Callable[[], None]) -> float:
    """How long something takes, with all that it starts on a GPU."""
    wait()
    start = time.perf_counter()
    work()
    wait()
    return time.perf_counter() - start


def wait() -> None:
    """Waits until the GPU has done all."""
    if torch.cuda.is_available():
        torch.cuda.synchronize()


def waits_of(work: Callable[[], None]) -> str | None:
    """What makes the host wait for the GPU, as PyTorch tells it; None if nothing does."""
    if not torch.cuda.is_available():
        return "not checked"
    torch.cuda.set_sync_debug_mode("error")
    try:
        work()
    except RuntimeError as error:
        return str(error).partition("\n")[0]
    finally:
        torch.cuda.set_sync_debug_mode("default")
    return None


def memory_in_use() -> float | None:
    """GPU memory in use by all [GiB], with what PyTorch and Warp keep for later; the largest size so far counts."""
    if not torch.cuda.is_available():
        return None
    free, total = torch.cuda.mem_get_info()
    return round((total - free) / 2**30, 2)
