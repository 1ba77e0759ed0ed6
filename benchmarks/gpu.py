"""Checks and measures mujoco_warp on a GPU, in one command.

    python benchmarks/gpu.py                            # everything, on cuda:0
    python benchmarks/gpu.py --part speed training --tasks Ant Humanoid --output some.json   # some of it
    python benchmarks/gpu.py --device cpu --tiny        # tries the script itself out, without a GPU

``parity`` runs the tests of mujoco_warp on the device, ``speed`` times the physics alone and `VecEnv.step`, and sees
whether a step waits for the GPU, ``training`` times whole epochs, and ``reward`` trains Ant and Humanoid to given
returns. Every result is written to the JSON as soon as it is there; a table of all comes last.
"""

import argparse
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import torch

from gymctl.config import compose
from gymctl.diagnostics import doctor
from gymctl.envs import factory
from gymctl.envs.vec_env import VecEnv
from gymctl.learning.observer import Progress
from gymctl.learning.prepare import Training, prepare_training
from gymctl.learning.session import run_training
from gymctl.tasks import registry

ROOT = Path(__file__).parents[1]
TESTS = ("tests/sim/test_warp_engine.py", "tests/sim/test_parity.py", "tests/envs/test_masks.py")
WARM_UP_STEPS, UNCOUNTED_EPOCHS, ROUNDS = 50, 3, 3
RETURNS = {"Ant": (3000.0, 5000.0), "Humanoid": (5000.0,)}
"""Mean returns that `reward` trains to."""

Row = dict[str, Any]


@dataclass(frozen=True)
class Plan:
    """What is measured, and how long."""

    device: str
    tasks: tuple[str, ...]
    sizes: tuple[int, ...]
    steps: int
    """Control steps a round."""
    epochs: int
    """Timed epochs of training."""
    reward_envs: int
    reward_epochs: int
    reward_seconds: float
    """After which `reward` stops training a task."""

    def settings(self, num_envs: int) -> Row:
        """The top-level config keys."""
        devices = {"sim_device": self.device, "rl_device": self.device}
        return {"num_envs": num_envs, "physics_engine": "mujoco_warp", **devices}


def parity(plan: Plan) -> Iterator[Row]:
    """Runs the tests on the device."""
    start = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-rfE", "--tb=short", "-p", "no:cacheprovider", *TESTS],
        cwd=ROOT,
        env={**os.environ, "GYMCTL_WARP_DEVICE": plan.device},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        print(done.stdout[-6000:], done.stderr[-2000:], sep="\n")
    counts = {name: int(count) for count, name in re.findall(r"(\d+) (passed|failed|skipped|error)", done.stdout)}
    failed = re.findall(r"^(?:FAILED|ERROR) (\S+)", done.stdout, re.MULTILINE)
    yield {"ok": done.returncode == 0, **counts, "failures": failed, "seconds": round(time.monotonic() - start, 1)}


def speed(plan: Plan) -> Iterator[Row]:
    """Times the physics alone and `VecEnv.step`, with host synchronisation forbidden if there is none."""
    for num_envs in plan.sizes:
        for task in plan.tasks:
            row: Row = {"task": task, "num_envs": num_envs}
            with noted(row):
                env = factory.make(compose(task, settings=plan.settings(num_envs)))
                row |= _speed(env, plan.steps)
                env.close()
            yield row


def _speed(env: VecEnv, steps: int) -> Row:
    generator = torch.Generator(device=env.rl_device).manual_seed(0)
    actions = torch.rand(8, env.num_envs, env.task.num_actions, device=env.rl_device, generator=generator) * 2 - 1

    def play(count: int) -> None:
        for step in range(count):
            env.step(actions[step % len(actions)])

    def simulate(count: int) -> None:
        for _ in range(count):
            env.sim.step(env.physics_steps)

    env.reset()
    play(WARM_UP_STEPS)
    waits = _waits(lambda: play(steps))
    env_rates, physics_rates = [], []
    for _ in range(ROUNDS):
        env_rates.append(env.num_envs * steps / _seconds(lambda: play(steps)))
        physics_rates.append(env.num_envs * steps / _seconds(lambda: simulate(steps)))
    whole, physics = statistics.median(env_rates), statistics.median(physics_rates)
    return {
        "physics": round(physics),
        "env": round(whole),
        "env_to_physics": round(whole / physics, 3),
        "waits": waits,
        "memory_gib": _memory_in_use(),
        "diverged": int(env.num_diverged),
    }


def training(plan: Plan) -> Iterator[Row]:
    """Times epochs of PPO: steps of the env, policy and update together."""
    for num_envs in plan.sizes:
        for task in plan.tasks:
            row: Row = {"task": task, "num_envs": num_envs}
            rates: list[float] = []
            epochs = plan.epochs + UNCOUNTED_EPOCHS
            with noted(row), prepared(task, plan, num_envs, epochs) as ready:
                run_training(
                    ready,
                    on_progress=lambda progress, rates=rates: rates.append(progress.steps_per_second),
                )
                row |= {"train": round(statistics.median(rates[UNCOUNTED_EPOCHS:])), "memory_gib": _memory_in_use()}
            yield row


def reward(plan: Plan) -> Iterator[Row]:
    """Trains each task of `RETURNS` until it has reached its highest return, or time is up."""
    for task in sorted(RETURNS.keys() & set(plan.tasks)):
        yield _train_to_returns(task, plan)


