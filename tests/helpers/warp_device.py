"""Where the tests of mujoco_warp run: Warp's CPU device, or the GPU that GYMCTL_WARP_DEVICE names."""

import os

import torch

DEVICE = torch.device(os.environ.get("GYMCTL_WARP_DEVICE", "cpu"))


def repeatable(sim):
    """Has mujoco_warp add in the same order in every run, also on a GPU; returns the simulation."""
    if DEVICE.type == "cuda":
        import mujoco_warp as mjw

        sim._model.opt.deterministic = mjw.DeterminismType.ALL
    return sim
