r"""Plays policies that were trained in the real Isaac Gym, and compares returns and observations with those there.

    python benchmarks/fidelity.py DIR                                   # every policy of a folder
    python benchmarks/fidelity.py DIR --task Ant Anymal --output record # two tasks; as files too
    python benchmarks/fidelity.py DIR --variant 'isaacgym:' --variant 'fast: physics=fast' \
        --variant 'damped: dof_damping*=1.2'                            # hypotheses side by side

The physics is ``isaacgym`` unless a setting says otherwise. The first variant is the baseline. Each policy plays one
episode in every env, with its learned noise, as in the recorded returns, and with its mean action.
"""

import argparse
import os
import shlex
import sys
import time
from importlib.util import find_spec
from pathlib import Path
from typing import NoReturn

import torch
from fidelity import report
from fidelity.comparing import Result
from fidelity.folder import read_folder
from fidelity.playing import MODES, Case, Variant, play, prepare
from rich.console import Console

from gymctl.commands.failures import report_error
from gymctl.config import task_names
from gymctl.core.errors import GymctlError, InputError

_WIDTH = 140
"""Columns of a table that nobody looks at in a terminal."""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """Reports bad usage like any other bad input."""
        raise InputError(message, "--help shows how it is used")


def main() -> None:
    """Plays, prints, and writes what is to be kept."""
    try:
        _compare(_arguments())
    except GymctlError as error:
        report_error(error.what, error.fix)
        sys.exit(error.exit_code)


def _compare(arguments: argparse.Namespace) -> None:
    torch.set_num_threads(1)  # the networks are small, and the simulation has threads of its own
    variants = _variants(arguments)
    policies, skipped = read_folder(arguments.directory, task_names(), arguments.task)
    if arguments.output:
        _make_directory(arguments.output)
    cases = [
        prepare(policy, variant, arguments.num_envs, arguments.seed) for policy in policies for variant in variants
    ]
    _tell(*(f"skipped {name}: {reason}" for name, reason in skipped.items()))
    _tell(*(f"note on {policy.name}: {policy.note}" for policy in policies if policy.note))
    _tell(*dict.fromkeys(_own_settings(case) for case in cases if case.own_settings))
    if arguments.max_steps is not None:
        _tell(f"episodes are cut off after {arguments.max_steps} steps: ratios mean nothing")
    results = [_result(case, f"{number}/{len(cases)}", arguments.max_steps) for number, case in enumerate(cases, 1)]

    console = Console(width=None if sys.stdout.isatty() else _WIDTH)
    for grid in (report.returns(results), *report.observations(results), report.summary(results)):
        console.print(grid.rich())
    if arguments.output:
        settings = {key: getattr(arguments, key) for key in ("num_envs", "seed", "max_steps")}
        recorded = report.record(results, variants, skipped, _command(arguments.directory), settings)
        paths = report.write(recorded, results, arguments.output)
        _tell(f"wrote {', '.join(path.name for path in paths)} to {arguments.output}")
        if not find_spec("matplotlib"):
            _tell("no pictures: matplotlib is not installed")


def _result(case: Case, number: str, max_steps: int | None) -> Result:
    name = f"{case.policy.name}, {case.variant.label}"
    start = time.perf_counter()
    result = Result(case.policy, case.variant, {mode: play(case, mode, max_steps) for mode in MODES})
    ratios = ", ".join(f"{mode} {result.ratio(mode):.2f}" for mode in MODES)
    _tell(f"[{number}] {name}: {ratios} ({time.perf_counter() - start:.0f} s)")
    if diverged := sum(played.diverged for played in result.played.values()):
        _tell(f"{name}: {diverged} episodes ended because their world went non-finite")
    return result


def _own_settings(case: Case) -> str:
    return f"{case.policy.name} has another network than its task's: {' '.join(case.own_settings)}"


def _variants(arguments: argparse.Namespace) -> list[Variant]:
    texts = arguments.variant or ["ours:"]
    variants = [Variant.parse(text, arguments.set, arguments.scale) for text in texts]
    if len({variant.label for variant in variants}) < len(variants):
        raise InputError("two variants have the same label", "give each one of its own")
    return variants


def _arguments() -> argparse.Namespace:
    parser = _Parser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("directory", type=Path, metavar="DIR", help="has manifest.tsv, files/ and maybe statistics/")
    parser.add_argument("--task", nargs="+", default=[], metavar="TASK", help="play policies of these tasks only")
    parser.add_argument("--set", nargs="+", action="extend", default=[], metavar="KEY=VALUE", help="of all variants")
    parser.add_argument(
        "--scale", nargs="+", action="extend", default=[], metavar="FIELD=FACTOR", help="arrays of MjModel, in all"
    )
    parser.add_argument(
        "--variant", action="append", metavar="'LABEL: KEY=VALUE FIELD*=FACTOR'", help="repeat it to compare"
    )
    parser.add_argument("--num-envs", type=_AtLeast(2), default=32, metavar="N", help="episodes a policy; default 32")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--max-steps", type=_AtLeast(1), metavar="N", help="cut episodes off, to try this script")
    parser.add_argument("--output", type=Path, metavar="DIR", help="write fidelity.json, fidelity.md and pictures here")
    return parser.parse_args()


class _AtLeast:
    """Reads an integer from a smallest value up."""

    def __init__(self, smallest: int) -> None:
        self.smallest = smallest

    def __call__(self, text: str) -> int:
        if not text.isdecimal() or int(text) < self.smallest:
            raise argparse.ArgumentTypeError(f"{text!r} is no whole number from {self.smallest} up")
        return int(text)


def _make_directory(path: Path) -> None:
    """Makes sure, before hours of playing, that results can be written."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"can't make '{path}': {error.strerror}", "give another directory to --output") from error
    if not os.access(path, os.W_OK):
        raise InputError(f"can't write to '{path}'", "give another directory to --output")


def _command(directory: Path) -> str:
    """The command line, without where the folder lies on this machine."""
    words = [directory.name if Path(word) == directory else word for word in sys.argv[1:]]
    return shlex.join(["python", "benchmarks/fidelity.py", *words])


def _tell(*lines: str) -> None:
    for line in lines:
        print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
