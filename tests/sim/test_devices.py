"""The engine and devices that a machine has."""

import os
import subprocess
import sys

import pytest
import torch

from gymctl.core.errors import BackendError, InputError
from gymctl.sim.devices import Backend, make_current, resolve

CPU = torch.device("cpu")


@pytest.fixture
def no_gpu(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 0)


@pytest.fixture
def two_gpus(monkeypatch):
    """As far as PyTorch can tell."""
    monkeypatch.setattr(torch.version, "cuda", "13.0")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)


@pytest.fixture
def two_gpus_for_warp(two_gpus, monkeypatch):
    """As far as Warp can tell, too."""
    warp = pytest.importorskip("warp")
    monkeypatch.setattr(warp, "get_cuda_device_count", lambda: 2)


@pytest.fixture
def no_mujoco_warp(monkeypatch):
    monkeypatch.setitem(sys.modules, "mujoco_warp", None)


def test_without_a_gpu_the_automatic_choice_is_mujoco_on_the_cpu(no_gpu):
    assert resolve() == Backend("mujoco", CPU, CPU)
    assert resolve(sim_device="cpu") == Backend("mujoco", CPU, CPU)


def test_with_a_gpu_the_automatic_choice_is_mujoco_warp_on_it(two_gpus_for_warp):
    first, second = torch.device("cuda:0"), torch.device("cuda:1")
    assert resolve() == resolve(sim_device="cuda") == Backend("mujoco_warp", first, first)
    assert resolve(sim_device="cuda:1", rl_device="cuda:0") == Backend("mujoco_warp", second, first)
    assert resolve(sim_device="cuda:0", rl_device="cpu") == Backend("mujoco_warp", first, CPU)
    assert resolve("mujoco_warp") == Backend("mujoco_warp", first, first)
    assert resolve(sim_device="cpu") == Backend("mujoco", CPU, CPU)


def test_without_mujoco_warp_the_automatic_choice_is_the_cpu_even_with_a_gpu(two_gpus, no_mujoco_warp):
    assert resolve() == Backend("mujoco", CPU, CPU)


def test_mujoco_keeps_physics_on_the_cpu_and_learns_where_it_was_asked_to(two_gpus):
    assert resolve("mujoco", "cuda:1") == Backend("mujoco", CPU, torch.device("cuda:1"))
    assert resolve("mujoco", "cuda:1", "cuda:0") == Backend("mujoco", CPU, torch.device("cuda:0"))
    assert resolve("mujoco", "cuda:1", "cpu") == Backend("mujoco", CPU, CPU)
    assert resolve("mujoco") == Backend("mujoco", CPU, CPU)


def test_mujoco_warp_runs_on_the_cpu_if_asked_to(no_gpu):
    pytest.importorskip("mujoco_warp")
    assert resolve("mujoco_warp", "cpu") == Backend("mujoco_warp", CPU, CPU)


@pytest.mark.parametrize("engine", ["auto", "mujoco", "mujoco_warp"])
def test_a_gpu_that_is_not_there_is_refused(no_gpu, engine):
    with pytest.raises(BackendError) as error:
        resolve(engine, "cuda:0")
    assert "cuda:0 can't be used" in error.value.what
    assert "--device cpu" in error.value.fix


def test_mujoco_warp_without_a_gpu_is_refused_unless_the_cpu_was_asked_for(no_gpu):
    with pytest.raises(BackendError) as error:
        resolve("mujoco_warp")
    assert "--device cpu" in error.value.fix


def test_a_device_number_that_is_too_high_is_refused(two_gpus):
    with pytest.raises(BackendError, match=r"no cuda:5: this machine has 2"):
        resolve(rl_device="cuda:5")


@pytest.mark.parametrize(("engine", "device"), [("mujoco_warp", "cpu"), ("auto", "cuda:0")])
def test_mujoco_warp_that_is_not_installed_is_refused_with_what_to_install(two_gpus, no_mujoco_warp, engine, device):
    with pytest.raises(BackendError) as error:
        resolve(engine, device)
    assert "[cuda]" in error.value.fix


def test_a_driver_that_is_too_old_for_warp_is_refused(two_gpus, monkeypatch):
    warp = pytest.importorskip("warp")
    monkeypatch.setattr(warp, "get_cuda_device_count", lambda: 0)
    monkeypatch.setattr(warp, "get_cuda_driver_version", lambda: (12, 2))
    with pytest.raises(BackendError) as error:
        resolve(sim_device="cuda:0")
    assert "driver is for 12.2" in error.value.what
    assert "update the NVIDIA driver" in error.value.fix
    assert resolve() == Backend("mujoco", CPU, CPU)


def test_an_unknown_engine_is_bad_input():
    with pytest.raises(InputError, match="physx"):
        resolve("physx")


@pytest.mark.skipif(not hasattr(os, "sched_getaffinity"), reason="the system has no affinity")
def test_cores_are_those_that_the_process_may_use():
    code = "import os; os.sched_setaffinity(0, [min(os.sched_getaffinity(0))]); " + (
        "from gymctl.sim.devices import available_cores; print(available_cores())"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "1\n"


@pytest.mark.parametrize(
    ("sim_device", "rl_device", "current"),
    [("cuda:1", "cuda:1", "cuda:1"), ("cuda:1", "cuda:2", "cuda:2"), ("cpu", "cuda:3", "cuda:3"), ("cpu", "cpu", None)],
)
def test_the_gpu_in_use_is_the_one_that_torch_means(monkeypatch, sim_device, rl_device, current):
    chosen = []
    monkeypatch.setattr(torch.cuda, "set_device", chosen.append)
    make_current(Backend("mujoco_warp", torch.device(sim_device), torch.device(rl_device)))
    assert chosen == ([torch.device(current)] if current else [])
