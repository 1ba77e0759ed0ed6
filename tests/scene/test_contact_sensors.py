"""Contact sensors tell what bodies carry."""

import mujoco
import pytest
import torch

from gymctl.scene.contact_sensors import ContactForces, add_contact_sensors
from gymctl.sim.mujoco_engine import MujocoSimulation
from tests.helpers.warp_device import DEVICE

G = 9.81
MODEL = """
<mujoco>
  <option timestep="0.002" cone="elliptic" integrator="implicitfast"/>
  <default><geom solref=".008 1" friction="1"/></default>
  <worldbody>
    <geom type="plane" size="9 9 .1"/>
    <geom name="slope" type="box" size="1 1 .1" pos="5 0 1" euler="0 20 0"/>
    <body name="lower" pos="0 0 .1"><freejoint/><geom type="box" size=".2 .2 .1" mass="3"/></body>
    <body name="upper" pos="0 0 .3"><freejoint/><geom type="box" size=".1 .1 .1" mass="2"/></body>
    <body name="slider" pos="5.0684 0 1.188" euler="0 20 0"><freejoint/>
      <geom type="box" size=".2 .2 .1" mass="4"/>
    </body>
    <body name="trunk" pos="-3 0 .3"><freejoint/><geom type="box" size=".3 .2 .05" mass="5"/>
      <body name="left" pos="0 .2 0"><joint axis="0 1 0" stiffness="500" damping="20"/>
        <geom type="box" pos="0 0 -.15" size=".2 .02 .15" mass="1"/>
      </body>
      <body name="right" pos="0 -.2 0"><joint axis="0 1 0" stiffness="500" damping="20"/>
        <geom type="box" pos="0 0 -.15" size=".2 .02 .15" mass="1"/>
      </body>
    </body>
    <body name="pusher" pos="-1 3 1"><joint type="slide" axis="0 1 0"/><geom size=".1" mass="1"/></body>
    <body name="stop" pos="-1 3.199 1"><geom size=".1"/>
      <body name="handle"><geom size=".3" contype="0" conaffinity="0"/></body>
    </body>
  </worldbody>
  <actuator><motor joint="push"/></actuator>
</mujoco>
""".replace('type="slide"', 'name="push" type="slide"')
BODIES = ["stop", "pusher", "right", "left", "trunk", "slider", "upper", "lower", "handle"]


def settled(engine, steps):
    spec = mujoco.MjSpec.from_string(MODEL)
    add_contact_sensors(spec, reversed(BODIES[:-1]))
    model = spec.compile()
    if engine == "mujoco":
        sim = MujocoSimulation(model, 2)
    else:
        pytest.importorskip("mujoco_warp")
        from gymctl.sim.warp_engine import WarpSimulation

        sim = WarpSimulation(model, 2, device=DEVICE, nconmax=60, njmax=200)
    forces = ContactForces(sim, BODIES)
    sim.ctrl.fill_(7.0)
    sim.xfrc_applied[:, model.body("upper").id, 2] = -10.0
    for _ in range(steps):
        sim.step()
    forces.update()
    return sim, forces, {name: forces.values[1, index].tolist() for index, name in enumerate(BODIES)}


@pytest.mark.parametrize("engine", ["mujoco", pytest.param("mujoco_warp", marks=pytest.mark.slow)])
def test_bodies_at_rest_are_carried_by_their_contacts(engine):
    _, forces, on = settled(engine, 600)
    assert forces.values.shape == (2, 9, 3)
    assert forces.values.dtype == torch.float32
    near = {"abs": 0.15}
    assert on["upper"] == pytest.approx([0, 0, 2 * G + 10], **near), "what is applied is no contact"
    assert on["lower"] == pytest.approx([0, 0, 3 * G], **near), "the ground carries both, and the other one presses"
    assert on["slider"] == pytest.approx([0, 0, 4 * G], **near), "friction holds it on the slope"
    legs = torch.tensor(on["left"]) + torch.tensor(on["right"])
    assert legs.tolist() == pytest.approx([0, 0, 7 * G], **near)
    assert on["trunk"] == [0, 0, 0]
    assert on["handle"] == [0, 0, 0], "it touches nothing and needs no sensor"
    assert on["pusher"] == pytest.approx([0, -7, 0], **near)
    assert on["stop"] == pytest.approx([0, 7, 0], **near)


def test_forces_of_a_reset_world_are_zero_and_those_of_others_stay():
    sim, forces, on = settled("mujoco", 100)
    world = torch.tensor([0])
    sim.reset(world)
    sim.refresh(world)
    forces.update()
    assert not forces.values[0].any()
    assert forces.values[1, BODIES.index("lower")].tolist() == on["lower"]


def test_a_body_without_sensor_is_told():
    with pytest.raises(KeyError, match="lower"):
        ContactForces(MujocoSimulation(mujoco.MjModel.from_xml_string(MODEL), 1), ["lower"])
