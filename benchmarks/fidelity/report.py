"""Tables for the terminal, a record that holds ratios and names only, and pictures."""

import json
import math
import platform
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from rich.table import Table

from fidelity.comparing import Result, observed, rms, summaries
from fidelity.playing import MODES, Variant
from gymctl.core.files import atomic_write

WORST = 8
"""How many observations of a policy are shown."""
_PACKAGES = ("gymctl", "mujoco", "torch", "rl-games", "numpy")
_NAMES = ("", "policy", "variant")
"""Columns that hold no numbers."""
_NOISE = {"learned": "with noise", "mean": "mean action"}


@dataclass(frozen=True)
class Grid:
    """A table of names and numbers."""

    title: str
    columns: list[str]
    rows: list[list[str]]

    def rich(self) -> Table:
        """For the terminal."""
        table = Table(title=self.title, title_justify="left")
        for column in self.columns:
            table.add_column(column, justify="left" if column in _NAMES else "right")
        for row in self.rows:
            table.add_row(*row)
        return table

    def markdown(self) -> str:
        """For a file."""
        rule = ["---" if column in _NAMES else "---:" for column in self.columns]
        lines = (f"| {' | '.join(cells)} |" for cells in (self.columns, rule, *self.rows))
        return f"## {self.title}\n\n" + "\n".join(lines) + "\n"


def returns(results: Sequence[Result]) -> Grid:
    """Returns and lengths of every policy in every variant, for the terminal."""
    columns = ["policy", "variant", "recorded"]
    for mode in MODES:
        columns += [_NOISE[mode], "length", "ratio"]
    rows = []
    for result in results:
        row = [result.policy.name, result.variant.label, f"{result.policy.mean_return:,.1f}"]
        for mode in MODES:
            played = result.played[mode]
            row += [
                f"{played.mean_return:,.1f} ± {played.error:,.1f}",
                f"{played.length:.0f}",
                f"{result.ratio(mode):.2f}",
            ]
        rows.append(row)
    return Grid("Returns here", columns, rows)


def ratios(results: Sequence[Result]) -> Grid:
    """The same as ratios."""
    columns = ["policy", "variant"]
    for mode in MODES:
        columns += [_NOISE[mode], "length"]
    rows = []
    for result in results:
        row = [result.policy.name, result.variant.label]
        for mode in MODES:
            length = result.length_ratio(mode)
            row += [
                f"{result.ratio(mode):.2f} ± {result.ratio_error(mode):.2f}",
                "" if length is None else f"{length:.2f}",
            ]
        rows.append(row)
    return Grid("Returns and lengths of episodes, here over there", columns, rows)


def summary(results: Sequence[Result]) -> Grid:
    """Medians by task and over tasks, and the lowest task."""
    by_variant = summaries(results)
    columns = [(label, mode, found) for label, modes in by_variant.items() for mode, found in modes.items()]
    baseline = next(iter(by_variant.values()))
    rows = [
        [task, *(_changed(found.tasks[task], baseline[mode].tasks[task]) for _, mode, found in columns)]
        for task in baseline["learned"].tasks
    ]
    rows.append(["median over tasks", *(_changed(found.median, baseline[mode].median) for _, mode, found in columns)])
    rows.append(["lowest task", *(f"{found.lowest} {found.tasks[found.lowest]:.2f}" for _, _, found in columns)])
    titles = [f"{label}: {_NOISE[mode]}" for label, mode, _ in columns]
    return Grid("Return here over there, medians", ["", *titles], rows)


def observations(results: Sequence[Result]) -> list[Grid]:
    """Of each policy the observations that differ most in the baseline, in all variants."""
    grids = []
    for name, by_variant in observed(results).items():
        rows = [[worst.name] for worst in next(iter(by_variant.values()))[:WORST]]
        rows.append(["all, rms"])
        columns = [""]
        for label, found in by_variant.items():
            columns += [f"{label}: spread", f"{label}: shift"]
            by_name = {difference.name: difference for difference in found}
            for row in rows[:-1]:
                difference = by_name.get(row[0])
                row += [f"{difference.spread:+.2f}", f"{difference.shift:+.2f}"] if difference else ["0", "0"]
            rows[-1] += [f"{rms([d.spread for d in found]):.2f}", f"{rms([d.shift for d in found]):.2f}"]
        grids.append(Grid(f"Observations of {name}, with noise: log ratio of spreads, shift in spreads", columns, rows))
    return grids


def record(
    results: Sequence[Result],
    variants: Sequence[Variant],
    skipped: dict[str, str],
    command: str,
    settings: dict[str, Any],
) -> dict[str, Any]:
    """What is kept of a comparison.

    Args:
        results: All of them.
        variants: The baseline first.
        skipped: Why policies weren't played.
        command: That made it.
        settings: What else decides the outcome.
    """
    return {
        "date": date.today().isoformat(),
        "command": command,
        "versions": {"python": platform.python_version(), **{package: version(package) for package in _PACKAGES}},
        **settings,
        "variants": [{"label": v.label, "overrides": v.overrides, "scales": v.scales} for v in variants],
        "summary": {
            label: {
                mode: {
                    "median": _rounded(found.median),
                    "lowest": found.lowest,
                    "tasks": {task: _rounded(ratio) for task, ratio in found.tasks.items()},
                }
                for mode, found in modes.items()
            }
            for label, modes in summaries(results).items()
        },
        "policies": [
            {
                "name": result.policy.name,
                "task": result.policy.task,
                "epoch": result.policy.epoch,
                "variant": result.variant.label,
                **{
                    mode: {
                        "ratio": _rounded(result.ratio(mode)),
                        "error": _rounded(result.ratio_error(mode)),
                        "length_ratio": _rounded(result.length_ratio(mode)),
                        "diverged": result.played[mode].diverged,
                    }
                    for mode in MODES
                },
            }
            for result in results
        ],
        "observations": {
            name: {
                label: {d.name: {"log_spread_ratio": _rounded(d.spread), "shift": _rounded(d.shift)} for d in found}
                for label, found in by_variant.items()
            }
            for name, by_variant in observed(results).items()
        },
        "skipped": skipped,
    }


def write(recorded: dict[str, Any], results: Sequence[Result], directory: Path) -> list[Path]:
    """Writes ``fidelity.json``, ``fidelity.md`` and, where matplotlib is installed, the pictures."""
    facts = {key: recorded[key] for key in ("date", "num_envs", "seed", "max_steps") if recorded[key] is not None}
    parts = [
        "# Fidelity\n",
        f"```\n{recorded['command']}\n```\n",
        ", ".join(f"{key} {value}" for key, value in (facts | recorded["versions"]).items()) + "\n",
        *(grid.markdown() for grid in (summary(results), ratios(results), *observations(results))),
        *(f"Skipped {name}: {reason}.\n" for name, reason in recorded["skipped"].items()),
    ]
    texts = {"fidelity.json": json.dumps(recorded, indent=1) + "\n", "fidelity.md": "\n".join(parts)}
    for name, text in texts.items():
        with atomic_write(directory / name) as temporary:
            temporary.write_text(text)
    paths = [directory / name for name in texts]
    if find_spec("matplotlib"):
        from fidelity import pictures

        paths += [path for path in (pictures.returns(results, directory), pictures.spreads(results, directory)) if path]
    return paths


def _changed(ratio: float, baseline: float) -> str:
    """A ratio, and what it gains over the baseline's."""
    return f"{ratio:.2f}" if ratio == baseline else f"{ratio:.2f} ({ratio - baseline:+.2f})"


def _rounded(value: float | None) -> float | None:
    return None if value is None or not math.isfinite(value) else round(value, 3)
