"""Interpolating rotations."""

import math

import pytest
import torch

from gymctl.sim.rotations import slerp


def about_z(angle):
    return torch.tensor([math.cos(angle / 2), 0.0, 0.0, math.sin(angle / 2)])


@pytest.mark.parametrize("angle", [0.0, 1e-5, 1e-3, 1.0, 3.0])
@pytest.mark.parametrize("part", [0.0, 0.25, 1.0])
def test_slerp_turns_evenly(angle, part):
    between = slerp(about_z(0.3), about_z(0.3 + angle), torch.tensor([part]))
    torch.testing.assert_close(between, about_z(0.3 + part * angle), atol=1e-6, rtol=0)


def test_slerp_takes_the_shorter_way():
    torch.testing.assert_close(slerp(about_z(0.0), -about_z(1.0), torch.tensor([0.5])), about_z(0.5))
