"""Frictions as PhysX mixes them, drives with the config's gains, and forces on a body against Newton's laws."""

import mujoco
import numpy as np
import pytest
import torch

from gymctl.scene.contacts import contact_forces, net_wrenches, set_ground_friction
from gymctl.scene.drives import set_position_gains

MODEL = """
<mujoco>
  <worldbody>
    <geom name="floor" type="plane" size="5 5 .1" friction=".9"/>
    <body name="box" pos="0 0 1"><freejoint/><geom name="box" size=".1" friction=".6 .02 .001"/>
      <body name="arm"><joint name="arm" axis="0 1 0"/><geom name="arm" size=".1" pos=".3 0 0" friction="1.4"/></body>
    </body>
  </worldbody>
  <actuator><position name="arm" joint="arm" kp="1" forcerange="-3 3"/></actuator>
</mujoco>
"""


def test_friction_on_the_ground_is_the_mean_and_the_robots_geoms_decide_it():
    spec = mujoco.MjSpec.from_string(MODEL)
    set_ground_friction(spec, 1.0)
    model = spec.compile()
    assert model.geom_friction[:, 0].tolist() == pytest.approx([0.9, 0.8, 1.2])
    assert model.geom("box").friction[1:].tolist() == [0.02, 0.001]
    assert model.geom_priority.tolist() == [0, 1, 1]


def test_a_drive_with_gains_is_a_clipped_spring_and_damper():
    spec = mujoco.MjSpec.from_string(MODEL)
    set_position_gains(spec, stiffness=20.0, damping=2.0)
    model = spec.compile()
    data = mujoco.MjData(model)
    for target, angle, speed in ((0.1, 0.05, 0.2), (1.0, 0.0, 0.0), (0.0, 0.1, 5.0)):
        data.ctrl[:], data.qpos[7:], data.qvel[6:] = target, angle, speed
        mujoco.mj_forward(model, data)
        assert data.actuator_force[0] == pytest.approx(np.clip(20 * (target - angle) - 2 * speed, -3, 3))


def test_sensors_tell_the_opposite_of_what_acts_on_the_body():
    readings = torch.arange(12.0, dtype=torch.float64).view(2, 6)
    forces = contact_forces(readings)
    assert (forces.shape, forces.dtype) == ((2, 2, 3), torch.float32)
    assert forces[1].tolist() == [[-6, -7, -8], [-9, -10, -11]]


def test_the_net_wrench_is_the_change_of_momentum_as_felt_at_a_point():
    half = 0.5**0.5
    quat = torch.tensor([[0.0, 0.0, half, half]])  # body x is the world's y
    spin, inertia = torch.tensor([[1.0, 2.0, 0.0]]), torch.tensor([1.0, 2.0, 3.0])
    acceleration = torch.tensor([[0.0, 4.0, 0.0, 1.0, 0.0, 0.0]])
    (wrench,) = net_wrenches(quat, spin, acceleration, 2.0, inertia, torch.tensor([[0.0, 0.5, 0.0]]))[0]
    assert wrench[:3].tolist() == pytest.approx([8, 0, 0], abs=1e-5)
    # gyroscopic torque is spin × (inertia spin) = 2 about z; half a metre along y the force takes the lever of 4 more
    assert wrench[3:].tolist() == pytest.approx([1, 0, 2 + 4], abs=1e-5)
