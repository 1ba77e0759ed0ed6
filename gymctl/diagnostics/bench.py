"""Measures speed: the physics against MuJoCo alone, the env against its physics, and training as a whole."""

import contextlib
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import mujoco
import torch
from mujoco.batch import Batch

from gymctl.core.memory import resident_bytes
from gymctl.core.words import counted
from gymctl.diagnostics.waits import counting_waits
from gymctl.envs import factory
from gymctl.envs.vec_env import VecEnv
from gymctl.learning.agents.base import EpochTimes
from gymctl.learning.agents.registry import algorithm_of
from gymctl.learning.observer import Progress
from gymctl.learning.prepare import Training
from gymctl.learning.session import run_training
from gymctl.sim.devices import available_cores
from gymctl.sim.fields import INTEGRATION_FIELDS

_EPOCHS, _UNCOUNTED_EPOCHS = 8, 3
NUM_EPOCHS = _EPOCHS + _UNCOUNTED_EPOCHS
_WARM_UP_STEPS = 50  # until the robots have come to rest on the ground or fallen
_ROUNDS = 5
_STEPS_A_ROUND = 20
_STEPS_OF_COUNTING = 4
_CONTROL_STEPS_A_CALL = 4  # one call into MuJoCo long enough that Python's share of it is small
_WORLDS_OF_BARE_LOOP = 1024
_SECONDS_OF_BARE_LOOP = 0.3


@dataclass(frozen=True)
class EnvSpeed:
    """Medians over interleaved rounds, in env steps a second."""

    limit: float | None
    """MuJoCo's batched stepping alone, on as many threads, from the same states; None where physics runs on a GPU."""
    physics: float
    """The simulation's share of the env's steps."""
    env: float
    """`VecEnv.step` with random actions, resets included."""
    physics_to_limit: float | None
    env_to_physics: float


def measure_env(env: VecEnv, *, threads: int, bare_loop: bool) -> EnvSpeed:
    """Times `VecEnv.step` and the simulation inside it, and MuJoCo alone on a sample of the same states.

    Args:
        env: The environment; it is reset first.
        threads: For the bare loop.
        bare_loop: Whether to measure the limit.
    """
    clock = _SimulationClock(env)
    env.reset()
    _play(env, _WARM_UP_STEPS)
    limits, physics, whole = [], [], []
    for _ in range(_ROUNDS):
        if bare_loop:
            limits.append(_bare_loop(env, threads))
        clock.seconds = 0.0
        seconds = _play(env, _STEPS_A_ROUND)
        steps = _STEPS_A_ROUND * env.num_envs
        physics.append(steps / clock.seconds)
        whole.append(steps / seconds)
    clock.remove()
    return EnvSpeed(
        limit=statistics.median(limits) if limits else None,
        physics=statistics.median(physics),
        env=statistics.median(whole),
        physics_to_limit=_median_ratio(physics, limits) if limits else None,
        env_to_physics=_median_ratio(whole, physics),
    )


def benchmark(training: Training, *, with_training: bool, say: Callable[[str], None]) -> dict[str, Any]:
    """Measures the env of a training, and `NUM_EPOCHS` epochs of the training itself.

    Args:
        training: What was prepared, with as many epochs.
        with_training: Whether to train too.
        say: Tells the user what is being measured.

    Returns:
        Plain data, as in ``gymctl bench --json``.
    """
    config, backend = training.config, training.backend
    threads = config.num_threads or available_cores()
    torch.set_num_threads(available_cores())
    waited_for = max(backend.sim_device, backend.rl_device, key=lambda device: device.type == "cuda")
    before = _used_bytes(backend.sim_device)
    env = factory.make(config, backend)
    say(f"measuring {counted(env.num_envs, 'env')} on {counted(threads, 'thread')}")
    speed = measure_env(env, threads=threads, bare_loop=backend.engine == "mujoco")
    bytes_per_env = max(0, _used_bytes(backend.sim_device) - before) // env.num_envs
    waits_per_step = _waits_per_step(env, waited_for)
    env.close()
    epochs = _Epochs(waited_for if not config.learner.get("torch_compile") else None)
    if with_training:
        say(f"training {_EPOCHS} epochs")
        run_training(training, on_progress=epochs.add)
    times = epochs.times[_UNCOUNTED_EPOCHS:]
    frames = algorithm_of(config).env_steps_per_epoch(config)
    return {
        "task": training.task,
        "engine": backend.engine,
        "device": str(backend.sim_device),
        "num_envs": config.num_envs,
        "threads": threads,
        "steps_per_second": {
            "limit": speed.limit,
            "physics": speed.physics,
            "env": speed.env,
            **_training_speed(times, frames),
        },
        "ratio": {"physics_to_limit": speed.physics_to_limit, "env_to_physics": speed.env_to_physics},
        "share_of_epoch": _shares(times, speed),
        "bytes_per_env": bytes_per_env,
        "bytes_are_on": backend.sim_device.type,
        "waits_per_step": waits_per_step,
        "waits_per_epoch": epochs.waits,
    }


