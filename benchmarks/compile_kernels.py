"""Compiles mujoco_warp's kernels for a GPU on a machine that has none.

    python benchmarks/compile_kernels.py kernels                       # for an H100: sm_90
    python benchmarks/compile_kernels.py kernels --arch 89 --tasks Ant --minutes 5
    WARP_CACHE_PATH=kernels gymctl train Ant                           # there: nothing is compiled

Without that, the first step on a fresh machine takes minutes. A step of each task is gone through as on a GPU, without
launching anything; what would have been launched is compiled, each module with the block sizes that it is launched
with. Kernels that are there already are left as they are.
"""

import argparse
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

import torch

TASKS = ("Ant", "Humanoid", "AnymalTerrain")
_SM_COUNT = 132
"""Of an H100; it decides how many blocks are launched, not which kernels."""


class _LikeCuda:
    """Warp's CPU device, as mujoco_warp looks at it to choose kernels for a GPU."""

    is_cuda, is_cpu, is_capturing, sm_count = True, False, False, _SM_COUNT

    def __init__(self, device: Any) -> None:
        self._device = device

    def __getattr__(self, name: str) -> Any:
        return getattr(self._device, name)


@contextmanager
def noted_launches() -> Iterator[dict[tuple[str, int], Any]]:
    """Notes what would be launched on a GPU and launches nothing: modules by name and block size."""
    import warp as wp

    noted: dict[tuple[str, int], Any] = {}

    def note(kernel: Any, *_: Any, block_dim: int | None = None, **__: Any) -> None:
        size = block_dim if block_dim and block_dim > 0 else 256  # what Warp takes for it on a GPU
        noted.setdefault((kernel.module.name, size), kernel.module)

    def once(condition: Any, while_body: Any = None, on_true: Any = None, **arguments: Any) -> None:
        (while_body or on_true)(**arguments)

    replaced = {"launch": note, "launch_tiled": note, "capture_while": once, "capture_if": once}
    unasked = {"get_suggested_block_size": lambda *_: (256, _SM_COUNT), "is_mempool_enabled": lambda *_: False}
    with mock.patch.multiple(wp, **replaced, **unasked):
        yield noted


@contextmanager
def as_on_a_gpu() -> Iterator[None]:
    """Has mujoco_warp choose kernels for a GPU."""
    import warp as wp

    cpu = wp.get_device("cpu")
    cuda = _LikeCuda(cpu)
    own = mock.patch("warp._src.context.get_device", return_value=cpu)  # which Warp itself asks
    with mock.patch.object(wp, "get_device", return_value=cuda), own:
        yield


def launched_by(task: str, num_envs: int = 16) -> dict[tuple[str, int], Any]:
    """The modules that training a task launches, by name and block size.

    Args:
        task: Its name.
        num_envs: How many envs are built to find out; which kernels there are doesn't depend on it.
    """
    from gymctl.config import compose
    from gymctl.envs import factory

    config = compose(task, settings={"num_envs": num_envs, "physics_engine": "mujoco_warp", "sim_device": "cpu"})
    with noted_launches() as noted:
        env = factory.make(config)
        env.sim.prefers_masks = True
        with as_on_a_gpu():
            env.reset()
            env.step(torch.zeros(num_envs, env.task.num_actions))
    return noted


def compile_modules(modules: dict[tuple[str, int], Any], arch: int, deadline: float) -> tuple[int, list[str]]:
    """Compiles modules into Warp's cache.

    Args:
        modules: By name and block size.
        arch: The GPU's architecture, as 90.
        deadline: When to begin no more, by `time.monotonic`.

    Returns:
        How many are there, and for each that can't be compiled its name and the first line of why.
    """
    import warp as wp

    there, failed = 0, []
    for number, ((name, block_dim), module) in enumerate(modules.items(), 1):
        if time.monotonic() > deadline:
            break
        before, module.options["block_dim"] = module.options["block_dim"], block_dim
        start = time.monotonic()
        try:
            wp.compile_aot_module(module, arch=arch, use_ptx=False)
            there += 1
        except Exception as error:  # NVRTC's messages come as several types
            failed.append(f"{name}: {str(error).strip().partition(chr(10))[0]}")
        finally:
            module.options["block_dim"] = before
        print(f"{number}/{len(modules)} {name}, {block_dim} threads: {time.monotonic() - start:.1f} s", flush=True)
    return there, failed


def main() -> int:
    """Compiles what the chosen tasks need."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("output", type=Path, help="directory for the kernels; on the GPU machine, WARP_CACHE_PATH")
    parser.add_argument("--arch", type=int, default=90, help="90 for H100 and H200, 89 for RTX 40xx, 80 for A100")
    parser.add_argument("--tasks", nargs="+", default=list(TASKS))
    parser.add_argument("--minutes", type=float, default=60.0, help="after which no more is begun")
    given = parser.parse_args()
    deadline = time.monotonic() + 60 * given.minutes
    given.output.mkdir(parents=True, exist_ok=True)
    os.environ["WARP_CACHE_PATH"] = str(given.output.absolute())
    modules: dict[tuple[str, int], Any] = {}
    for task in given.tasks:
        found = launched_by(task)
        print(f"{task}: {len(found)} modules, {len(found.keys() - modules.keys())} of them new", flush=True)
        modules |= found
    there, failed = compile_modules(modules, given.arch, deadline)
    size = sum(file.stat().st_size for file in given.output.rglob("*.cubin"))
    print(f"{there} of {len(modules)} modules for sm_{given.arch} in {given.output}, {size / 2**20:.1f} MiB of cubins")
    for line in failed:
        print(f"can't be compiled: {line}", file=sys.stderr)
    if not failed and there < len(modules):
        print("time is up: run it again, and it goes on", file=sys.stderr)
    return int(bool(failed) or there < len(modules))


if __name__ == "__main__":
    sys.exit(main())
