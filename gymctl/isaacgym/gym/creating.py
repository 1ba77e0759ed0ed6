"""Simulations, grounds, envs and actors: making them."""

import copy
from typing import Any

import numpy as np
import torch

from gymctl.core.errors import InputError
from gymctl.isaacgym.enums import SimType
from gymctl.isaacgym.gym.handles import Actor, Asset, Env, Sim, as_pose, as_vector
from gymctl.isaacgym.gym.live import Live
from gymctl.isaacgym.gym.notices import tell
from gymctl.isaacgym.gym.terrain import grid_of_heightfield, grid_of_mesh
from gymctl.isaacgym.options import HeightFieldParams, PlaneParams, SimParams, TriangleMeshParams
from gymctl.isaacgym.physics import timesteps_of
from gymctl.isaacgym.properties import AttractorProperties
from gymctl.isaacgym.values import Transform, Vec3
from gymctl.scene.ground import Plane


class Creating:
    """Methods of `Gym` that make simulations, grounds, envs and actors."""

    def create_sim(
        self,
        compute_device: int = 0,
        graphics_device: int = 0,
        type: SimType | int = SimType.SIM_PHYSX,
        params: SimParams | None = None,
    ) -> Sim:
        """Makes an empty simulation; whichever engine is asked for, it is MuJoCo.

        Raises:
            InputError: The GPU pipeline is asked for, and there is no such GPU.
        """
        params = copy.deepcopy(params or SimParams())
        if not (params.dt > 0.0 and params.substeps >= 1):
            raise InputError(
                f"a step of {params.dt} s in {params.substeps} substeps is none", "set dt and substeps above 0"
            )
        device = torch.device("cpu")
        if params.use_gpu_pipeline:
            device = torch.device("cuda", compute_device)
            if compute_device >= torch.cuda.device_count():
                raise InputError(
                    f"the GPU pipeline was asked for on {device}, but PyTorch sees "
                    f"{torch.cuda.device_count()} CUDA devices",
                    "set sim_params.use_gpu_pipeline = False; IsaacGymEnvs takes sim_device=cpu pipeline=cpu, others "
                    "--sim_device=cpu --pipeline=cpu",
                )
        timesteps, hard_contacts = timesteps_of(params.dt / params.substeps)
        return Sim(params, device, graphics_device, timesteps=timesteps, hard_contacts=hard_contacts)

    def destroy_sim(self, sim: Sim) -> None:
        """Frees a simulation."""
        if sim.live is not None:
            sim.live.close()
            sim.live = None

    def add_ground(self, sim: Sim, params: PlaneParams) -> None:
        """Adds a plane."""
        _check_unprepared(sim)
        sim.ground.planes.append(Plane(as_vector(params.normal), float(params.distance)))
        _set_ground(sim, params)

    def add_heightfield(self, sim: Sim, heights: np.ndarray, params: HeightFieldParams) -> None:
        """Adds a grid of heights, as legged_gym passes it: x is the slow index of the samples."""
        _check_unprepared(sim)
        _check_z_up(sim)
        sim.ground.grids.append(grid_of_heightfield(heights, params))
        _set_ground(sim, params)

    def add_triangle_mesh(
        self, sim: Sim, vertices: np.ndarray, triangles: np.ndarray, params: TriangleMeshParams
    ) -> None:
        """Adds a mesh as ground: exactly, if it is a grid of heights; else its upper side, on a grid."""
        _check_unprepared(sim)
        _check_z_up(sim)
        sim.ground.grids.append(grid_of_mesh(vertices, triangles, as_vector(params.transform.p)))
        _set_ground(sim, params)

    def create_env(self, sim: Sim, lower: Vec3, upper: Vec3, num_per_row: int) -> Env:
        """Makes the next env, in a level grid of rows along x."""
        _check_unprepared(sim)
        index, per_row = len(sim.envs), max(int(num_per_row), 1)
        row, column = divmod(index, per_row)
        along_x, along_y, along_z = column * (upper.x - lower.x), row * (upper.y - lower.y), row * (upper.z - lower.z)
        origin = (along_x, 0.0, along_z) if sim.is_y_up else (along_x, along_y, 0.0)
        env = Env(sim, index, origin)
        sim.envs.append(env)
        return env

    def create_actor(
        self,
        env: Env,
        asset: Asset,
        pose: Transform,
        name: str | None = None,
        group: int = -1,
        filter: int = -1,
        segmentationId: int = 0,
    ) -> int:
        """Puts an asset into an env, with the properties that its shapes have now; returns its handle."""
        _check_unprepared(env.sim)
        handle = len(env.actors)
        env.actors.append(Actor(handle, asset, as_pose(pose), name or "", int(group), int(filter)))
        return handle

    def begin_aggregate(self, env: Env, max_bodies: int, max_shapes: int, self_collisions: bool) -> bool:
        """Does nothing: it is a hint to PhysX."""
        return True

    def end_aggregate(self, env: Env) -> bool:
        """Does nothing: it is a hint to PhysX."""
        return True

    def create_aggregate(self, env: Env, actors: list[int]) -> bool:
        """Does nothing: it is a hint to PhysX."""
        return True

    def create_rigid_body_attractor(self, env: Env, props: AttractorProperties) -> int:
        """Ties a body of an env to a point; returns the attractor's handle.

        Raises:
            NotImplementedError: It is to turn the body, or to leave it free along an axis.
        """
        _check_unprepared(env.sim)
        if int(props.axes) != 7:
            raise NotImplementedError("an attractor of other axes than AXIS_TRANSLATION is not implemented")
        env.attractors.append(copy.deepcopy(props))
        return len(env.attractors) - 1

    def enable_actor_dof_force_sensors(self, env: Env, actor_handle: int) -> bool:
        """Has the DOF force tensor tell an actor's forces."""
        env.actors[actor_handle].has_dof_forces = True
        return True

    def set_actor_scale(self, env: Env, actor_handle: int, scale: float) -> bool:
        """Scales an actor: shapes, masses, joint positions; gains stay.

        Raises:
            InputError: The factor isn't above 0, or the simulation is prepared.
        """
        scale = float(np.asarray(scale).reshape(-1)[0])
        if not (scale > 0.0 and np.isfinite(scale)):
            raise InputError(f"an actor can't be scaled by {scale}", "give a number above 0")
        env.actors[actor_handle].scale = scale
        if env.sim.live is not None:
            raise NotImplementedError("set_actor_scale after gym.prepare_sim is not implemented")
        return True

    def get_actor_scale(self, env: Env, actor_handle: int) -> float:
        """The factor of `set_actor_scale`."""
        return env.actors[actor_handle].scale

    def prepare_sim(self, sim: Sim) -> bool:
        """Builds the worlds.

        Raises:
            InputError: The envs differ in what they consist of, or MuJoCo can't simulate them.
        """
        if sim.live is None:
            sim.live = Live(sim)
        return True


def _check_unprepared(sim: Sim) -> None:
    if sim.live is not None:
        raise InputError("the simulation is prepared: nothing can be added to it", "do it before gym.prepare_sim")


def _check_z_up(sim: Sim) -> None:
    if sim.is_y_up:
        raise InputError(
            "height fields and triangle meshes need a world whose z points up",
            "set sim_params.up_axis = gymapi.UP_AXIS_Z and gravity along -z, or take gym.add_ground",
        )


def _set_ground(sim: Sim, params: Any) -> None:
    friction = float(params.dynamic_friction)
    if len(sim.ground.planes) + len(sim.ground.grids) > 1 and friction != sim.ground.friction:
        tell(f"the grounds' frictions differ; all have {friction}")
    if params.restitution:
        tell("restitution: what falls doesn't bounce more than MuJoCo's contacts do")
    sim.ground.friction = friction
