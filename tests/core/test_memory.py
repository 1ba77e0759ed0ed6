"""How much memory there is: machine, containers of both kinds, and limits of the process."""

import errno
import subprocess
import sys

import pytest

from gymctl.core.memory import available, bounded_memory, is_out_of_memory

GIB = 2**30


def machine(root, cgroup):
    (root / "proc" / "self").mkdir(parents=True)
    (root / "proc" / "meminfo").write_text(f"MemTotal: {32 * 2**20} kB\nMemAvailable: {20 * 2**20} kB\n")
    (root / "proc" / "self" / "cgroup").write_text(cgroup)


def test_a_machine_without_limits_has_what_is_free(tmp_path):
    machine(tmp_path, "0::/user\n")
    assert available(tmp_path) == 20 * GIB


def test_a_container_has_what_its_group_leaves(tmp_path):
    machine(tmp_path, "0::/job\n")
    group = tmp_path / "sys/fs/cgroup/job"
    group.mkdir(parents=True)
    (group / "memory.max").write_text(str(8 * GIB))
    (group / "memory.current").write_text(str(3 * GIB))
    (group / "memory.stat").write_text(f"anon 1\ninactive_file {GIB}\n")
    assert available(tmp_path) == 6 * GIB  # the file cache is given back


def test_the_narrowest_of_nested_groups_counts(tmp_path):
    machine(tmp_path, "0::/outer/inner\n")
    for name, limit in (("outer", 4), ("outer/inner", 9)):
        group = tmp_path / "sys/fs/cgroup" / name
        group.mkdir(parents=True, exist_ok=True)
        (group / "memory.max").write_text(str(limit * GIB))
        (group / "memory.current").write_text(str(GIB))
    assert available(tmp_path) == 3 * GIB


def test_groups_of_version_1_are_understood(tmp_path):
    machine(tmp_path, "5:cpu,cpuacct:/x\n4:memory:/job\n")
    group = tmp_path / "sys/fs/cgroup/memory/job"
    group.mkdir(parents=True)
    (group / "memory.limit_in_bytes").write_text(str(2 * GIB))
    (group / "memory.usage_in_bytes").write_text(str(GIB))
    (group.parent / "memory.limit_in_bytes").write_text("9223372036854771712")
    (group.parent / "memory.usage_in_bytes").write_text(str(GIB))
    assert available(tmp_path) == GIB


def test_where_the_system_says_nothing_nothing_is_known(tmp_path):
    assert available(tmp_path) is None


def test_memory_beyond_a_budget_is_refused_and_the_limit_lifted_afterwards():
    code = """
from gymctl.core.memory import bounded_memory
try:
    with bounded_memory(100_000_000):
        bytearray(400_000_000)
except MemoryError:
    bytearray(400_000_000)
    print("refused, then given")
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "refused, then given\n"
    with bounded_memory(10**9):
        pass


@pytest.mark.parametrize(
    ("error", "is_one"),
    [
        (MemoryError(), True),
        (OSError(errno.ENOMEM, "Cannot allocate memory"), True),
        (ImportError("libtorch.so: failed to map segment from shared object"), True),
        (RuntimeError("DefaultCPUAllocator: can't allocate memory"), True),
        (OSError(errno.ENOSPC, "No space left on device"), False),
        (ImportError("no module named x"), False),
    ],
)
def test_an_allocation_that_failed_is_known_whoever_says_it(error, is_one):
    assert is_out_of_memory(error) == is_one
