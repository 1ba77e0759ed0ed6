"""What `gpu.py` has measured, as a table and a picture beside published figures."""

import json
from pathlib import Path
from typing import Any

Row = dict[str, Any]

ISAAC_GYM = "Isaac Gym, A100"
PUBLISHED: dict[str, Row] = {
    "Ant": {"steps_per_second": 540_000, "seconds_to": {3000: 20, 7000: 100}},
    "Humanoid": {"steps_per_second": 200_000, "seconds_to": {5000: 240}},
}
"""Trainings in the Isaac Gym paper, on an A100."""
ISAAC_LAB = "Isaac Lab 3 on Newton, RTX 5090: 3.0 M env steps/s"


def table(record: Row) -> str:
    """The record for people, as Markdown."""
    machine = record["machine"]
    parts = record["parts"]
    lines = [
        f"{machine['device']}, driver {record['versions'].get('nvidia-driver')}, {record['date']}",
        f"imports took {record['imports_seconds']} s",
        "",
    ]
    keys = ("physics", "env", "train", "published", "recorded", "waits", "first_steps_seconds", "memory_gib")
    rows: dict[tuple[str, int], Row] = {}
    for row in (*parts["check"], *parts["speed"], *parts["training"]):
        if "task" in row:
            key = row["task"], row["num_envs"]
            rows[key] = row | rows.get(key, {})  # the first to run has compiled
    if rows:
        lines += [f"| task | envs | {' | '.join(keys)} |", "|---" * (len(keys) + 2) + "|"]
    for (task, num_envs), row in sorted(rows.items()):
        row = {"published": PUBLISHED.get(task, {}).get("steps_per_second"), **row}
        lines.append(f"| {task} | {num_envs:,} | {' | '.join(_cell(row.get(key)) for key in keys)} |")
    lines += ["", f"physics, env, train: env steps a second; published: training, {ISAAC_GYM}. {ISAAC_LAB}.", ""]
    for row in parts["reward"]:
        lines += [_passed(row), ""]
    for part, given in parts.items():
        lines += [f"{part}: {row['left_out']}" for row in given if "left_out" in row]
        lines += [f"{part}, {row.get('task', '')}: {row['error']}" for row in given if "error" in row]
        lines += [f"{part}: warning: {text}" for row in given for text in row.get("warnings", ())]
    lines += [f"tests: {json.dumps(row)}" for row in parts["parity"] if "left_out" not in row]
    return "\n".join(lines) + "\n"


def draw(record: Row, path: Path) -> None:
    """Draws mean returns over the time since the training was started, building the env included."""
    import matplotlib as mpl

    mpl.use("agg")
    from matplotlib import pyplot as plt

    trained = [row for row in record["parts"]["reward"] if row.get("curve")]
    if not trained:
        return
    figure, axes = plt.subplots(1, len(trained), figsize=(5 * len(trained), 3.6), squeeze=False)
    for axis, row in zip(axes[0], trained, strict=True):
        _, seconds, means = zip(*row["curve"], strict=True)
        axis.plot([row["building_seconds"] + value for value in seconds], means, label="gymctl")
        known = PUBLISHED.get(row["task"], {}).get("seconds_to", {})
        axis.plot(list(known.values()), list(known), "o", label=ISAAC_GYM)
        axis.set(title=f"{row['task']}, {row['num_envs']:,} envs", xlabel="seconds", ylabel="mean return")
        axis.legend()
    figure.tight_layout()
    figure.savefig(path, metadata={"Date": None})
    plt.close(figure)


def _passed(row: Row) -> str:
    if "passed" not in row:
        return ""
    known = PUBLISHED.get(row["task"], {}).get("seconds_to", {})
    told = []
    for value, passed in row["passed"].items():
        theirs = f" ({ISAAC_GYM}: {known[int(value)]} s)" if int(value) in known else ""
        ours = f"{passed['seconds']} s, {passed['env_steps']:,} env steps" if passed else "not reached"
        told.append(f"{value}: {ours}{theirs}")
    return f"{row['task']}, {row['num_envs']:,} envs, trained to a mean return of {'; '.join(told)}"


def _cell(value: Any) -> str:
    return "" if value is None else f"{value:,}" if type(value) is int else str(value)