def _train_to_returns(task: str, plan: Plan) -> Row:
    passed: dict[str, Any] = dict.fromkeys(map(str, RETURNS[task]))
    row: Row = {"task": task, "num_envs": plan.reward_envs, "passed": passed, "curve": []}
    deadline = time.monotonic() + plan.reward_seconds

    def note(progress: Progress) -> None:
        mean = progress.reward_mean
        if mean is None:
            return
        seconds = round(progress.wall_seconds, 2)
        row["curve"].append([progress.env_steps, seconds, round(mean, 1)])
        for value in RETURNS[task]:
            if mean >= value and passed[str(value)] is None:
                passed[str(value)] = {"env_steps": progress.env_steps, "seconds": seconds}

    def enough() -> str | None:
        return "enough" if None not in passed.values() or time.monotonic() > deadline else None

    with noted(row), prepared(task, plan, plan.reward_envs, plan.reward_epochs) as ready:
        last = run_training(ready, on_progress=note, should_stop=enough).progress
        row |= {
            "seed": ready.config.seed,
            "epochs": last.epoch,
            "env_steps": last.env_steps,
            "seconds": round(last.wall_seconds, 1),
            "reward_mean": last.reward_mean,
            "best_reward": last.best_reward,
            "diverged": last.diverged,
            "steps_per_second": round(last.env_steps / last.wall_seconds),
        }
    return row


@contextmanager
def prepared(task: str, plan: Plan, num_envs: int, epochs: int) -> Iterator[Training]:
    """A training in a directory that is removed afterwards."""
    with tempfile.TemporaryDirectory(prefix="gymctl-gpu-") as directory:
        settings = {**plan.settings(num_envs), "max_iterations": epochs}
        yield prepare_training(task, settings=settings, runs_dir=Path(directory))


@contextmanager
def noted(row: Row) -> Iterator[None]:
    """Puts warnings and a failure into a row, so that the next measurement goes on."""
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always", RuntimeWarning)
        try:
            yield
        except Exception as error:  # a measurement that fails is a result
            row["error"] = f"{type(error).__name__}: {error}"
    if messages := [str(warning.message) for warning in told if issubclass(warning.category, RuntimeWarning)]:
        row["warnings"] = messages


def _seconds(work: Callable[[], None]) -> float:
    _wait()
    start = time.perf_counter()
    work()
    _wait()
    return time.perf_counter() - start


def _wait() -> None:
    if torch.cuda.is_available():
        torch.cuda.synchronize()


def _waits(work: Callable[[], None]) -> str | None:
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


def _memory_in_use() -> float | None:
    """GPU memory in use by all [GiB], with what PyTorch and Warp keep for later; the largest size so far counts."""
    if not torch.cuda.is_available():
        return None
    free, total = torch.cuda.mem_get_info()
    return round((total - free) / 2**30, 2)


PARTS: dict[str, Callable[[Plan], Iterator[Row]]] = {
    "parity": parity,
    "speed": speed,
    "training": training,
    "reward": reward,
}


def table(record: Row) -> str:
    """The record for people, as Markdown."""
    machine = record["machine"]
    lines = [f"{machine['device']}, driver {record['versions']['nvidia-driver']}, {record['date']}", ""]
    for row in record["parity"]:
        lines += [f"tests: {json.dumps(row)}", ""]
    keys = ("physics", "env", "env_to_physics", "train", "memory_gib", "waits", "warnings", "error")
    rows: dict[tuple[str, int], Row] = {}
    for row in (*record["speed"], *record["training"]):
        rows.setdefault((row["task"], row["num_envs"]), {}).update(row)
    if rows:
        lines += [f"| task | envs | {' | '.join(keys)} |", "|---" * (len(keys) + 2) + "|"]
    for (task, num_envs), row in sorted(rows.items()):
        cells = (f"{row[key]:,}" if isinstance(row.get(key), int) else str(row.get(key, "")) for key in keys)
        lines.append(f"| {task} | {num_envs:,} | {' | '.join(cells)} |")
    lines += [
        "\nreward: " + json.dumps({key: value for key, value in row.items() if key != "curve"})
        for row in record["reward"]
    ]
    return "\n".join(lines)


def main() -> None:
    """Measures the chosen parts."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--device", default="cuda:0")
    parser.add_argument("--part", nargs="+", choices=PARTS, default=list(PARTS))
    parser.add_argument("--tasks", nargs="+", default=registry.names())
    parser.add_argument("--sizes", nargs="+", type=int, default=[4096, 16384, 65536, 1024], help="numbers of envs")
    parser.add_argument("--minutes", type=float, default=9.0, help="after which a training to a return stops")
    parser.add_argument("--tiny", action="store_true", help="only to try the script out")
    parser.add_argument("--output", type=Path, default=ROOT / "benchmarks" / "gpu" / "result.json")
    given = parser.parse_args()
    tiny = given.tiny
    plan = Plan(
        device=given.device,
        tasks=tuple(given.tasks),
        sizes=(16, 64) if tiny else tuple(given.sizes),
        steps=10 if tiny else 200,
        epochs=2 if tiny else 10,
        reward_envs=64 if tiny else 4096,
        reward_epochs=3 if tiny else 3000,
        reward_seconds=60 * given.minutes,
    )
    kind = torch.device(plan.device)
    machine = {device["name"]: device for device in doctor.examine()["devices"]}
    record: Row = {
        "date": datetime.now().astimezone().date().isoformat(),
        "command": " ".join(["python", "benchmarks/gpu.py", *sys.argv[1:]]),
        "machine": {"device": machine[str(kind)]["description"], **machine},
        "versions": doctor.versions(),
        **{part: [] for part in PARTS},
    }
    given.output.parent.mkdir(parents=True, exist_ok=True)
    for part in given.part:
        for row in PARTS[part](plan):
            print(part, json.dumps({key: value for key, value in row.items() if key != "curve"}), flush=True)
            record[part].append(row)
            given.output.write_text(json.dumps(record) + "\n")
    print("\n" + table(record))


if __name__ == "__main__":
    main()
