"""Warp is ready for a GPU by itself, whoever touches it first."""

import gc
import subprocess
import sys

import pytest
import torch

PROGRAM = """
from types import SimpleNamespace

import torch

from gymctl.sim.warp_runtime import on_device

gpu = torch.device("cuda:0")
torch.cuda.current_stream = lambda device: SimpleNamespace(device=gpu, cuda_stream=0)
try:
    on_device(gpu)
except AttributeError as error:  # Warp's list of devices isn't made yet
    raise SystemExit(f"not initialised: {error}")
except Exception:  # there is no such GPU here
    pass
"""


def test_warp_knows_its_devices_before_anything_else_has_used_it():
    pytest.importorskip("mujoco_warp")
    ended = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr


def test_no_old_recording_is_deleted_while_one_is_made():
    """On a GPU that would spoil it: a closed env's recordings wait for Python's garbage collector."""
    pytest.importorskip("mujoco_warp")
    from gymctl.sim.warp_runtime import Replay, on_device, wp

    seen = []

    def launches():
        if wp.get_device().is_capturing:
            seen.append(gc.isenabled())

    replay = Replay(launches)
    with on_device(torch.device("cpu")):
        for _ in range(3):
            replay()
    assert seen == [False]
    assert gc.isenabled()
