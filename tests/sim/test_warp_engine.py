"""The GPU engine keeps the simulation contract; on Warp's CPU device unless GYMCTL_WARP_DEVICE names a GPU."""

import mujoco
import numpy as np
import pytest
import torch

pytest.importorskip("mujoco_warp")

import warp as wp

from gymctl.core.errors import BackendError
from gymctl.sim.warp_engine import WarpSimulation
from gymctl.sim.warp_limits import Limits, measure
from gymctl.sim.warp_runtime import Replay, on_device
from tests.helpers.warp_device import DEVICE, repeatable

pytestmark = pytest.mark.slow

MODEL = """
<mujoco>
  <option timestep="0.005" integrator="implicitfast" cone="elliptic" iterations="10" ls_iterations="20"/>
  <worldbody>
    <geom type="plane" size="5 5 .1"/>
    <body name="ball" pos="0 0 .3"><freejoint/><geom type="sphere" size=".1" mass="2"/>
      <body pos="0 0 .1">
        <joint name="hinge" axis="0 1 0" damping=".1"/>
        <geom type="capsule" fromto="0 0 0 0 0 .3" size=".03" contype="0" conaffinity="0"/>
        <site name="tip" pos="0 0 .3"/>
      </body>
    </body>
    <body name="hand" mocap="true" pos="1 0 1"/>
  </worldbody>
  <actuator><motor joint="hinge" gear="2"/></actuator>
  <sensor><framepos objtype="site" objname="tip"/><force site="tip"/></sensor>
</mujoco>
"""


@pytest.fixture(scope="module")
def model():
    return mujoco.MjModel.from_xml_string(MODEL)


def make(model, num_envs=4, **kwargs):
    return repeatable(WarpSimulation(model, num_envs, device=DEVICE, **kwargs))


def on(*values):
    return torch.tensor(values, device=DEVICE)


def test_state_and_outputs_are_warps_own_memory(model):
    sim = make(model)
    for name in ("qpos", "qvel", "ctrl", "xfrc_applied", "mocap_pos"):
        field = getattr(sim, name)
        assert field.data_ptr() == getattr(sim._data, name).ptr
        assert field.shape == (4, *getattr(mujoco.MjData(model), name).shape)
        assert field.dtype == sim.dtype == torch.float32
        assert field.device == sim.device
    assert sim.output("xmat").data_ptr() == sim._data.xmat.ptr
    assert sim.output("xmat").shape == (4, model.nbody, 9)
    assert sim.act.shape == (4, 0)
    assert sim.eq_active.shape == (4, 0)


def test_state_fields_are_live_both_ways(model):
    sim = make(model)
    sim.qpos[1, 2] = 2.0
    for _ in range(3):  # one by one, recorded, replayed
        sim.step()
    assert 1.9 < sim.qpos[1, 2] < 2.0
    assert sim.qpos[0, 2] < 0.3


def test_steps_are_replayed_as_a_graph_with_the_same_results(model):
    def rollout(*, recording):
        sim, generator = make(model, substeps=2), torch.Generator().manual_seed(0)
        tip = sim.output("sensordata")
        for _ in range(10):
            sim.ctrl.copy_(torch.randn(4, 1, generator=generator))
            sim.step()
            sim.refresh(on(0, 2))
            if not recording:
                sim._advance.reset()
                sim._describe.reset()
        assert sim._advance.recorded == sim._describe.recorded == recording
        return torch.cat((sim.qpos, sim.qvel, tip), dim=1)

    assert torch.equal(rollout(recording=True), rollout(recording=False))


@pytest.mark.skipif(DEVICE.type != "cpu", reason="a GPU adds in any order")
@pytest.mark.parametrize("outputs", [(), ("sensordata", "xpos", "qacc")], ids=["no outputs", "outputs"])
def test_steps_taken_at_once_equal_single_ones_to_the_last_bit(model, outputs):
    at_once, singly = make(model, substeps=2), make(model, substeps=2)
    registered = [(at_once.output(name), singly.output(name)) for name in outputs]
    generator = torch.Generator().manual_seed(0)
    for sim in (at_once, singly):
        sim.qpos[:, 2] = 0.12  # soon on the ground
    for _ in range(20):
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


def test_sensors_are_computed_in_the_last_timestep_only(model, monkeypatch):
    launched, launch = [], wp.launch

    def note(kernel, *arguments, **keywords):
        launched.append(kernel.key)
        launch(kernel, *arguments, **keywords)

    monkeypatch.setattr(wp, "launch", note)
    counts = []
    for physics_steps in (1, 4):
        launched.clear()
        make(model, substeps=2).step(physics_steps)
        counts.append(sum("sensor" in kernel for kernel in launched))
    assert counts[0] == counts[1] > 0


def test_another_number_of_steps_is_recorded_anew(model):
    sim = make(model, substeps=2)
    taken = 0
    for physics_steps in (1, 1, 1, 3, 3, 3, 2, 1, 1):
        sim.step(physics_steps)
        taken += 2 * physics_steps
        assert sim.get_data(0).time == pytest.approx(taken * model.opt.timestep, rel=1e-4)
    assert sim._advance.recorded


