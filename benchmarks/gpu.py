"""Checks and measures mujoco_warp on a GPU, in one command.

    python benchmarks/gpu.py                            # in six minutes what fits, the most valuable first
    python benchmarks/gpu.py --minutes 30 --long        # trains further: Ant to 7,000, Humanoid to 5,000
    python benchmarks/gpu.py --part speed --tasks Anymal --sizes 8192 --output some.json
    python benchmarks/gpu.py --device cpu --tiny        # tries the script itself out, without a GPU

``check``: does it run, is a step recorded, does it wait for the GPU? ``speed`` times `VecEnv.step` and the physics in
it, ``training`` whole epochs. ``reward`` trains to given returns. ``parity`` runs the tests of mujoco_warp on the
device. Every result is written to the JSON as soon as it is there, and after each part a table and a picture beside it.
"""
# ruff: noqa: E402  the clock starts before the imports

import time

_START = time.monotonic()

import argparse
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import torch

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks.gpu_env import PhysicsClock, made, memory_in_use, noted, play, seconds_of, waits_of
from benchmarks.gpu_report import draw, table
from gymctl.config import Config, compose
from gymctl.diagnostics import doctor
from gymctl.learning.observer import Progress
from gymctl.learning.prepare import Training, prepare_training
from gymctl.learning.session import run_training

_IMPORTED = time.monotonic()
TESTS = (
    "tests/sim/test_warp_engine.py",
    "tests/sim/test_warp_kinds.py",
    "tests/sim/test_parity.py",
    "tests/scene/test_body_states.py",
    "tests/scene/test_contact_sensors.py",
    "tests/scene/test_jacobians.py",
    "tests/scene/test_link_sensors.py",
    "tests/envs/test_masks.py",
    "tests/envs/test_recorded_tasks.py",
    "tests/envs/randomization/test_warp.py",
)
WARM_UP_STEPS, UNCOUNTED_EPOCHS, ROUNDS = 50, 3, 3
RETURNS = {"Ant": (3000,), "Humanoid": ()}
LONG_RETURNS = {"Ant": (3000, 7000), "Humanoid": (5000,)}
"""Mean returns that `reward` trains to."""
NEEDS = {"check": 0, "speed": 20, "training": 20, "reward": 30, "parity": 90}
"""Seconds that a measurement of a part takes at least; with less left, it is left out."""

Row = dict[str, Any]


@dataclass(frozen=True)
class Plan:
    """What is measured, and how long."""

    device: str
    tasks: tuple[str, ...]
    sizes: tuple[int, ...]
    steps: int
    """Control steps a round."""
    warm_up: int
    """Control steps before."""
    epochs: int
    """Timed epochs of training."""
    returns: dict[str, tuple[int, ...]]
    reward_envs: int
    reward_epochs: int
    deadline: float
    """When nothing more is begun, and a training to a return stops, by `time.monotonic`."""

    def settings(self, num_envs: int) -> Row:
        """The top-level config keys."""
        devices = {"sim_device": self.device, "rl_device": self.device}
        return {"num_envs": num_envs, "physics_engine": "mujoco_warp", **devices}

    def config(self, task: str, num_envs: int) -> Config:
        """The config of a task."""
        return compose(task, settings=self.settings(num_envs))

    def left_out(self, part: str, what: str) -> Row | None:
        """A row that says so, if there is no time left for a measurement of a part."""
        left = self.deadline - time.monotonic()
        return {"left_out": f"{what}: {max(left, 0):.0f} s are left, too few"} if left < NEEDS[part] else None


def check(plan: Plan) -> Iterator[Row]:
    """Steps each task in the first size, which compiles kernels; sees whether it is recorded and waits for nothing."""
    for task in plan.tasks:
        row: Row = {"task": task, "num_envs": plan.sizes[0]}
        with noted(row), made(plan.config(task, plan.sizes[0]), row) as env:
            play(env, plan.warm_up)
            row |= {"recorded": env.recorded, "waits": waits_of(lambda env=env: play(env, plan.steps))}
        yield row


def parity(plan: Plan) -> Iterator[Row]:
    """Runs the tests on the device."""
    if missing := plan.left_out("parity", "the tests of mujoco_warp"):
        yield missing
        return
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
    """Times `VecEnv.step`, and the physics inside the same steps: equal states and equal controls."""
    for num_envs in plan.sizes:
        for task in plan.tasks:
            if missing := plan.left_out("speed", f"{task} with {num_envs:,} envs"):
                yield missing
                continue
            row: Row = {"task": task, "num_envs": num_envs}
            with noted(row), made(plan.config(task, num_envs), row) as env:
                play(env, plan.warm_up)
                seconds = [seconds_of(lambda env=env: play(env, plan.steps)) for _ in range(ROUNDS)]
                clock = PhysicsClock(env)
                play(env, plan.steps)
                whole, physics = plan.steps / statistics.median(seconds), plan.steps / clock.seconds()
                row |= {
                    "physics": round(num_envs * physics),
                    "env": round(num_envs * whole),
                    "env_to_physics": round(whole / physics, 3),
                    "recorded": env.recorded,
                    "memory_gib": memory_in_use(),
                    "diverged": int(env.num_diverged),
                }
            yield row


