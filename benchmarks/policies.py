"""Trains the policies that come with gymctl, and puts the best of each task into the package.

    python benchmarks/policies.py Ant Humanoid --seeds 42 1     # trains what isn't there yet, then packs
    python benchmarks/policies.py --pack runs/Ant_2026-01-31_12-00-00

A training is that of `gymctl train TASK --seed S`, in ``runs/policies``; one that was stopped goes on. The best
checkpoint of each is played in 256 episodes without noise. The best of those is packed: without its optimizer, with the
config, how it was trained, and what it got.
"""

import argparse
import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import torch

from gymctl.policies.checkpoints.loading import load_checkpoint
from gymctl.policies.networks.amp import NORMALISER
from gymctl.policies.packaged import PRETRAINED
from gymctl.runs.checkpoint_names import OWN_KEYS
from gymctl.runs.directory import Run

ROOT = Path(__file__).parents[1]
PACKAGED = ROOT / "gymctl" / "policies" / PRETRAINED
TASKS = ("Ant", "Anymal", "AnymalTerrain", "BallBalance", "Cartpole", "Humanoid", "Ingenuity", "Quadcopter")
EPISODES = 256
_KEPT = ("model", "epoch", "frame", "last_mean_rewards", "env_state", NORMALISER, *OWN_KEYS)
_TOLD = ("task", "name", "seed", "physics", "task_version", "engine", "sim_device", "rl_device", "versions")
_MEASURED = ("epochs", "env_steps", "wall_seconds", "best_reward", "best_epoch", "status", "started", "segments")


def train(task: str, seed: int, runs_dir: Path, device: str) -> Path:
    """Trains, or goes on with a training that was stopped; gives the run."""
    name = f"{task}_seed{seed}"
    there = sorted(runs_dir.glob(f"{name}_2*"))
    if there and Run(there[-1]).manifest().get("status") == "completed":
        return there[-1]
    where = ["--resume", str(there[-1])] if there else [task, "--experiment", name, "--seed", str(seed)]
    command = ["train", *where, "--runs-dir", str(runs_dir), "--device", device]
    subprocess.run([sys.executable, "-m", "gymctl", *command], cwd=ROOT, check=True)
    return sorted(runs_dir.glob(f"{name}_2*"))[-1]


def evaluate(task: str, run: Path) -> dict[str, Any]:
    """Plays a run's best checkpoint on the CPU, without noise."""
    envs = ["--num-envs", str(EPISODES), "--episodes", str(EPISODES), "--device", "cpu", "--json", "-q"]
    command = [sys.executable, "-m", "gymctl", "play", task, str(run), *envs]
    return json.loads(subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout)


def pack(path: Path, evaluation: dict[str, Any]) -> None:
    """Writes a run's best checkpoint, config and manifest into the package."""
    run = Run(path)
    manifest, task = run.manifest(), run.task()
    place = Run(PACKAGED / task)
    shutil.rmtree(place.path, ignore_errors=True)
    place.nn_dir.mkdir(parents=True)
    checkpoint = load_checkpoint(run.nn_dir / f"{run.experiment}.pth")
    torch.save({key: checkpoint[key] for key in _KEPT if key in checkpoint}, place.nn_dir / f"{task}.pth")
    place.config_path.write_text(run.config_path.read_text())
    told = {key: manifest[key] for key in (*_TOLD, *_MEASURED) if key in manifest}
    told["segments"] = [
        {key: value for key, value in segment.items() if key not in ("command", "git")} for segment in told["segments"]
    ]
    settings = [word for word in manifest["command"] if word.startswith(("task.env.", "train.params."))]
    command = ["gymctl", "train", task, "--seed", str(manifest["seed"]), *settings]
    measured = {key: evaluation[key] for key in ("episodes", "reward", "length", "engine", "seed")}
    told |= {"schema_version": manifest["schema_version"], "command": command, "evaluation": measured}
    place.manifest_path.write_text(json.dumps(told, indent=1) + "\n")


def main() -> None:
    """Trains and packs."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tasks", nargs="*", metavar="TASK", help=f"default: {', '.join(TASKS)}")
    parser.add_argument("--seeds", nargs="+", type=int, default=[42, 1])
    parser.add_argument("--device", default="auto")
    parser.add_argument("--runs-dir", type=Path, default=ROOT / "runs" / "policies")
    parser.add_argument("--pack", nargs="+", type=Path, metavar="RUN", help="packs these runs, and trains nothing")
    given = parser.parse_args()
    runs: dict[str, list[Path]] = {}
    for path in given.pack or ():
        runs.setdefault(Run(path).task(), []).append(path.absolute())
    for task in () if given.pack else given.tasks or TASKS:
        runs[task] = [train(task, seed, given.runs_dir.absolute(), given.device) for seed in given.seeds]
    for task, paths in runs.items():
        evaluations = {path: evaluate(task, path) for path in paths}
        best = max(paths, key=lambda path: evaluations[path]["reward"]["mean"])
        pack(best, evaluations[best])
        reward = evaluations[best]["reward"]
        print(f"{task}: {best.name}, {reward['mean']:,.1f}, 95 % interval {reward['ci95']}")


if __name__ == "__main__":
    main()
