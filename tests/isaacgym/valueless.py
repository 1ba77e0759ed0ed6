"""A simulation for Isaac Gym's API whose tensors have shapes but no values."""

from pathlib import Path

import numpy as np
import torch

from gymctl.isaacgym import gymapi
from gymctl.isaacgym.gym import live
from tests.helpers.meta_simulation import MetaSimulation
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


def make_valueless(kind: type[MetaSimulation], ground: str, folder: Path, monkeypatch):
    """A prepared simulation on a device without values, with everything that can be asked for.

    Args:
        kind: Its worlds, which say the device.
        ground: ``plane`` or ``terrain``.
        folder: For files.
        monkeypatch: Puts the worlds there.
    """

    def create(models, num_envs, backend, *, substeps, kinds):
        return kind(models[0], num_envs, substeps)

    monkeypatch.setattr(live, "create_simulation", create)
    monkeypatch.setattr(live.devices, "make_current", lambda backend: None)
    sim = make_sim()
    sim.device = kind.device
    if ground == "terrain":
        params = gymapi.HeightFieldParams()
        params.nbRows = params.nbColumns = 4
        GYM.add_heightfield(sim, np.zeros(16, np.int16), params)
    pendulum = load(sim, folder, PENDULUM, fix_base_link=True, default_dof_drive_mode=gymapi.DOF_MODE_POS)
    flyer = load(sim, folder, FLYER, "flyer.xml")
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


def step_with_everything(sim):
    """Calls what a task may call in a step."""

    def zeros(*shape):
        return torch.zeros(shape, device=sim.device)

    layout = sim.live.layout
    actors, dofs, links = (NUM_ENVS * count for count in (layout.num_actors, layout.num_dofs, layout.num_links))
    indices = unwrap(torch.zeros(3, dtype=torch.int32, device=sim.device))
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
