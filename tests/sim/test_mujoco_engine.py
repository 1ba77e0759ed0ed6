"""The CPU engine keeps the simulation contract."""

import mujoco
import numpy as np
import pytest
import torch

from gymctl.sim.mujoco_engine import MujocoSimulation

MODEL = """
<mujoco>
  <option timestep="0.005"/>
  <worldbody>
    <geom type="plane" size="5 5 .1"/>
    <body name="box" pos="0 0 .3"><freejoint/><geom name="box" type="box" size=".1 .1 .1" mass="2"/>
      <body pos="0 0 .1">
        <joint name="hinge" axis="0 1 0" damping=".1"/>
        <geom type="capsule" fromto="0 0 0 0 0 .3" size=".03"/>
        <site name="tip" pos="0 0 .3"/>
      </body>
    </body>
  </worldbody>
  <actuator><motor joint="hinge" gear="2"/></actuator>
  <sensor><framepos objtype="site" objname="tip"/></sensor>
</mujoco>
"""


@pytest.fixture(scope="module")
def model():
    return mujoco.MjModel.from_xml_string(MODEL)


def make(model, num_envs=4, **kwargs):
    return MujocoSimulation(model, num_envs, **kwargs)


def test_steps_exactly_as_plain_mujoco_does_at_any_number_of_threads(model):
    controls = np.random.default_rng(0).normal(size=(20, 4, 1))
    results = []
    for threads in (1, 3):
        sim = make(model, substeps=2, num_threads=threads)
        for control in controls:
            sim.ctrl.copy_(torch.from_numpy(control))
            sim.step()
        results.append(sim.qpos.clone())
    data = mujoco.MjData(model)
    for control in controls[:, 2]:
        data.ctrl[:] = control
        mujoco.mj_step(model, data, 2)
    assert torch.equal(results[0], results[1])
    np.testing.assert_array_equal(results[0][2].numpy(), data.qpos)


DELAYED = (
    MODEL.replace('gear="2"', 'gear="2" nsample="8" delay="0.012" interp="zoh"')
    .replace('objname="tip"', 'objname="tip" nsample="8" delay="0.013" interp="linear"')
    .replace("<sensor>", '<sensor><force site="tip"/><jointvel joint="hinge"/>')
)


@pytest.mark.parametrize("outputs", [(), ("sensordata", "xpos", "qacc")], ids=["no outputs", "outputs"])
@pytest.mark.parametrize("text", [MODEL, DELAYED], ids=["plain", "delays"])
def test_steps_taken_at_once_equal_single_ones_to_the_last_bit(text, outputs):
    model = mujoco.MjModel.from_xml_string(text)
    at_once, singly = make(model, substeps=2), make(model, substeps=2)
    registered = [(at_once.output(name), singly.output(name)) for name in outputs]
    generator = torch.Generator().manual_seed(0)
    for _ in range(60):  # the box falls, and from the middle on it has contacts
        control = torch.randn(4, 1, generator=generator)
        at_once.ctrl.copy_(control)
        singly.ctrl.copy_(control)
        at_once.step(3)
        for _ in range(3):
            singly.step()
        for one, other in registered:
            assert torch.equal(one, other)
    others = singly.state_tensors()
    for name, field in at_once.state_tensors().items():
        assert torch.equal(field, others[name]), name


def test_state_fields_are_live_both_ways(model):
    sim = make(model)
    sim.qpos[1, 2] = 2.0
    sim.step()
    assert 1.9 < sim.qpos[1, 2] < 2.0
    assert sim.qpos[0, 2] < 0.3


def test_outputs_describe_the_state_reached_by_a_step(model):
    sim = make(model)
    tip, xquat = sim.output("sensordata"), sim.output("xquat")
    sim.ctrl.fill_(1.0)
    for _ in range(5):
        sim.step()
    data = sim.get_data(0)
    mujoco.mj_forward(model, data)
    np.testing.assert_allclose(tip[0].numpy(), data.sensordata, atol=1e-12)
    np.testing.assert_allclose(xquat[0].numpy(), data.xquat, atol=1e-12)


@pytest.mark.parametrize("ids", [torch.tensor([1, 3]), torch.tensor([False, True, False, True])], ids=["list", "mask"])
def test_reset_and_put_touch_only_the_chosen_worlds(model, ids):
    sim = make(model)
    for _ in range(3):
        sim.step()
    before = sim.qpos.clone()
    sim.reset(ids)
    assert torch.equal(sim.qpos[[0, 2]], before[[0, 2]])
    assert sim.qpos[1].tolist() == list(model.qpos0)
    rows = torch.full((len(ids), model.nv), 0.25)  # float32 into float64 rows
    sim.put("qvel", rows, ids)
    assert torch.equal(sim.qvel[1], torch.full((model.nv,), 0.25, dtype=torch.float64))
    assert sim.qvel[0].abs().max() != 0.25


CARRYING = DELAYED.replace(
    "</actuator>",
    """<position joint="hinge" kp="5" timeconst=".05"/></actuator>
    <equality><weld body1="box" body2="handle"/></equality>""",
).replace("<worldbody>", '<worldbody><body name="handle" mocap="true" pos="0 0 .3"/>')
"""A model with all that a world carries on: delayed controls, activations, a mocap body, an equality."""


