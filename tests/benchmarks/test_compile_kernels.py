"""Kernels are compiled for a GPU where there is none, and one that can't be is told."""

import math

import pytest

pytest.importorskip("mujoco_warp")

import warp as wp

from benchmarks.compile_kernels import compile_modules, launched_by

pytestmark = pytest.mark.slow


@wp.func_native("return x + nothing_of_that_name;")
def no_cuda(x: float) -> float: ...


@wp.kernel(module="unique")
def faulty(values: wp.array(dtype=float)):
    values[wp.tid()] = no_cuda(1.0)


@pytest.fixture
def cache(tmp_path, monkeypatch):
    wp.init()
    monkeypatch.setattr(wp.config, "kernel_cache_dir", str(tmp_path))
    return tmp_path


@pytest.fixture(scope="module")
def launched():
    return launched_by("Humanoid", num_envs=2)


def test_a_step_launches_modules_of_several_block_sizes(launched):
    names = {name for name, _ in launched}
    assert {"mujoco_warp._src.smooth", "mujoco_warp._src.forward"} <= names
    assert len({block_dim for _, block_dim in launched}) > 1


def test_a_module_is_compiled_for_the_chosen_gpu(launched, cache):
    smallest = min(launched, key=lambda key: (len(launched[key].kernels), key))
    module, before = launched[smallest], launched[smallest].options["block_dim"]
    assert compile_modules({smallest: module}, 90, math.inf) == (1, [])
    assert module.options["block_dim"] == before
    (cubin,) = cache.rglob("*.sm90.cubin")
    assert cubin.read_bytes()[:4] == b"\x7fELF"
    assert cubin.name.startswith(module.get_module_identifier(smallest[1]))  # where a launch of that size looks for it


def test_a_kernel_that_does_not_compile_for_a_gpu_is_told(cache):
    module = faulty.module
    there, failed = compile_modules({(module.name, 256): module}, 90, math.inf)
    assert there == 0
    assert len(failed) == 1
    assert failed[0].startswith(module.name)
    assert not list(cache.rglob("*.cubin"))


def test_time_is_kept(launched, cache):
    assert compile_modules(launched, 90, -math.inf) == (0, [])
