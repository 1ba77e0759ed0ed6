"""Records how a training went: its curve as data and picture, its settings, and when it passed given returns.

    gymctl train Ant --num-envs 1024
    python benchmarks/learning.py runs/Ant_2026-01-31_12-00-00 --passed 3000 4500

writes ``benchmarks/learning/<name>.json`` and ``.svg``. Wall time counts from the start of the run.

"""

import argparse
import json
import os
import platform
from pathlib import Path

import matplotlib.pyplot as plt

from gymctl.runs.directory import Run
from gymctl.runs.history import REWARD, read_history

HERE = Path(__file__).parent / "learning"


def curve(run: Run) -> dict[str, list[float]]:
    """Env steps, seconds, mean return and mean length of every epoch after which an episode had ended."""
    history = read_history(run)
    rewards, lengths = history.curve(REWARD), history.curve("episode_lengths/step")
    assert history.began is not None  # else there would be no curve
    before = history.began - run.started().timestamp()
    return {
        "env_steps": rewards.env_steps,
        "seconds": [round(before + seconds, 2) for seconds in rewards.seconds],
        "return": [round(value, 2) for value in rewards.values],
        "length": [round(value, 1) for value in lengths.values],
    }


def passed(data: dict[str, list[float]], reward: float) -> dict[str, float] | None:
    """Where the mean return first reached a value."""
    index = next((i for i, value in enumerate(data["return"]) if value >= reward), None)
    return None if index is None else {"env_steps": data["env_steps"][index], "seconds": data["seconds"][index]}


def main() -> None:
    """Reads a run, writes its record."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", type=Path)
    parser.add_argument("--name", help="of the record; default the run's experiment")
    parser.add_argument("--passed", type=float, nargs="*", default=[])
    parser.add_argument("--command", help="that made the run, if it was resumed since")
    parser.add_argument("--note", default="", help="what else to know")
    arguments = parser.parse_args()
    run, data = Run(arguments.run), curve(Run(arguments.run))
    manifest = run.manifest()
    record = {
        "date": manifest["started"][:10],
        "command": arguments.command or " ".join(["gymctl", *manifest["command"][1:]]),
        "machine": {"cpu": _cpu(), "cores": os.cpu_count(), "device": manifest["rl_device"]},
        "versions": manifest["versions"],
        **{key: manifest[key] for key in ("seed", "epochs", "frames", "reward_mean", "best_reward", "wall_seconds")},
        "passed": {f"{reward:g}": passed(data, reward) for reward in arguments.passed},
        "note": arguments.note,
        "curve": data,
    }
    name = arguments.name or run.experiment
    (HERE / f"{name}.json").write_text(json.dumps(record) + "\n")
    figure, axes = plt.subplots(figsize=(6, 3.5), layout="constrained")
    axes.plot([steps / 1e6 for steps in data["env_steps"]], data["return"])
    axes.set(xlabel="env steps [millions]", ylabel="mean return of the last 100 episodes", title=record["command"])
    axes.grid(alpha=0.3)
    figure.savefig(HERE / f"{name}.svg")
    print(json.dumps({key: value for key, value in record.items() if key != "curve"}, indent=2))


def _cpu() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").exists() else []
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return models[0] if models else platform.processor()


if __name__ == "__main__":
    main()
