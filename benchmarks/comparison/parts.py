"""What is measured, in parts of at most a few minutes, each in a process of its own."""

from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict
from functools import partial
from multiprocessing import get_context
from typing import Any

from comparison.measuring import Rates, watching_others

ROBOTS = ("Ant", "Humanoid")
ENVPOOL = ("EnvPool sync", "EnvPool async")
GYMNASIUM = ("Gymnasium SyncVectorEnv", "Gymnasium AsyncVectorEnv")
TRAINERS = {
    "64 envs x 256 steps": (
        "gymctl",
        "gymctl, mixed precision",
        "rl_games over EnvPool",
        "Stable-Baselines3, DummyVecEnv",
        "Stable-Baselines3, SubprocVecEnv",
        "plain PPO as CleanRL's, SyncVectorEnv",
    ),
    "1024 envs x 16 steps": (
        "gymctl",
        "gymctl, mixed precision",
        "rl_games over EnvPool",
        "Stable-Baselines3, DummyVecEnv",
    ),
}

Part = Callable[[], dict[str, Any]]


def parts(*, quick: bool) -> dict[str, Part]:
    """All parts by name: ``parity/<robot>``, ``simulation/<robot>/<envs>``, ``training/<robot>/<batch>/<round>``."""
    found: dict[str, Part] = {f"parity/{robot}": partial(in_process, _parity, robot) for robot in ROBOTS}
    for robot in ROBOTS:
        for num_envs, *plan in _QUICK_PLANS if quick else _PLANS:
            found[f"simulation/{robot}/{num_envs}"] = partial(in_process, _simulation, robot, num_envs, *plan)
        found[f"mjx/{robot}/64"] = partial(
            in_process, _simulation, robot, 64, ("gymctl", "MJX"), 5, 5, 3 if quick else 5
        )
    for number in range(1, 2 if quick else 4):
        for batch, names in TRAINERS.items():
            num_envs, horizon = (int(word) for word in batch.split() if word.isdigit())
            warmup = 1 if quick else max(1, 64 // horizon)  # until the robots have fallen and lie or stand
            run = partial(_training, "Ant", num_envs, horizon, names, warmup, 1 if quick else 5)
            found[f"training/Ant/{batch}/{number}"] = run
    return found


_PLANS = (
    # envs, contenders, warm-up, steps in a turn, rounds
    (64, ("gymctl", "gymctl again", *ENVPOOL, *GYMNASIUM), 150, 80, 15),
    (256, ("gymctl", *ENVPOOL), 150, 60, 15),
    (1024, ("gymctl", "gymctl again", *ENVPOOL), 100, 15, 15),
    (4096, ("gymctl", *ENVPOOL), 60, 5, 9),
    (16384, ("gymctl", ENVPOOL[0]), 20, 2, 7),
    (65536, ("gymctl", ENVPOOL[0]), 10, 1, 7),
)
_QUICK_PLANS = (
    (64, ("gymctl", *ENVPOOL, *GYMNASIUM), 20, 20, 3),
    (1024, ("gymctl", *ENVPOOL), 20, 3, 3),
)


def in_process(function: Callable[..., Any], *args: Any) -> Any:
    """What a function of this package returns, called in a fresh process that ends with it."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as executor:
        return executor.submit(function, *args).result()


def _parity(robot: str) -> dict[str, Any]:
    from comparison.parity import parity

    return {"differences": parity(robot)}


def _simulation(robot: str, num_envs: int, names: tuple[str, ...], warmup: int, steps: int, rounds: int) -> dict:
    from comparison.simulation import Plan, measure

    return asdict(measure(robot, num_envs, Plan(names, warmup, steps, rounds)))


def _training(
    robot: str, num_envs: int, horizon: int, names: tuple[str, ...], warmup: int, epochs: int
) -> dict[str, Any]:
    rates = Rates()
    with watching_others(rates):
        for name in names:
            rates.rounds[name] = [in_process(_train, name, robot, num_envs, horizon, warmup, epochs)]
    return asdict(rates)


def _train(name: str, robot: str, num_envs: int, horizon: int, warmup: int, epochs: int) -> float:
    from comparison.training import Batch, measure

    return measure(name, robot, Batch(num_envs, horizon), warmup, epochs)
