"""Builds the model of a world: actors of several assets on a ground."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import mujoco
import numpy as np

from gymctl.scene.assets.asset import Asset
from gymctl.scene.blocks import Block, find_block
from gymctl.scene.collisions import GROUND, ShapeClass, collision_masks
from gymctl.scene.contacts import harden
from gymctl.scene.ground import Ground


class SensorFrame(NamedTuple):
    """Where a force sensor is on a link."""

    link: int
    pos: tuple[float, float, float]
    """In the link's frame [m]."""
    quat: tuple[float, float, float, float]
    """wxyz, sensor to link."""
    arm: tuple[float, float, float] = (0.0, 0.0, 0.0)
    """From the link's centre of mass, in the sensor's axes [m]."""


@dataclass(frozen=True)
class Actor:
    """An asset that is to stand in a world."""

    asset: Asset
    group: int = 0
    """Collision group; -1 collides with all groups."""
    filter: int = 0
    """Collision filter of shapes that have none of their own; -1 for the masks of the asset's file."""
    shape_filters: tuple[int, ...] | None = None
    """Collision filters of the asset's shapes; None where they have none of their own."""
    sensors: tuple[SensorFrame, ...] = ()


@dataclass(frozen=True)
class Physics:
    """How a world is simulated."""

    timestep: float
    """MuJoCo's [s]."""
    gravity: tuple[float, float, float]
    """World axes [m/s^2]."""
    stiff: bool
    """Whether drives hold positions: they are integrated implicitly then, whatever their stiffness."""
    hard: bool = False
    """Whether contacts and limits are as hard as the timestep allows."""


@dataclass(frozen=True)
class Slot:
    """Where an actor is in the compiled model. Arrays are indices into the model, in the order of the asset."""

    actor: Actor
    root: int
    """The body of its first link."""
    mocap: int
    """The mocap body that carries it where its base is fixed; -1 where it is free."""
    block: Block
    bodies: np.ndarray
    """Of its links."""
    geoms: np.ndarray
    """Of its shapes."""
    drives: np.ndarray
    """Actuators of its DOFs."""
    tendons: np.ndarray
    sites: tuple[str, ...]
    """Of its force sensors."""


@dataclass(frozen=True)
class World:
    """A compiled world."""

    model: mujoco.MjModel
    slots: tuple[Slot, ...]


def build_world(actors: Sequence[Actor], ground: Ground, physics: Physics) -> mujoco.MjSpec:
    """Puts actors on a ground.

    A base that is fixed becomes a mocap body, so that each world can have it elsewhere. Actors stand at the origin.

    Raises:
        InputError: Their collision groups and filters can't be had.
    """
    spec = mujoco.MjSpec()
    option = spec.option
    option.timestep, option.gravity = physics.timestep, physics.gravity
    integrators = mujoco.mjtIntegrator
    option.integrator = integrators.mjINT_DISCRETE if physics.stiff else integrators.mjINT_IMPLICITFAST
    option.iterations = 20 if physics.stiff else 10
    headlight = spec.visual.headlight  # the only light in pictures and videos
    headlight.ambient, headlight.diffuse = [0.4] * 3, [0.6] * 3
    ground.add_to(spec)
    for index, actor in enumerate(actors):
        _attach(spec, index, actor)
    _set_masks(spec, actors)
    if physics.hard:
        harden(spec)
    return spec


def find_actors(model: mujoco.MjModel, actors: Sequence[Actor]) -> World:
    """Finds the actors of `build_world` in the compiled model."""
    return World(model, tuple(_find(model, index, actor) for index, actor in enumerate(actors)))


def _prefix(index: int) -> str:
    return f"{index}/"


def _attach(spec: mujoco.MjSpec, index: int, actor: Actor) -> None:
    asset, prefix = actor.asset, _prefix(index)
    child = asset.spec.copy()
    names = [link.body for link in asset.links]
    for number, sensor in enumerate(actor.sensors):
        child.body(names[sensor.link]).add_site(name=f"sensor_{number}", pos=sensor.pos, quat=sensor.quat)
    has_own_joints = bool(child.body(names[0]).joints)
    fixed = asset.options.fix_base_link or has_own_joints
    parent = spec.worldbody.add_body(name=f"{prefix}mount", mocap=True) if has_own_joints else spec.worldbody
    spec.attach(child, prefix=prefix, frame=parent.add_frame())
    root = spec.body(prefix + names[0])
    if not fixed:
        root.add_freejoint(name=f"{prefix}root")
        return
    if not has_own_joints:
        root.mocap = True
    for link in asset.links:
        if link.parent == 0:  # MuJoCo lets what doesn't move collide with its children
            spec.add_exclude(bodyname1=root.name, bodyname2=prefix + link.body)


def _set_masks(spec: mujoco.MjSpec, actors: Sequence[Actor]) -> None:
    geoms: list[mujoco.MjsGeom] = [geom for geom in spec.worldbody.geoms if geom.contype or geom.conaffinity]
    classes = [GROUND] * len(geoms)
    for index, actor in enumerate(actors):
        for number, shape in enumerate(actor.asset.shapes):
            geoms.append(spec.geom(_prefix(index) + shape.geom))
            own = actor.shape_filters[number] if actor.shape_filters else None
            if own is None and actor.filter == -1:
                masks = (shape.contype, shape.conaffinity) if actor.asset.has_masks else None
                classes.append(ShapeClass(actor.group, 0, index if masks else -1, masks))
            else:
                classes.append(ShapeClass(actor.group, actor.filter if own is None else own))
    for geom, (contype, conaffinity) in zip(geoms, collision_masks(classes), strict=True):
        geom.contype, geom.conaffinity = contype, conaffinity
        geom.priority = 0 if geom.parent == spec.worldbody else 1  # its friction is what it has on the ground


def _find(model: mujoco.MjModel, index: int, actor: Actor) -> Slot:
    asset, prefix = actor.asset, _prefix(index)
    bodies = np.array([model.body(prefix + link.body).id for link in asset.links])
    top = int(model.body_rootid[bodies[0]])
    return Slot(
        actor=actor,
        root=int(bodies[0]),
        mocap=int(model.body_mocapid[top]),
        block=find_block(model, top),
        bodies=bodies,
        geoms=np.array([model.geom(prefix + shape.geom).id for shape in asset.shapes], int),
        drives=np.array([model.actuator(prefix + name).id for name in asset.dofs.names], int),
        tendons=np.array([model.tendon(prefix + tendon.name).id for tendon in asset.tendons], int),
        sites=tuple(f"{prefix}sensor_{number}" for number in range(len(actor.sensors))),
    )