def training(plan: Plan) -> Iterator[Row]:
    """Times epochs of PPO: steps of the env, policy and update together."""
    for num_envs in plan.sizes:
        for task in plan.tasks:
            if missing := plan.left_out("training", f"{task} with {num_envs:,} envs"):
                yield missing
                continue
            row: Row = {"task": task, "num_envs": num_envs}
            rates: list[float] = []
            epochs = plan.epochs + UNCOUNTED_EPOCHS
            with noted(row), prepared(task, plan, num_envs, epochs) as ready:
                run_training(
                    ready,
                    on_progress=lambda progress, rates=rates: rates.append(progress.steps_per_second),
                )
                row |= {"train": round(statistics.median(rates[UNCOUNTED_EPOCHS:])), "memory_gib": memory_in_use()}
            yield row


def reward(plan: Plan) -> Iterator[Row]:
    """Trains each task until it has reached its highest return, or time is up."""
    for task in plan.tasks:
        if not plan.returns.get(task):
            continue
        yield plan.left_out("reward", f"{task} to {max(plan.returns[task]):,}") or _train_to_returns(task, plan)


def _train_to_returns(task: str, plan: Plan) -> Row:
    passed: dict[str, Any] = dict.fromkeys(map(str, plan.returns[task]))
    row: Row = {"task": task, "num_envs": plan.reward_envs, "passed": passed, "curve": []}
    start = time.monotonic()

    def note(progress: Progress) -> None:
        row.setdefault("building_seconds", round(time.monotonic() - start - progress.wall_seconds, 2))
        if (mean := progress.reward_mean) is None:
            return
        seconds = round(progress.wall_seconds, 2)
        row["curve"].append([progress.env_steps, seconds, round(mean, 1)])
        for value in plan.returns[task]:
            if mean >= value and passed[str(value)] is None:
                total = round(row["building_seconds"] + seconds, 2)
                passed[str(value)] = {"env_steps": progress.env_steps, "seconds": total}

    def enough() -> str | None:
        return "enough" if None not in passed.values() or time.monotonic() > plan.deadline else None

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


PARTS: dict[str, Callable[[Plan], Iterator[Row]]] = {
    "check": check,
    "speed": speed,
    "training": training,
    "reward": reward,
    "parity": parity,
}


def main() -> None:
    """Measures the chosen parts."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--device", default="cuda:0")
    parser.add_argument("--part", nargs="+", choices=PARTS, default=list(PARTS))
    parser.add_argument("--tasks", nargs="+", default=["Ant", "Humanoid"])
    parser.add_argument("--sizes", nargs="+", type=int, default=[4096, 16384], help="numbers of envs")
    parser.add_argument("--minutes", type=float, default=6.0, help="after which nothing more is begun")
    parser.add_argument("--long", action="store_true", help="train Ant to 7,000 and Humanoid to 5,000")
    parser.add_argument("--tiny", action="store_true", help="only to try the script out")
    parser.add_argument("--output", type=Path, default=ROOT / "benchmarks" / "gpu" / "result.json")
    given = parser.parse_args()
    tiny = given.tiny
    plan = Plan(
        device=given.device,
        tasks=tuple(given.tasks),
        sizes=(8,) if tiny else tuple(given.sizes),
        steps=3 if tiny else 200,
        warm_up=4 if tiny else WARM_UP_STEPS,
        epochs=1 if tiny else 10,
        returns=LONG_RETURNS if given.long else RETURNS,
        reward_envs=8 if tiny else 4096,
        reward_epochs=2 if tiny else 3000,
        deadline=_START + 60 * given.minutes,
    )
    machine = {device["name"]: device for device in doctor.examine()["devices"]}
    record: Row = {
        "date": datetime.now().astimezone().date().isoformat(),
        "command": " ".join(["python", "benchmarks/gpu.py", *sys.argv[1:]]),
        "machine": {"device": machine[str(torch.device(plan.device))]["description"], **machine},
        "versions": doctor.versions(),
        "imports_seconds": round(_IMPORTED - _START, 1),
        "parts": {part: [] for part in PARTS},
    }
    given.output.parent.mkdir(parents=True, exist_ok=True)
    print(json.dumps({key: record[key] for key in ("machine", "versions", "imports_seconds")}), flush=True)
    for part in sorted(given.part, key=list(PARTS).index):
        for row in PARTS[part](plan):
            print(part, json.dumps({key: value for key, value in row.items() if key != "curve"}), flush=True)
            record["parts"][part].append(row)
            given.output.write_text(json.dumps(record) + "\n")
        given.output.with_suffix(".md").write_text(table(record))
        draw(record, given.output.with_suffix(".svg"))
    print("\n" + table(record))


if __name__ == "__main__":
    main()
