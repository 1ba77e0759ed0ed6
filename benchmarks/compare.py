"""Measures gymctl beside EnvPool, Gymnasium's vector envs, MJX, Stable-Baselines3 and a plain PPO, on this CPU.

    pip install -c constraints.txt -r benchmarks/requirements.txt
    python benchmarks/compare.py                           # everything: about an hour
    python benchmarks/compare.py --only 'simulation/Ant/*' # some parts; the rest stays as it was
    python benchmarks/compare.py --quick                   # a few minutes, for a first idea, recorded elsewhere

Every part is written to ``compare.json`` as soon as it is measured; the pictures and the table come last.
"""

import argparse
import json
import os
import platform
import tempfile
import time
from datetime import date
from fnmatch import fnmatch
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from comparison import parts, report

from gymctl.core.files import atomic_write

PACKAGES = (
    *("gymctl", "mujoco", "torch", "rl-games", "numpy", "gymnasium"),
    *("envpool", "stable-baselines3", "mujoco-mjx", "jax"),
)


def main() -> None:
    """Measures the chosen parts and reports all that are recorded."""
    arguments = _arguments()
    arguments.output.mkdir(parents=True, exist_ok=True)
    record = arguments.output / "compare.json"
    results: dict[str, Any] = json.loads(record.read_text()) if record.exists() else {"parts": {}}
    known = parts.parts(quick=arguments.quick)
    chosen = {name: part for name, part in known.items() if any(fnmatch(name, only) for only in arguments.only)}
    if arguments.list:
        print("\n".join(chosen))
        return
    for number, (name, part) in enumerate(chosen.items(), 1):
        print(f"[{number}/{len(chosen)}] {name}", flush=True)
        start = time.perf_counter()
        measured = part()
        seconds = round(time.perf_counter() - start, 1)
        results["parts"][name] = {"date": date.today().isoformat(), "seconds": seconds, **measured}
        results |= {"machine": _machine(), "versions": _versions()}
        _write(record, _in_order(results, known))
    results |= {"summary": report.summary(results["parts"])}
    results |= {"targets": report.targets(results["summary"])}
    _write(record, _in_order(results, known))
    pictures = report.plot(results, arguments.output)
    print(report.table(results))
    print("\nwrote", *(path.name for path in (record, *pictures)), "to", arguments.output)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", default=["*"], metavar="PATTERN", help="names of parts, with wildcards")
    parser.add_argument("--list", action="store_true", help="print the chosen parts, measure nothing")
    parser.add_argument("--quick", action="store_true", help="few rounds, few envs")
    parser.add_argument("--output", type=Path, help="directory of the record; default beside this file")
    arguments = parser.parse_args()
    quick_directory = Path(tempfile.gettempdir()) / "gymctl_compare"
    arguments.output = arguments.output or (quick_directory if arguments.quick else Path(__file__).parent)
    return arguments


def _in_order(results: dict[str, Any], known: dict[str, Any]) -> dict[str, Any]:
    order = list(known)
    by_name = sorted(
        results["parts"].items(), key=lambda item: order.index(item[0]) if item[0] in order else len(order)
    )
    results["parts"] = dict(by_name)
    return {key: results[key] for key in ("machine", "versions", "targets", "summary", "parts") if key in results}


def _write(path: Path, results: dict[str, Any]) -> None:
    with atomic_write(path) as temporary:
        temporary.write_text(json.dumps(results, indent=1) + "\n")


def _machine() -> dict[str, Any]:
    lines = Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").exists() else []
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return {"cpu": models[0] if models else platform.processor(), "cores": os.cpu_count(), "os": platform.platform()}


def _versions() -> dict[str, str]:
    found = {"python": platform.python_version()}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "not installed"
    return found


if __name__ == "__main__":
    main()
