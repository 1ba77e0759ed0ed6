"""From measured parts to medians and ratios, a table and pictures."""

from collections import defaultdict
from pathlib import Path
from statistics import median
from typing import Any

import matplotlib.pyplot as plt

OURS = "gymctl"
TARGETS = (
    # what, numerator over denominator within one setting, at least
    ("simulation", "EnvPool sync", 1.0),
    ("simulation", "EnvPool async", 1.0),
    ("training", "rl_games over EnvPool", 1.0),
    ("training", "Stable-Baselines3, DummyVecEnv", 2.5),
)


def summary(parts: dict[str, dict[str, Any]]) -> dict[str, dict[str, dict[str, Any]]]:
    """Medians over rounds, by setting (``simulation/Ant/64``) and contender.

    ``steps_per_second`` is a median; ``gymctl_ratio`` is the median of our rate over theirs, round by round.
    """
    rounds: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for name, part in parts.items():
        for contender, rates in part.get("rounds", {}).items():
            rounds[_setting(name)][contender] += rates
    return {
        setting: {
            contender: {
                "steps_per_second": round(median(rates)),
                "gymctl_ratio": round(median(a / b for a, b in zip(by_name[OURS], rates, strict=True)), 3),
                "rounds": len(rates),
            }
            for contender, rates in by_name.items()
        }
        for setting, by_name in rounds.items()
    }


def targets(summarised: dict[str, dict[str, dict[str, Any]]]) -> list[dict[str, Any]]:
    """How we stand to each target, by setting."""
    return [
        {
            "setting": setting,
            "against": contender,
            "ratio": by_name[contender]["gymctl_ratio"],
            "target": target,
            "met": by_name[contender]["gymctl_ratio"] >= target,
        }
        for kind, contender, target in TARGETS
        for setting, by_name in summarised.items()
        if setting.startswith(kind) and contender in by_name
    ]


def table(results: dict[str, Any]) -> str:
    """The summary as Markdown."""
    lines = []
    for setting, by_name in results["summary"].items():
        lines += [f"\n{setting}", "", "| | env steps/s | gymctl is faster by |", "|---|---:|---:|"]
        for name, row in by_name.items():
            ratio = "" if name == OURS else f"{row['gymctl_ratio']:.2f} ×"
            lines.append(f"| {name} | {row['steps_per_second']:,} | {ratio} |")
    noisy = {name: part["others_cpu"] for name, part in results["parts"].items() if part.get("others_cpu", 0.0) > 0.05}
    if noisy:
        lines += ["", "measured while other processes used the CPU, do these again:"]
        lines += [f"  {name}  {share:.0%}" for name, share in noisy.items()]
    return "\n".join(lines)


def plot(results: dict[str, Any], directory: Path) -> list[Path]:
    """Draws env steps a second against the number of envs, a picture a robot, and the trainings as bars."""
    curves: dict[str, dict[str, list[tuple[int, int]]]] = defaultdict(lambda: defaultdict(list))
    bars: dict[str, dict[str, int]] = {}
    for setting, by_name in results["summary"].items():
        kind, robot, size = setting.split("/")
        rates = {name: row["steps_per_second"] for name, row in by_name.items() if name != f"{OURS} again"}
        if kind == "training":
            bars[f"{robot}, {size}"] = rates
        else:
            for name, rate in rates.items():
                if kind == "simulation" or name != OURS:
                    curves[robot][name].append((int(size), rate))
    cpu = f"{results['machine']['cpu']}, {results['machine']['cores']} cores"
    paths = [_plot_curves(robot, by_name, cpu, directory) for robot, by_name in curves.items()]
    return paths + ([_plot_bars(bars, cpu, directory)] if bars else [])


def _plot_curves(robot: str, curves: dict[str, list[tuple[int, int]]], cpu: str, directory: Path) -> Path:
    figure, axes = plt.subplots(figsize=(6.5, 4), layout="constrained")
    for name, points in curves.items():
        axes.plot(*zip(*sorted(points), strict=True), marker="o", label=name, linewidth=2.5 if name == OURS else 1.2)
    axes.set(xscale="log", yscale="log", xlabel="envs", ylabel="env steps / s", title=f"Gymnasium's {robot}, {cpu}")
    ticks = sorted({envs for points in curves.values() for envs, _ in points})
    axes.set_xticks(ticks, [f"{envs:,}" for envs in ticks], rotation=30)
    axes.minorticks_off()
    axes.grid(alpha=0.3)
    axes.legend(fontsize="small")
    return _save(figure, directory / f"compare_{robot.lower()}.svg")


def _plot_bars(bars: dict[str, dict[str, int]], cpu: str, directory: Path) -> Path:
    sizes = [len(rates) for rates in bars.values()]
    figure, rows = plt.subplots(
        len(bars), figsize=(6.5, 1.2 + 0.35 * sum(sizes)), height_ratios=sizes, layout="constrained", squeeze=False
    )
    for axes, (title, rates) in zip(rows[:, 0], bars.items(), strict=True):
        names = list(reversed(rates))
        axes.barh(
            names, [rates[name] for name in names], color=["C0" if name.startswith(OURS) else "C7" for name in names]
        )
        axes.set(title=f"{title}, {cpu}", xlabel="env steps / s of whole training")
        axes.grid(axis="x", alpha=0.3)
    return _save(figure, directory / "compare_training.svg")


def _save(figure: plt.Figure, path: Path) -> Path:
    figure.savefig(path)
    plt.close(figure)
    return path


def _setting(part: str) -> str:
    """Rounds of a training are parts of their own, of one setting."""
    return part.rpartition("/")[0] if part.startswith("training/") else part
