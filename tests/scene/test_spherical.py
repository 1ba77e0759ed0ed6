"""Hinges merged into spherical joints: coordinates, motors, stops, and the axis that two hinges leave out."""

import mujoco
import numpy as np
import pytest
import torch

from gymctl.scene.blocks import find_block
from gymctl.scene.dofs import Dofs, rotation_quat, rotation_vector
from gymctl.scene.spherical import merge_hinges, set_stops

CPU = torch.device("cpu")
ARM = """
<mujoco>
  <compiler angle="degree" autolimits="true"/>
  <option gravity="0 0 0" timestep=".001" integrator="implicitfast"/>
  <default><joint damping=".5" armature=".01" stiffness="4"/></default>
  <worldbody>
    <body name="root">
      <freejoint/>
      <geom size=".2" density="5000"/>
      <body name="upper" pos="0 0 -.2">
        <joint name="x" axis="-1 0 0" range="-45 15"/>
        <joint name="z" axis="0 0 2" range="-60 35"/>
        <joint name="y" axis="0 1 0" range="-120 45" stiffness="8"/>
        <geom type="capsule" fromto="0 0 0 0 0 -.3" size=".05"/>
        <body name="lower" pos="0 0 -.3">
          <joint name="a" axis="0 1 0" range="-50 50"/>
          <joint name="b" axis="1 0 0" range="-50 50"/>
          <geom type="capsule" fromto="0 0 0 0 0 -.3" size=".05"/>
        </body>
      </body>
    </body>
  </worldbody>
  <actuator>
    <motor name="x" joint="x" gear="10"/><motor name="z" joint="z" gear="20"/><motor name="y" joint="y" gear="30"/>
    <motor name="a" joint="a" gear="5"/><motor name="b" joint="b" gear="5"/>
  </actuator>
</mujoco>
"""
GEARS = np.array([10.0, 20.0, 30.0, 5.0, 5.0])


def build(*bodies):
    spec = mujoco.MjSpec.from_string(ARM)
    for body in bodies:
        merge_hinges(spec, body)
    model = spec.compile()
    set_stops(model, 0.005)
    return model, Dofs(model, find_block(model, "root"), CPU)


def test_positions_and_velocities_are_those_that_mujocos_actuators_measure():
    model, dofs = build("upper", "lower")
    assert dofs.limits.T.tolist() == [
        pytest.approx(np.deg2rad([-45, -60, -120, -50, -50])),
        pytest.approx(np.deg2rad([15, 35, 45, 50, 50])),
    ]
    generator = torch.Generator().manual_seed(0)
    positions, velocities = torch.rand(2, 6, 5, generator=generator) * 2 - 1
    qpos, qvel = torch.zeros(6, model.nq), torch.zeros(6, model.nv)
    qpos[:, 3] = 1
    dofs.write(positions, velocities, qpos, qvel)
    torch.testing.assert_close(dofs.positions(qpos), positions)
    torch.testing.assert_close(dofs.velocities(qvel), velocities)
    for row in range(6):
        data = mujoco.MjData(model)
        data.qpos[:], data.qvel[:] = qpos[row], qvel[row]
        mujoco.mj_forward(model, data)
        assert data.actuator_length[:5] / GEARS == pytest.approx(positions[row].numpy(), abs=1e-6)
        assert data.actuator_velocity[:5] / GEARS == pytest.approx(velocities[row].numpy(), abs=1e-6)


def test_small_motions_are_those_of_the_hinges():
    """To first order in the angles, with motors and springs at work."""
    hinges, spherical = mujoco.MjModel.from_xml_string(ARM), build("upper", "lower")
    ends = []
    for model, dofs in ((hinges, None), spherical):
        data = mujoco.MjData(model)
        data.ctrl[:5] = [0.02, -0.01, 0.02, 0.02, -0.02]
        for _ in range(100):
            mujoco.mj_step(model, data)
        qpos = torch.from_numpy(data.qpos[None])
        ends.append(data.qpos[7:] if dofs is None else dofs.positions(qpos.float())[0].numpy())
    assert np.abs(ends[0]).max() > 0.02
    assert ends[1] == pytest.approx(ends[0], abs=2e-3)


