"""Worlds of several models behave as in simulations of each model alone."""

import mujoco
import numpy as np
import pytest
import torch

from gymctl.core.errors import InputError
from gymctl.sim.kinds import assign_kinds
from gymctl.sim.mujoco_engine import MujocoSimulation

MODEL = """
<mujoco>
  <option timestep="0.005" cone="elliptic" integrator="implicitfast" gravity="0 0 {gravity}"/>
  <asset>
    <mesh name="wedge" vertex="0 0 0 .2 0 0 0 .2 0 0 0 .2"/>
    <mesh name="brick" vertex="0 0 0 .3 0 0 0 .1 0 .3 .1 0 0 0 .1 .3 0 .1 0 .1 .1 .3 .1 .1"/>
    <hfield name="flat" nrow="3" ncol="3" size="5 5 .2 .1"/>
    <hfield name="bumps" nrow="3" ncol="3" size="5 5 .2 .1" elevation="0 .5 0 1 .5 0 1 0 1"/>
  </asset>
  <worldbody>
    <geom type="hfield" hfield="{ground}" friction="{friction}"/>
    <body name="{name}" pos="0 0 {height}"><freejoint/>
      <inertial mass="{mass}" pos=".01 0 0" diaginertia="{inertia} {inertia} {inertia}"/>
      <geom type="mesh" mesh="{mesh}" friction="{friction}"/>
      <body pos="0 0 {arm}">
        <joint name="hinge" axis="0 1 0" damping="{damping}" range="-{limit} {limit}" armature="{damping}"/>
        <geom type="capsule" fromto="0 0 0 0 0 {arm}" size="{size}"/>
      </body>
    </body>
    <body name="hand" mocap="true" pos="{size} 0 2"/>
  </worldbody>
  <actuator><position joint="hinge" kp="{gain}" forcerange="-{gain} {gain}"/></actuator>
  <sensor><framelinacc objtype="body" objname="{name}"/></sensor>
</mujoco>
"""
CUP = {
    "gravity": -9.81,
    "ground": "flat",
    "friction": 1,
    "name": "cup",
    "height": 0.15,
    "mass": 1,
    "inertia": 0.01,
    "mesh": "wedge",
    "arm": 0.1,
    "damping": 0.01,
    "limit": 1,
    "size": 0.03,
    "gain": 5,
}
DIFFERENCES = [
    {},
    {"mass": 30, "inertia": 0.5},
    {"size": 0.05, "friction": 0.1, "height": 0.12},
    {"gain": 60, "damping": 0.2, "limit": 0.3, "arm": 0.2},
    {"gravity": -20, "name": "bowl", "mesh": "brick", "ground": "bumps"},
]
KINDS = [0, 3, 4, 1, 2, 1, 4]


def compiled(**differences):
    return mujoco.MjModel.from_xml_string(MODEL.format(**(CUP | differences)))


@pytest.fixture(scope="module")
def models():
    return [compiled(**differences) for differences in DIFFERENCES]


def control(sim, step):
    sim.ctrl.copy_(torch.full_like(sim.ctrl, np.sin(step)))


def run(sim, world, steps):
    """All numbers of a world while it falls, lies, and falls again after a reset."""
    sensors, xpos = sim.output("sensordata"), sim.output("xpos")
    history = []
    for step in range(steps):
        if step == steps // 2:
            sim.reset(torch.tensor([world], device=sim.device))
        control(sim, step)
        sim.step()
        fields = (sim.qpos, sim.qvel, sim.mocap_pos, sensors, xpos)
        history.append(torch.cat([field[world].flatten() for field in fields]))
    return torch.stack(history)


def test_each_world_behaves_as_in_a_simulation_of_its_own_model(models):
    for world, kind in enumerate(KINDS):
        together = run(MujocoSimulation(models, len(KINDS), kinds=KINDS, substeps=2), world, 120)
        alone = run(MujocoSimulation(models[kind], 2, substeps=2), 1, 120)
        assert torch.equal(together, alone), DIFFERENCES[kind]
        assert together[:, 2].min() > -0.1, "it lies on the ground"


def clusters(seed):
    """Two bodies of six balls each, one above the other."""
    draw = np.random.default_rng(seed)
    bodies = ""
    for height in (0.3, 1.2):
        balls = "".join(
            f'<geom size="{draw.uniform(0.03, 0.2)}" pos="{" ".join(map(str, draw.normal(0, 0.15, 3)))}"/>'
            for _ in range(6)
        )
        bodies += f'<body pos="0 0 {height}"><freejoint/>{balls}</body>'
    return mujoco.MjModel.from_xml_string(
        f'<mujoco><worldbody><geom type="plane" size="5 5 .1"/>{bodies}</worldbody></mujoco>'
    )


