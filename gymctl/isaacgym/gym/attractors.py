"""Attractors: bodies tied to points."""

import mujoco
import numpy as np

from gymctl.isaacgym.gym.finding import link_of
from gymctl.isaacgym.gym.handles import Env, as_vector
from gymctl.isaacgym.gym.model_fields import Values
from gymctl.scene.contacts import RIGID


def add_attractors(spec: mujoco.MjSpec, env: Env) -> None:
    """Ties the bodies of an env's attractors to their targets, as stiff as the timestep allows."""
    for number, props in enumerate(env.attractors):
        actor, link = link_of(env, int(props.rigid_handle))
        body = spec.body(f"{actor.index}/{actor.asset.source.links[link].body}")
        body.add_site(name=f"attracted_{number}", pos=as_vector(props.offset.p))
        spec.worldbody.add_site(name=f"attractor_{number}", pos=as_vector(props.target.p))
        spec.add_equality(
            name=f"attractor_{number}",
            type=mujoco.mjtEq.mjEQ_CONNECT,
            objtype=mujoco.mjtObj.mjOBJ_SITE,
            name1=f"attracted_{number}",
            name2=f"attractor_{number}",
            solref=[spec.option.timestep, 1.0],
            solimp=[*RIGID, 0.5, 2.0],
        )


def attractor_values(model: mujoco.MjModel, envs: list[Env]) -> list[Values]:
    """Where the targets of some envs' attractors are."""
    count = len(envs[0].attractors)
    if not count:
        return []
    sites = np.array([model.site(f"attractor_{number}").id for number in range(count)])
    targets = [[as_vector(props.target.p) for props in env.attractors] for env in envs]
    return [Values("site_pos", sites, np.array(targets))]