class _Epochs:
    """The times of a training's epochs, and how often the second one waited.

    Args:
        waited_for: The device; None where waits can't be counted.
    """

    def __init__(self, waited_for: torch.device | None) -> None:
        self.times: list[EpochTimes] = []
        self.waits: int | None = None
        self._counting = contextlib.ExitStack()
        self._waited_for = waited_for

    def add(self, progress: Progress) -> None:
        """Called after every epoch; the time of the one that is counted in is never used."""
        self.times.append(progress.epoch_times)
        if self._waited_for is None:
            return
        if len(self.times) == 1:
            self._found = self._counting.enter_context(counting_waits(self._waited_for))
        elif len(self.times) == _UNCOUNTED_EPOCHS - 1:
            self._counting.close()
            self.waits = len(self._found)


def _waits_per_step(env: VecEnv, waited_for: torch.device) -> float:
    actions = torch.zeros(env.num_envs, env.task.num_actions, device=env.rl_device)
    with counting_waits(waited_for) as waits:
        for _ in range(_STEPS_OF_COUNTING):
            env.step(actions)
    return len(waits) / _STEPS_OF_COUNTING


def _used_bytes(device: torch.device) -> int:
    """Memory that is taken: of the whole GPU, for Warp has a pool of its own, or by this process on a CPU."""
    if device.type != "cuda":
        return resident_bytes()
    _wait_for(device)
    free, total = torch.cuda.mem_get_info(device)
    return total - free


def _wait_for(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def _training_speed(times: list[EpochTimes], frames: int) -> dict[str, float | None]:
    if not times:
        return {"inference": None, "update": None, "train": None}
    return {
        "inference": frames / statistics.median(t.play - t.step for t in times),
        "update": frames / statistics.median(t.update for t in times),
        "train": frames / statistics.median(t.play + t.update for t in times),
    }


def _shares(times: list[EpochTimes], speed: EnvSpeed) -> dict[str, float] | None:
    if not times:
        return None
    step = statistics.median(t.step / (t.play + t.update) for t in times)
    update = statistics.median(t.update / (t.play + t.update) for t in times)
    physics = step * speed.env_to_physics
    return {"physics": physics, "env": step - physics, "inference": 1 - step - update, "update": update}


class _SimulationClock:
    """Adds up the time that an env spends in its simulation's step."""

    def __init__(self, env: VecEnv) -> None:
        self.seconds = 0.0
        self._sim: Any = env.sim
        self._step = env.sim.step
        self._sim.step = self._timed

    def _timed(self, physics_steps: int = 1) -> None:
        _wait_for(self._sim.device)
        start = time.perf_counter()
        self._step(physics_steps)
        _wait_for(self._sim.device)
        self.seconds += time.perf_counter() - start

    def remove(self) -> None:
        del self._sim.step


def _play(env: VecEnv, steps: int) -> float:
    actions = torch.rand(steps, env.num_envs, env.task.num_actions, device=env.rl_device) * 2 - 1
    for device in (env.rl_device, env.sim.device):
        _wait_for(device)
    start = time.perf_counter()
    for step in range(steps):
        env.step(actions[step])
    for device in (env.sim.device, env.rl_device):
        _wait_for(device)
    return time.perf_counter() - start


def _bare_loop(env: VecEnv, threads: int) -> float:
    """Env steps a second of MuJoCo's own batched stepping and nothing else, from a sample of the env's states."""
    sim = env.sim
    every = max(1, env.num_envs // _WORLDS_OF_BARE_LOOP)
    states = {name: field[::every].cpu().numpy() for name, field in sim.state_tensors().items()}
    worlds = len(states["qpos"])
    batch = Batch(sim.model, worlds, min(threads, worlds))
    fields = [(batch.bind(name), states[name]) for name in INTEGRATION_FIELDS if name in states]
    timesteps = sim.substeps * env.physics_steps * _CONTROL_STEPS_A_CALL

    def run() -> float:
        for field, state in fields:
            field[:] = state
        start = time.perf_counter()
        batch.step(nstep=timesteps, stage=mujoco.mjtStage.mjSTAGE_NONE.value)
        return time.perf_counter() - start

    run()
    calls, seconds = 0, 0.0
    while seconds < _SECONDS_OF_BARE_LOOP:
        seconds += run()
        calls += 1
    return calls * worlds * _CONTROL_STEPS_A_CALL / seconds


def _median_ratio(values: list[float], references: list[float]) -> float:
    return statistics.median(value / reference for value, reference in zip(values, references, strict=True))
