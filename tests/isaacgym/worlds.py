"""Small simulations to test the interface with."""

import math
from collections.abc import Callable
from pathlib import Path

import torch

from gymctl.isaacgym import gymapi
from gymctl.isaacgym.values import Tensor

GYM = gymapi.acquire_gym()

PENDULUM = """<robot name="pendulum">
  <link name="base"><inertial><mass value="1"/>
    <inertia ixx="1" iyy="1" izz="1" ixy="0" ixz="0" iyz="0"/></inertial></link>
  <link name="arm"><inertial><origin xyz="0 0 -0.5"/><mass value="2"/>
    <inertia ixx="0.01" iyy="0.01" izz="0.01" ixy="0" ixz="0" iyz="0"/></inertial></link>
  <joint name="hinge" type="revolute"><parent link="base"/><child link="arm"/><axis xyz="0 1 0"/>
    <limit lower="-3" upper="3" effort="1000" velocity="100"/></joint>
</robot>"""
"""An arm of 2 kg whose centre of mass hangs 0.5 m below its hinge: inertia 0.51 kg m^2 about it."""

SLIDER = """<robot name="slider">
  <link name="rail"><inertial><mass value="1"/>
    <inertia ixx="1" iyy="1" izz="1" ixy="0" ixz="0" iyz="0"/></inertial></link>
  <link name="cart"><inertial><mass value="2"/>
    <inertia ixx="1" iyy="1" izz="1" ixy="0" ixz="0" iyz="0"/></inertial></link>
  <joint name="slide" type="prismatic"><parent link="rail"/><child link="cart"/><axis xyz="1 0 0"/>
    <limit lower="-100" upper="100" effort="{effort}" velocity="{velocity}"/></joint>
</robot>"""
"""A cart of 2 kg on a rail along x."""


def make_sim(*, gravity=(0.0, 0.0, -9.81), dt=0.01, substeps=2, ground: float | None = 1.0):
    """A simulation on the CPU with a plane of a friction, or without one."""
    params = gymapi.SimParams()
    params.dt, params.substeps, params.up_axis = dt, substeps, gymapi.UP_AXIS_Z
    params.gravity = gymapi.Vec3(*gravity)
    params.use_gpu_pipeline = False
    sim = GYM.create_sim(0, -1, gymapi.SIM_PHYSX, params)
    if ground is not None:
        plane = gymapi.PlaneParams()
        plane.normal = gymapi.Vec3(0, 0, 1)
        plane.static_friction = plane.dynamic_friction = ground
        GYM.add_ground(sim, plane)
    return sim


def add_envs(sim, num_envs: int, fill: Callable) -> list:
    """Makes envs; `fill` gets each with its index."""
    envs = []
    for index in range(num_envs):
        env = GYM.create_env(sim, gymapi.Vec3(-1, -1, 0), gymapi.Vec3(1, 1, 1), int(math.sqrt(num_envs)))
        fill(env, index)
        envs.append(env)
    return envs


def load(sim, folder: Path, text: str, name="robot.urdf", **options):
    """An asset from a file's text."""
    (folder / name).write_text(text)
    asset_options = gymapi.AssetOptions()
    for key, value in options.items():
        setattr(asset_options, key, value)
    return GYM.load_asset(sim, str(folder), name, asset_options)


def at(x=0.0, y=0.0, z=0.0, quat=(0.0, 0.0, 0.0, 1.0)):
    """A pose."""
    return gymapi.Transform(gymapi.Vec3(x, y, z), gymapi.Quat(*quat))


def acquire(sim, name: str) -> torch.Tensor:
    """The tensor of a name, as ``dof_state``, filled."""
    tensor = getattr(GYM, f"acquire_{name}_tensor")(sim).torch_tensor
    getattr(GYM, f"refresh_{name}_tensor")(sim)
    return tensor


def refresh(sim, *names: str) -> None:
    """Fills tensors."""
    for name in names:
        getattr(GYM, f"refresh_{name}_tensor")(sim)


def simulate(sim, steps: int) -> None:
    """Advances by steps."""
    for _ in range(steps):
        GYM.simulate(sim)


def unwrap(tensor: torch.Tensor):
    """A descriptor of a tensor."""
    return Tensor(tensor.contiguous())