def test_a_motor_turns_about_an_axis_that_the_child_carries_and_springs_pull_back_along_the_rotation_vector():
    model, dofs = build("upper", "lower")
    data = mujoco.MjData(model)
    vector = torch.tensor([[0.2, -0.7, -1.5, 0.0, 0.0]])
    qpos, qvel = torch.from_numpy(data.qpos[None]).float(), torch.zeros(1, model.nv)
    dofs.write(vector, torch.zeros(1, 5), qpos, qvel)
    data.qpos[:] = qpos[0]
    data.ctrl[2] = 1.0
    mujoco.mj_forward(model, data)
    expected = -np.array([4.0, 4.0, 8.0]) * vector[0, :3].numpy() + [0, 0, 30.0]
    forces = dofs.velocities(torch.from_numpy(data.qfrc_actuator[None]).float())
    assert forces[0, :3].tolist() == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize("dof", range(5))
@pytest.mark.parametrize("sign", [-1, 1])
def test_a_joint_stops_at_its_limit_and_a_stop_never_pulls(dof, sign):
    model, dofs = build("upper", "lower")
    data = mujoco.MjData(model)
    data.ctrl[dof] = sign * 40.0 / GEARS[dof]
    reached = []
    for _ in range(1500):
        mujoco.mj_step(model, data)
        reached.append(sign * dofs.positions(torch.from_numpy(data.qpos[None]).float())[0, dof].item())
    limit = dofs.limits[dof, (sign + 1) // 2].abs().item()
    assert limit - 0.02 < reached[-1] < limit + 0.05
    assert max(reached) < limit + 0.1
    data.ctrl[:] = 0
    for _ in range(3000):
        mujoco.mj_step(model, data)
    assert dofs.positions(torch.from_numpy(data.qpos[None]).float()).abs().max() < 0.3 * limit


def test_two_hinges_leave_no_velocity_about_the_third_axis_but_an_angle_may_come_of_turning_in_turns():
    model, _ = build("upper", "lower")
    joint = model.joint("lower")
    data = mujoco.MjData(model)
    thirds = []
    for ctrl in ([1, 0], [0, 1], [-1, 0], [0, -1]) * 10:
        data.ctrl[3:5] = np.array(ctrl) * 8.0 / 5.0
        for _ in range(60):
            mujoco.mj_step(model, data)
            thirds.append(abs(data.qvel[joint.dofadr[0] + 2]))
    assert max(thirds) < 0.05 * np.abs(data.qvel).max() + 0.05
    vector = rotation_vector(torch.from_numpy(data.qpos[None, joint.qposadr[0] : joint.qposadr[0] + 4]))
    assert vector[0, 2].abs() > 0.005


def test_rotation_vectors_and_quaternions_undo_each_other():
    vectors = torch.tensor([[0.0, 0.0, 0.0], [1e-8, 0, 0], [0.3, -0.4, 1.0], [0.0, 3.1, 0.0]], dtype=torch.float64)
    quats = rotation_quat(vectors)
    torch.testing.assert_close(rotation_vector(quats), vectors)
    torch.testing.assert_close(rotation_vector(-quats), vectors)
    torch.testing.assert_close(torch.linalg.vector_norm(quats, dim=1), torch.ones(4, dtype=torch.float64))


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda spec: spec.delete(spec.joint("b")), "other joints than two or three hinges"),
        (lambda spec: setattr(spec.joint("b"), "axis", [1, 1, 0]), "not at right angles"),
        (lambda spec: setattr(spec.joint("b"), "pos", [0, 0, 0.1]), "differ in pos"),
    ],
)
def test_hinges_that_are_no_spherical_joint_are_refused(change, says):
    spec = mujoco.MjSpec.from_string(ARM)
    change(spec)
    with pytest.raises(ValueError, match=says):
        merge_hinges(spec, "lower")