def test_a_reset_world_moves_exactly_as_a_new_one():
    model = mujoco.MjModel.from_xml_string(CARRYING)
    sim, new = make(model), make(model)
    for each in (sim, new):
        each.output("sensordata")
    for _ in range(70):
        sim.ctrl.fill_(1.0)
        sim.mocap_pos += 0.001
        sim.xfrc_applied[:, 2] = 0.1
        sim.step()
    sim.eq_active[:] = False
    sim.reset(torch.tensor([1, 2]))
    for name, start in new.state_tensors().items():
        assert torch.equal(sim.state_tensors()[name][1:3], start[1:3]), name
    for each in (sim, new):
        for _ in range(10):
            each.ctrl[2] = 0.5
            each.step()
    assert torch.equal(sim.qpos[2], new.qpos[2])
    assert torch.equal(sim.output("sensordata")[2], new.output("sensordata")[2])
    assert sim.get_data(2).time == new.get_data(2).time


def test_an_expanded_start_pose_is_where_a_reset_goes(model):
    sim = make(model)
    sim.expand("qpos0")[2, 0] = 0.7
    sim.reset(torch.tensor([1, 2]))
    assert sim.qpos[:, 0].tolist() == [0.0, 0.0, 0.7, 0.0]


def test_refresh_makes_outputs_true_after_a_write(model):
    sim = make(model)
    tip = sim.output("sensordata")
    sim.step()
    sim.qpos[2, :3] = torch.tensor([1.0, 2.0, 3.0])
    sim.refresh(torch.tensor([2]))
    assert tip[2, 1].item() == pytest.approx(2.0)
    assert tip[0, 1].item() == pytest.approx(0.0)


def test_forces_describe_a_substep_and_are_zero_in_a_world_that_had_none(model):
    spec = mujoco.MjSpec.from_string(MODEL)
    spec.sensors[0].name = "position"
    for number, kind in enumerate((mujoco.mjtSensor.mjSENS_FORCE, mujoco.mjtSensor.mjSENS_FRAMELINVEL)):
        spec.add_sensor(name=f"s{number}", type=kind, objtype=mujoco.mjtObj.mjOBJ_SITE, objname="tip")
    sim = make(spec.compile())
    sensors, qacc = sim.output("sensordata"), sim.output("qacc")
    sim.ctrl.fill_(1.0)
    for _ in range(30):
        sim.step()
    world = torch.tensor([2])
    sim.reset(world)
    sim.qvel[2, 2] = 0.5
    sim.refresh(world)
    assert sensors[2, 2] == pytest.approx(0.7)
    assert sensors[2, 3:6].tolist() == [0, 0, 0]
    assert sensors[2, 6:9].tolist() == pytest.approx([0, 0, 0.5])
    assert not qacc[2].any()
    assert sensors[1, 3:6].any()
    assert qacc[1].any()


@pytest.mark.parametrize("ids", [torch.tensor([1]), torch.tensor([False, True, False, False])], ids=["list", "mask"])
def test_a_refresh_of_one_world_leaves_the_others_outputs(ids):
    model = mujoco.MjModel.from_xml_string(MODEL.replace("<sensor>", '<sensor><force site="tip"/>'))
    sim = make(model, substeps=2)
    outputs = [sim.output(name) for name in ("sensordata", "qacc", "cfrc_ext", "qfrc_actuator", "xpos", "cvel")]
    for step in range(60):
        sim.ctrl.fill_(0.001 * step)
        sim.step()
    before = [output.clone() for output in outputs]
    sim.put("qpos", torch.full((4, 2), 0.7)[: len(ids)], ids, slice(1, 3))
    sim.refresh(ids)
    others = [0, 2, 3]
    for output, value in zip(outputs, before, strict=True):
        assert value[others].any()
        assert torch.equal(output[others], value[others])
    sensors, xpos = outputs[0], outputs[4]
    assert not sensors[1, :3].any()
    assert xpos[1, 1, 1:].tolist() == pytest.approx([0.7, 0.7])


def test_a_world_that_goes_non_finite_is_reset_alone_and_told_once(model):
    sim = make(model)
    for world in (1, 3, 1):  # also the second time
        sim.qvel[world] = torch.nan
        sim.step()
        assert sim.take_diverged().nonzero().flatten().tolist() == [world]
        assert not sim.take_diverged().any()
        assert sim.qpos.isfinite().all()
    assert sim.qpos[0, 2] < sim.qpos[1, 2]  # world 0 fell on undisturbed


def test_a_world_that_goes_non_finite_in_several_steps_at_once_is_reset_alone(model):
    sim, undisturbed = make(model), make(model)
    sim.qpos[:, 2] = undisturbed.qpos[:, 2] = 0.11  # soon on the ground
    for world in (1, 3):
        sim.qvel[world] = torch.nan
        sim.step(8)
        undisturbed.step(8)
        assert sim.take_diverged().nonzero().flatten().tolist() == [world]
        assert sim.qpos.isfinite().all()
    assert torch.equal(sim.qpos[[0, 2]], undisturbed.qpos[[0, 2]])


def test_expanded_fields_differ_between_worlds(model):
    sim = make(model)
    mass = sim.expand("body_mass")
    mass[1] *= 10
    sim.set_const(torch.tensor([1]))
    assert sim.get_model(1).body_mass[1] == pytest.approx(20)
    assert sim.get_model(0).body_mass[1] == pytest.approx(2)


def test_several_simulations_live_side_by_side_and_close(model):
    one, other = make(model), make(model)
    one.step()
    assert other.qpos[0, 2] == 0.3
    one.close()
    other.step()
    assert other.qpos[0, 2] < 0.3


def test_nothing_is_written_to_the_working_directory(model, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    sim = make(model)
    sim.qvel.fill_(torch.nan)
    sim.step()
    assert sim.take_diverged().all()
    assert list(tmp_path.iterdir()) == []
