"""``python -m tests.hostile [KIND]...`` tries hostile inputs, counts them per kind, and lists what went wrong."""

import argparse
import os
import sys
from collections import Counter

os.environ["OMP_NUM_THREADS"] = "1"  # threads that PyTorch began before a fork are missed, and waited for, after it

from tests.hostile.running import all_cases, failures, sample

parser = argparse.ArgumentParser(prog="python -m tests.hostile", description=__doc__)
parser.add_argument("kinds", nargs="*", metavar="KIND", help="only these; default all")
parser.add_argument("--sample", type=int, metavar="N", help="only N of them, evenly spread")
parser.add_argument("--processes", type=int, default=1, metavar="N", help="so many at a time; default 1")
parser.add_argument("--list", action="store_true", help="only count them")
given = parser.parse_args()

cases = all_cases(given.kinds)
if not cases:
    known = ", ".join(sorted({case.kind for case in all_cases()}))
    sys.exit(f"error: there are no such inputs\n  the kinds are {known}")
there = Counter(case.kind for case in cases)
cases = sample(cases, given.sample) if given.sample else cases
tried, failed = Counter(case.kind for case in cases), Counter()
if not given.list:
    for done, (case, failure) in enumerate(failures(cases, given.processes), start=1):
        if failure is not None:
            failed[case.kind] += 1
            print(f"FAILED {case.kind}: {case.name}\n  " + failure.strip().replace("\n", "\n  "), flush=True)
        if done % 1000 == 0:
            print(f"{done} of {len(cases)}", file=sys.stderr, flush=True)
there["all"], tried["all"], failed["all"] = there.total(), tried.total(), failed.total()
width = max(map(len, there))
for kind, count in sorted(there.items(), key=lambda item: (item[0] == "all", item)):
    told = [f"{count:>5}", f"{tried[kind]:>5} tried" if given.sample else "", f"{failed[kind]:>5} failed"]
    print(f"{kind:<{width}}", *filter(None, told[:1] if given.list else told), sep="  ")
sys.exit(1 if failed["all"] else 0)
