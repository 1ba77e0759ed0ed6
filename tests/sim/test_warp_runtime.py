"""Warp is ready for a GPU by itself, whoever touches it first."""

import subprocess
import sys

import pytest

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
