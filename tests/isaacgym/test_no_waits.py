"""On a GPU, no call of a step waits for the host: shown on tensors without values."""

import numpy as np
import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_iter

from gymctl.diagnostics.waits import counting_waits
from gymctl.isaacgym import gymapi
from gymctl.isaacgym.gym import live
from tests.helpers.meta_simulation import DEVICE, MetaSimulation
from tests.isaacgym.worlds import GYM, PENDULUM, add_envs, at, load, make_sim, unwrap

NUM_ENVS = 4
REFRESHED = (
    *("actor_root_state", "dof_state", "rigid_body_state", "net_contact_force"),
    *("force_sensor", "dof_force"),
)
FLYER = """<mujoco><worldbody><body name="trunk"><freejoint/><geom size=".1"/>
  <body name="ball"><joint name="x" axis="1 0 0" range="-1 1" limited="true"/>
    <joint name="y" axis="0 1 0" range="-1 1" limited="true"/><joint name="z" axis="0 0 1" range="-1 1" limited="true"/>
    <geom size=".1" pos="0 0 .3"/></body>
  <body name="leg"><joint name="knee" axis="0 1 0"/><geom size=".1" pos=".3 0 0"/></body></body></worldbody>
  <actuator><motor joint="x"/><motor joint="y"/><motor joint="z"/><motor joint="knee"/></actuator></mujoco>"""
"""A robot that is free, with a spherical joint."""


@pytest.fixture(params=["plane", "terrain"])
def sim(request, tmp_path, monkeypatch):
    """A prepared simulation on a device without values, with everything that can be asked for."""

    def create(models, num_envs, backend, *, substeps, kinds):
        return MetaSimulation(models[0], num_envs, substeps)

    monkeypatch.setattr(live, "create_simulation", create)
    monkeypatch.setattr(live.devices, "make_current", lambda backend: None)
    sim = make_sim()
    sim.device = DEVICE
    if request.param == "terrain":
        params = gymapi.HeightFieldParams()
        params.nbRows = params.nbColumns = 4
        GYM.add_heightfield(sim, np.zeros(16, np.int16), params)
    pendulum = load(sim, tmp_path, PENDULUM, fix_base_link=True, default_dof_drive_mode=gymapi.DOF_MODE_POS)
    flyer = load(sim, tmp_path, FLYER, "flyer.xml")
    GYM.create_asset_force_sensor(flyer, 1, at())

    def fill(env, index):
        GYM.create_actor(env, pendulum, at(z=2.0), "pendulum", index, 0)
        handle = GYM.create_actor(env, flyer, at(z=2.0), "flyer", index, 0)
        GYM.enable_actor_dof_force_sensors(env, handle)
        drives = GYM.get_actor_dof_properties(env, 0)
        drives["stiffness"], drives["damping"], drives["velocity"] = 10.0 + index, 1.0, 5.0
        GYM.set_actor_dof_properties(env, 0, drives)

    add_envs(sim, NUM_ENVS, fill)
    GYM.prepare_sim(sim)
    for name in REFRESHED:
        getattr(GYM, f"acquire_{name}_tensor")(sim)
    for name in ("pendulum", "flyer"):
        GYM.acquire_jacobian_tensor(sim, name)
        GYM.acquire_mass_matrix_tensor(sim, name)
    return sim


class NothingOnTheHost(TorchDispatchMode):
    """Refuses operations that take or make tensors of the host: a GPU would be waited for to copy them."""

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        result = func(*args, **(kwargs or {}))
        for tensor in tree_iter((args, kwargs, result)):
            if isinstance(tensor, torch.Tensor) and tensor.device != DEVICE:
                raise RuntimeError(f"{func} has a tensor of the host")
        return result


def zeros(*shape):
    return torch.zeros(shape, device=DEVICE)


def step(sim):
    """Everything that a task may call in a step."""
    layout = sim.live.layout
    actors, dofs, links = (NUM_ENVS * count for count in (layout.num_actors, layout.num_dofs, layout.num_links))
    indices = unwrap(torch.zeros(3, dtype=torch.int32, device=DEVICE))
    for name in ("position_target", "velocity_target", "actuation_force"):
        getattr(GYM, f"set_dof_{name}_tensor")(sim, unwrap(zeros(dofs)))
        getattr(GYM, f"set_dof_{name}_tensor_indexed")(sim, unwrap(zeros(dofs)), indices, 3)
    for space in (gymapi.ENV_SPACE, gymapi.LOCAL_SPACE):
        forces = unwrap(zeros(links, 3))
        GYM.apply_rigid_body_force_tensors(sim, forces, forces, space)
        GYM.apply_rigid_body_force_at_pos_tensors(sim, forces, forces, space)
    params = GYM.get_sim_params(sim)
    params.gravity.z += 1.0
    GYM.set_sim_params(sim, params)
    GYM.simulate(sim)
    GYM.fetch_results(sim, True)
    for name, shape in (("actor_root_state", (actors, 13)), ("dof_state", (dofs, 2))):
        getattr(GYM, f"set_{name}_tensor")(sim, unwrap(zeros(*shape)))
        getattr(GYM, f"set_{name}_tensor_indexed")(sim, unwrap(zeros(*shape)), indices, 3)
    for name in REFRESHED:
        getattr(GYM, f"refresh_{name}_tensor")(sim)
    GYM.refresh_jacobian_tensors(sim)
    GYM.refresh_mass_matrix_tensors(sim)


def test_no_call_of_a_step_needs_a_value_on_the_host(sim):
    step(sim)
    with counting_waits() as waits:
        step(sim)
    assert waits == []


def test_no_call_of_a_step_makes_a_tensor_on_the_host(sim):
    step(sim)
    with NothingOnTheHost():
        step(sim)


def test_a_wait_would_be_found(sim, monkeypatch):
    step(sim)
    monkeypatch.setattr(type(sim.live), "note_written", lambda self, mask: bool(mask.any()))
    with pytest.raises((RuntimeError, NotImplementedError)):
        step(sim)
