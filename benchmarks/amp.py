"""Draws how a training with adversarial motion priors went: episodes, style reward and discriminator in one picture.

    gymctl train HumanoidAMP task.env.motion_file=amp_humanoid_walk
    python benchmarks/amp.py runs/HumanoidAMP_2026-01-31_12-00-00 --name HumanoidAMP_walk_style

writes ``benchmarks/learning/<name>.json`` and ``.svg``. Another training's curves can stand beside them: a CSV file
with the columns epoch, length, disc_reward_mean, disc_agent_acc, disc_demo_acc and disc_grad_penalty, and how many env
steps its epochs had.
"""

import argparse
import csv
import json
from pathlib import Path
from typing import NamedTuple

import matplotlib.pyplot as plt

from gymctl.runs.directory import Run
from gymctl.runs.history import read_history

HERE = Path(__file__).parent / "learning"


class Panel(NamedTuple):
    """One of the picture's."""

    tag: str
    """Of TensorBoard."""
    column: str
    """Of a CSV file."""
    title: str
    scale: str = "linear"


PANELS = (
    Panel("episode_lengths/step", "length", "episode length [control steps of 300]"),
    Panel("info/disc_reward_mean", "disc_reward_mean", "style reward of a step"),
    Panel("info/disc_agent_acc", "disc_agent_acc", "discriminator right on the policy's motions"),
    Panel("info/disc_demo_acc", "disc_demo_acc", "discriminator right on demonstrations"),
    Panel("info/disc_grad_penalty", "disc_grad_penalty", "gradient penalty", "log"),
)
Curves = dict[str, tuple[list[float], list[float]]]
"""By a panel's column, env steps and values."""


def of_run(run: Run) -> Curves:
    """A run's."""
    history = read_history(run)
    curves = {panel.column: history.curve(panel.tag) for panel in PANELS}
    return {name: ([*map(float, curve.env_steps)], curve.values) for name, curve in curves.items()}


def of_csv(path: Path, steps: int) -> Curves:
    """Those in a CSV file, whose epochs had so many env steps."""
    with path.open() as file:
        rows = list(csv.DictReader(file))
    env_steps = [float(row["epoch"]) * steps for row in rows]
    return {panel.column: (env_steps, [float(row[panel.column]) for row in rows]) for panel in PANELS}


def main() -> None:
    """Reads a run, draws it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", type=Path)
    parser.add_argument("--name", required=True, help="of the files")
    parser.add_argument("--beside", type=Path, help="a CSV file")
    parser.add_argument("--beside-name", default="another training", help="what the legend calls it")
    parser.add_argument("--beside-steps", type=int, default=65_536, help="env steps of an epoch there")
    arguments = parser.parse_args()
    drawn = {"gymctl": of_run(Run(arguments.run))}
    kept = {
        name: {"env_steps": x, "values": [float(f"{v:.4g}") for v in y]} for name, (x, y) in drawn["gymctl"].items()
    }
    (HERE / f"{arguments.name}.json").write_text(json.dumps(kept) + "\n")
    if arguments.beside:
        drawn[arguments.beside_name] = of_csv(arguments.beside, arguments.beside_steps)
    figure, axes = plt.subplots(len(PANELS), figsize=(7, 2.2 * len(PANELS)), sharex=True, layout="constrained")
    for axis, panel in zip(axes, PANELS, strict=True):
        for name, curves in drawn.items():
            env_steps, values = curves[panel.column]
            axis.plot([steps / 1e6 for steps in env_steps], values, label=name, linewidth=1)
        axis.set(title=panel.title, yscale=panel.scale)
        axis.grid(alpha=0.3)
    axes[-1].set(xlabel="env steps [millions]")
    axes[0].legend()
    figure.savefig(HERE / f"{arguments.name}.svg")


if __name__ == "__main__":
    main()