def test_launches_that_no_graph_can_hold_go_on_one_by_one_after_a_warning():
    calls = []

    def launches():
        calls.append(1)
        if wp.get_device().is_capturing:
            raise RuntimeError("it looks at a value")

    replay = Replay(launches)
    with on_device(DEVICE):
        replay()
        with pytest.warns(RuntimeWarning, match="one by one"):
            replay()
        replay()
    assert not replay.recorded
    assert len(calls) == 4  # the recording was tried once


def test_outputs_describe_the_state_reached_by_a_step(model):
    sim = make(model, substeps=2)
    sensors, xquat, cvel = sim.output("sensordata"), sim.output("xquat"), sim.output("cvel")
    sim.ctrl.fill_(1.0)
    for _ in range(5):
        sim.step()
    data = sim.get_data(0)
    mujoco.mj_forward(model, data)
    np.testing.assert_allclose(sensors[0, :3].cpu(), data.sensordata[:3], atol=1e-6)
    np.testing.assert_allclose(xquat[0].cpu(), data.xquat, atol=1e-6)
    np.testing.assert_allclose(cvel[0].cpu(), data.cvel, atol=1e-5)


def test_forces_are_those_of_the_last_substep_as_on_the_cpu(model):
    sim = make(model)
    sensors = sim.output("sensordata")
    sim.ctrl.fill_(1.0)
    for _ in range(3):
        before = sim.get_data(0)
        sim.step()
    mujoco.mj_forward(model, before)
    np.testing.assert_allclose(sensors[0, 3:].cpu(), before.sensordata[3:], atol=1e-4)


@pytest.mark.parametrize("ids", [on(1, 3), on(False, True, False, True)], ids=["list", "mask"])
def test_reset_and_put_touch_only_the_chosen_worlds(model, ids):
    sim = make(model)
    sim.ctrl.fill_(1.0)
    sim.xfrc_applied[:, 1, 0] = 1.0
    sim.mocap_pos.fill_(3.0)
    for _ in range(3):
        sim.step()
    before = sim.qpos.clone()
    sim.reset(ids)
    assert torch.equal(sim.qpos[[0, 2]], before[[0, 2]])
    assert sim.ctrl.flatten().tolist() == [1, 0, 1, 0]
    assert sim.xfrc_applied[:, 1, 0].tolist() == [1, 0, 1, 0]
    assert sim.mocap_pos[:, 0, 0].tolist() == [3, 1, 3, 1]
    assert sim.qpos[1].tolist() == pytest.approx(list(model.qpos0))
    sim.put("qvel", torch.full((len(ids), model.nv), 0.25, dtype=torch.float64, device=DEVICE), ids)
    assert (sim.qvel[1] == 0.25).all()
    assert (sim.qvel[0] != 0.25).all()


def test_a_reset_world_moves_exactly_as_a_new_one(model):
    sim, new = make(model), make(model)
    sim.ctrl.fill_(1.0)
    for _ in range(70):  # until it touches the ground, so that there is something to forget
        sim.step()
    sim.reset(on(2))
    for each in (sim, new):
        each.qpos[2, 2] = 0.09  # the solver has something to do at once
        for _ in range(10):
            each.ctrl[2] = 0.5
            each.step()
    assert torch.equal(sim.qpos[2], new.qpos[2])
    assert sim.get_data(2).time == pytest.approx(10 * model.opt.timestep, rel=1e-4)


def test_refresh_makes_outputs_true_and_leaves_other_worlds_alone(model):
    sim, undisturbed = make(model), make(model)
    sensors, other = sim.output("sensordata"), undisturbed.output("sensordata")
    for _ in range(3):
        for each in (sim, undisturbed):
            each.ctrl.fill_(1.0)
            each.step()
        sim.qpos[2, :3] = on(1.0, 2.0, 3.0)
        sim.refresh(on(2))
        assert sensors[2, 1].item() == pytest.approx(2.0)
        rest = [0, 1, 3]
        assert torch.equal(sensors[rest], other[rest])
        assert sensors[rest, 3:].any(1).all(), "their forces are still there"
        assert torch.equal(sim.qpos[rest], undisturbed.qpos[rest])
        assert torch.equal(sim.qvel[rest], undisturbed.qvel[rest])


@pytest.mark.parametrize("field", ["qpos", "qvel", "ctrl"])
@pytest.mark.parametrize("value", [torch.nan, torch.inf, 1e11])
def test_a_world_that_goes_non_finite_is_reset_alone_and_told_once(model, field, value):
    sim, undisturbed = make(model), make(model)
    sensors = sim.output("sensordata")
    for world in (1, 3, 1):
        getattr(sim, field)[world] = value
        sim.step()
        undisturbed.step()
        assert sim.take_diverged().nonzero().flatten().tolist() == [world]
        assert not sim.take_diverged().any()
        assert sim.qpos[world].tolist() == pytest.approx(list(model.qpos0))
        assert sensors.isfinite().all()
    assert torch.equal(sim.qpos[[0, 2]], undisturbed.qpos[[0, 2]])


