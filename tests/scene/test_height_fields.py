"""Grids of heights, as robots measure them and as MuJoCo stands on them."""

import mujoco
import numpy as np
import pytest
import torch

from gymctl.scene.height_fields import VERTICAL_SCALE, add_height_fields, lowest_corners, measure_heights

X = 0.1 * torch.tensor([i for i in range(-8, 9) if abs(i) > 1])
Y = 0.1 * torch.tensor([i for i in range(-5, 6) if i])
POINTS = torch.cartesian_prod(X, Y)
"""Those of AnymalTerrain: 14 ahead and behind times 10 at the sides [m]."""


def test_heights_are_measured_around_the_robot_turned_by_its_yaw_alone():
    steps = torch.zeros(460, 460)
    steps[210:] = 100.0  # half a metre higher from x = 1 on
    lowest = lowest_corners(steps)
    pos = torch.zeros(3, 3)
    half = 0.5**0.5
    quat = torch.tensor([[0.0, 0, 0, 1], [0, 0, half, half], [half, 0, 0, half]])  # ahead, left, rolled over
    heights = measure_heights(pos + torch.tensor([0.55, 0.02, 0.6]), quat, POINTS, lowest).view(3, 14, 10)
    assert torch.equal(heights[0] > 0, (torch.arange(14) >= 10)[:, None].expand(14, 10))  # 0.5 m ahead and more
    assert torch.equal(heights[1] > 0, (torch.arange(10) < 1)[None, :].expand(14, 10))  # 0.5 m to its right
    assert torch.equal(heights[2], heights[0])
    assert heights.max() == pytest.approx(0.5)


def test_beyond_the_grid_its_edge_goes_on():
    lowest = lowest_corners(torch.arange(16.0).view(4, 4))
    quat = torch.tensor([[0.0, 0, 0, 1]]).expand(2, 4)
    pos = torch.tensor([[-100.0, -100, 0], [100, 100, 0]])
    heights = measure_heights(pos, quat, torch.zeros(1, 2), lowest)
    assert heights.flatten().tolist() == pytest.approx([0, 10 * VERTICAL_SCALE])


def test_a_plane_is_replaced_by_height_fields_that_touch_as_it_did():
    spec = mujoco.MjSpec.from_string("""
        <mujoco><worldbody>
          <geom name="floor" type="plane" size="1 1 .1" friction=".7" contype="2" conaffinity="4"/>
        </worldbody></mujoco>""")
    heights = np.zeros((450, 210), np.int16)
    heights[300:, 100:] = 60
    add_height_fields(spec, heights, "floor")
    model = spec.compile()
    assert model.nhfield == 3 * 2
    assert (model.geom_type == mujoco.mjtGeom.mjGEOM_HFIELD.value).all()
    assert (model.geom_friction[:, 0] == 0.7).all()
    assert (model.geom_contype == 2).all()
    assert (model.geom_conaffinity == 4).all()
    data, hit = mujoco.MjData(model), np.zeros(1, np.int32)
    mujoco.mj_forward(model, data)
    for x, y, height in ((5.0, 0.5, 0.0), (11.0, -9.0, 0.3), (11.0, -11.0, 0.0)):
        origin, down = np.array([x, y, 5.0]), np.array([0, 0, -1.0])
        distance = mujoco.mj_ray(model, data, origin, down, None, 1, -1, hit)
        assert 5 - distance == pytest.approx(height, abs=1e-6), (x, y)
