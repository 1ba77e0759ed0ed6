"""Where the tests of mujoco_warp run: Warp's CPU device, or the GPU that GYMCTL_WARP_DEVICE names."""

import os

import torch

DEVICE = torch.device(os.environ.get("GYMCTL_WARP_DEVICE", "cpu"))