@pytest.mark.parametrize(("field", "value"), [("qpos", torch.nan), ("qvel", torch.inf), ("qvel", 1e12)])
def test_a_world_that_goes_non_finite_in_several_steps_at_once_is_reset_alone(model, field, value):
    sim, undisturbed = make(model), make(model)
    for each in (sim, undisturbed):
        each.qpos[:, 2] = 0.09  # on the ground
    for world in (1, 3):
        getattr(sim, field)[world] = value
        sim.step(8)
        undisturbed.step(8)
        assert sim.take_diverged().nonzero().flatten().tolist() == [world]
        assert sim.qpos[world].tolist() == pytest.approx(list(model.qpos0))
    assert torch.equal(sim.qpos[[0, 2]], undisturbed.qpos[[0, 2]])
    assert torch.equal(sim.qvel[[0, 2]], undisturbed.qvel[[0, 2]])


def test_expanded_fields_differ_between_worlds_and_only_chosen_ones_follow(model):
    sim, same = make(model), make(model)
    for _ in range(3):
        sim.step()
        same.step()
    mass = sim.expand("body_mass")
    gravity = sim.expand("opt.gravity")
    mass[[1, 2]] *= 10
    gravity[2] = 0
    sim.set_const(on(1))
    for _ in range(5):
        sim.step()
        same.step()
    assert sim.get_model(1).body_mass[1] == pytest.approx(20)
    assert sim.get_model(0).body_mass[1] == pytest.approx(2)
    assert sim.get_model(1).body_subtreemass[0] == pytest.approx(10 * model.body_subtreemass[0])
    assert sim.get_model(2).body_subtreemass[0] == pytest.approx(model.body_subtreemass[0])
    assert sim.get_model(2).opt.gravity.tolist() == [0, 0, 0]
    assert sim.qvel[2, 2].item() == pytest.approx(3 * model.opt.timestep * model.opt.gravity[2], rel=1e-3)
    assert torch.equal(sim.qpos[[0, 3]], same.qpos[[0, 3]])


def test_an_expanded_start_pose_is_where_a_reset_goes(model):
    sim = make(model)
    sim.expand("qpos0")[1, 2] = 0.7
    sim.reset(on(True, True, False, False))
    assert sim.qpos[:, 2].tolist() == pytest.approx([0.3, 0.7, 0.3, 0.3])


@pytest.mark.parametrize("name", ["nq", "body_parentid", "nothing", "opt.cone"])
def test_fields_that_are_the_same_for_all_worlds_are_refused(model, name):
    with pytest.raises(ValueError, match=name):
        make(model).expand(name)


@pytest.mark.parametrize("name", ["nacon", "nothing", "nworld"])
def test_unknown_outputs_are_refused(model, name):
    with pytest.raises(ValueError, match=name):
        make(model).output(name)


def test_an_overflow_is_told_once_with_the_setting_to_raise(model):
    def rest(sim):
        for _ in range(400):
            sim.qpos[:, 2] = 0.09  # touches the ground: three rows
            sim.step()
        sim.close()

    with pytest.warns(RuntimeWarning, match=r"task.sim.mujoco.njmax above 1\b") as told:
        rest(make(model, njmax=1))
    assert len(told) == 1


def test_a_short_simulation_tells_of_its_overflow_when_closed(model):
    sim = make(model, num_envs=1, nconmax=1, njmax=1)
    sim.qpos[:, 2] = 0.09
    sim.step()
    with pytest.warns(RuntimeWarning, match="njmax"):
        sim.close()


def test_room_is_twice_what_a_model_needs_at_most(model):
    """The ball has one contact, which with elliptic cones has three rows; there is room for 16 of each at least."""
    assert measure(model) == Limits(16, 16)
    ball = '<body pos="{} 0 .3"><freejoint/><geom size=".1"/></body>'
    balls = MODEL.replace("</worldbody>", "".join(ball.format(x) for x in range(1, 20)) + "</worldbody>")
    assert measure(mujoco.MjModel.from_xml_string(balls)) == Limits(40, 120)


def test_what_mujoco_warp_lacks_is_a_backend_error(model):
    unsupported = mujoco.MjModel.from_xml_string(MODEL.replace("iterations", 'solver="PGS" iterations', 1))
    with pytest.raises(BackendError, match="PGS") as error:
        make(unsupported)
    assert "--engine mujoco" in error.value.fix


def test_several_simulations_live_side_by_side_and_close(model):
    one, other = make(model), make(model)
    one.step()
    assert other.qpos[0, 2].item() == pytest.approx(0.3)
    one.close()
    other.step()
    assert other.qpos[0, 2] < 0.3


def test_nothing_is_printed_and_nothing_written_to_the_working_directory(model, tmp_path, monkeypatch, capfd):
    monkeypatch.chdir(tmp_path)
    sim = make(model, njmax=1)
    sim.qpos[:, 2] = 0.09
    sim.step()
    sim.qvel.fill_(torch.nan)
    sim.step()
    assert sim.take_diverged().all()
    assert capfd.readouterr().out == ""
    assert list(tmp_path.iterdir()) == []