def test_bodies_of_many_geoms_touch_as_in_their_own_model_though_their_volumes_nest_differently():
    models = [clusters(seed) for seed in range(3)]
    assert not np.array_equal(models[0].bvh_nodeid, models[1].bvh_nodeid)
    assert not np.array_equal(models[0].bvh_nodeid, models[2].bvh_nodeid)
    together = MujocoSimulation(models, 3, kinds=[0, 1, 2])
    alone = [MujocoSimulation(model, 1) for model in models]
    for _ in range(300):
        for sim in (together, *alone):
            sim.step()
    assert torch.equal(together.qpos, torch.cat([sim.qpos for sim in alone]))


def test_a_world_starts_and_restarts_at_its_own_initial_state(models):
    sim = MujocoSimulation(models, len(KINDS), kinds=np.array(KINDS, np.int32))
    expected = torch.from_numpy(np.stack([models[kind].qpos0 for kind in KINDS]))
    assert torch.equal(sim.qpos, expected)
    sim.step()
    sim.reset()
    assert torch.equal(sim.qpos, expected)


def test_each_world_gets_its_own_model_with_its_own_changes(models):
    sim = MujocoSimulation(models, len(KINDS), kinds=KINDS)
    sim.expand("geom_rgba")[2, :, 0] = 0.25
    sim.expand("body_mass")[2, 1] = 7
    sim.set_const(torch.tensor([2]))
    for world in (1, 2, 3):
        model, own = sim.get_model(world), models[KINDS[world]]
        assert model.body(1).name == own.body(1).name
        for name in ("geom_size", "actuator_gainprm", "jnt_range", "geom_dataid", "dof_damping", "qpos0"):
            np.testing.assert_array_equal(getattr(model, name), getattr(own, name))
        assert model.opt.gravity[2] == own.opt.gravity[2]
    assert sim.get_model(2).body_mass[1] == 7
    assert sim.get_model(2).body_subtreemass[1] > 7
    assert sim.get_model(6).body_mass[1] == 1
    assert sim.get_model(2).geom_rgba[0, 0] == 0.25
    assert sim.model is models[0]


def test_constants_follow_as_in_a_simulation_of_its_own_model(models):
    together, alone = MujocoSimulation(models, len(KINDS), kinds=KINDS), MujocoSimulation(models[3], 1)
    for sim in (together, alone):
        sim.expand("body_mass")[:, 2] *= 3
        sim.set_const()
    for name in ("body_subtreemass", "body_invweight0", "dof_invweight0"):
        np.testing.assert_array_equal(getattr(together.get_model(1), name), getattr(alone.get_model(0), name))
    assert torch.equal(run(together, 1, 40), run(alone, 0, 40))


def test_a_field_of_all_models_stays_shared(models):
    sim = MujocoSimulation(models, len(KINDS), kinds=KINDS)
    assert sim.expanded("body_mass") is not None
    assert sim.expanded("jnt_axis") is None
    assert MujocoSimulation(models[0], 3).state_tensors().keys().isdisjoint({"body_mass", "geom_size"})


@pytest.mark.parametrize(
    ("change", "field"),
    [
        (lambda text: text.replace("axis=", 'type="slide" axis='), "jnt_type"),
        (lambda text: text.replace("<freejoint/>", ""), "nq"),
        (lambda text: text.replace('timestep="0.005"', 'timestep="0.002"'), "opt.timestep"),
        (lambda text: text.replace(".2 0 0 0 .2 0", ".4 0 0 0 .2 0"), "mesh_extrema"),
        (lambda text: text.replace("0 .5 0 1", "1 .5 0 1"), "hfield_data"),
        (lambda text: text.replace("elliptic", "pyramidal"), "opt.cone"),
    ],
)
def test_models_that_cannot_run_together_are_told_by_the_first_field(models, change, field):
    other = mujoco.MjModel.from_xml_string(change(MODEL).format(**CUP))
    with pytest.raises(InputError, match=rf"models 0 and 2 can't run in one simulation: {field} "):
        MujocoSimulation([models[0], models[1], other], 3, kinds=[0, 1, 2])


@pytest.mark.parametrize("kinds", [None, [0, 1], [0, 1, 5], [0, -1, 1], [0.0, 1.0, 1.0], [True, False, True]])
def test_kinds_that_name_no_model_are_refused(models, kinds):
    with pytest.raises(InputError):
        assign_kinds(models, 3, kinds)
    with pytest.raises(InputError):
        assign_kinds([], 3, kinds)
