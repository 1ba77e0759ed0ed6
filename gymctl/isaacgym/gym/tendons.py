"""Tendons of assets and actors: their names, joints and properties."""

import copy
import math
from collections.abc import Iterator, Sequence

import mujoco
import numpy as np

from gymctl.core.errors import InputError
from gymctl.isaacgym.enums import TendonType
from gymctl.isaacgym.gym.handles import Actor, Asset, Env
from gymctl.isaacgym.gym.model_fields import UNLIMITED, Values
from gymctl.isaacgym.gym.notices import tell
from gymctl.isaacgym.properties import TendonProperties
from gymctl.scene.assets.asset import FileTendon
from gymctl.scene.worlds import Slot

Rows = tuple[TendonProperties, ...]
_FLOAT_MAX = float(np.finfo(np.float32).max)


class Tendons:
    """Methods of `Gym` for tendons. The tension of a fixed one acts on its joints times their coefficients."""

    def get_asset_tendon_count(self, asset: Asset) -> int:
        """Number of tendons."""
        return len(asset.source.tendons)

    def get_asset_tendon_name(self, asset: Asset, index: int) -> str:
        """Name of a tendon."""
        return asset.source.tendons[index].name

    def find_asset_tendon_index(self, asset: Asset, name: str) -> int:
        """Index of a tendon; -1 if there is none of that name."""
        names = [tendon.name for tendon in asset.source.tendons]
        return names.index(name) if name in names else -1

    def get_asset_tendon_properties(self, asset: Asset) -> list[TendonProperties]:
        """Properties of the tendons, copies."""
        return list(map(copy.copy, asset.tendons or file_rows(asset)))

    def set_asset_tendon_properties(self, asset: Asset, props: Sequence[TendonProperties]) -> bool:
        """Sets what the tendons of actors that are made from now on will have.

        Raises:
            InputError: They are of another number of tendons.
        """
        asset.tendons = _checked(props, asset)
        return True

    def get_asset_fixed_tendon_joint_name(self, asset: Asset, tendon: int, joint: int) -> str:
        """Name of a joint that a fixed tendon couples."""
        return asset.source.tendons[tendon].joints[joint]

    def get_asset_fixed_tendon_joint_coefficients(self, asset: Asset, tendon: int) -> list[float]:
        """Coefficients of the joints that a fixed tendon couples."""
        return list(asset.source.tendons[tendon].coefficients)

    def get_actor_tendon_count(self, env: Env, handle: int) -> int:
        """Number of tendons."""
        return self.get_asset_tendon_count(env.actors[handle].asset)

    def get_actor_tendon_name(self, env: Env, handle: int, index: int) -> str:
        """Name of a tendon."""
        return self.get_asset_tendon_name(env.actors[handle].asset, index)

    def find_actor_tendon_index(self, env: Env, handle: int, name: str) -> int:
        """Index of a tendon; -1 if there is none of that name."""
        return self.find_asset_tendon_index(env.actors[handle].asset, name)

    def get_actor_tendon_properties(self, env: Env, handle: int) -> list[TendonProperties]:
        """Properties of the tendons, copies."""
        actor = env.actors[handle]
        return list(map(copy.copy, actor.tendons or file_rows(actor.asset)))

    def set_actor_tendon_properties(self, env: Env, handle: int, props: Sequence[TendonProperties]) -> bool:
        """Sets the properties of an actor's tendons.

        Raises:
            InputError: They are of another number of tendons.
        """
        actor = env.actors[handle]
        actor.tendons = _checked(props, actor.asset)
        if env.sim.live is not None:
            env.sim.changed.add(env.index)
        return True

    def get_actor_tendon_offset(self, env: Env, handle: int, index: int) -> float:
        """What is added to the length of a tendon [m]; the largest float32 if there is no such tendon."""
        actor = env.actors[handle]
        return actor.tendon_offsets.get(index, 0.0) if _has(actor, index) else _FLOAT_MAX

    def set_actor_tendon_offset(self, env: Env, handle: int, index: int, offset: float) -> bool:
        """Sets what is added to the length of a tendon [m], for its spring and its limits; False if there is none.

        Raises:
            InputError: The offset isn't finite.
        """
        actor = env.actors[handle]
        if not math.isfinite(offset):
            raise InputError(f"a tendon's offset can't be {offset}", "give a length in metres")
        if not _has(actor, index):
            return False
        actor.tendon_offsets = {**actor.tendon_offsets, index: float(offset)}
        if env.sim.live is not None:
            env.sim.changed.add(env.index)
        return True

    def get_actor_fixed_tendon_joint_name(self, env: Env, handle: int, tendon: int, joint: int) -> str:
        """Name of a joint that a fixed tendon couples."""
        return self.get_asset_fixed_tendon_joint_name(env.actors[handle].asset, tendon, joint)

    def find_actor_fixed_tendon_joint_index(self, env: Env, handle: int, tendon: int, name: str) -> int:
        """Index of a joint among those that a fixed tendon couples; -1 if it isn't one of them."""
        joints = env.actors[handle].asset.source.tendons[tendon].joints
        return joints.index(name) if name in joints else -1

    def get_actor_fixed_tendon_joint_coefficients(self, env: Env, handle: int, tendon: int) -> list[float]:
        """Coefficients of the joints that a fixed tendon couples."""
        return self.get_asset_fixed_tendon_joint_coefficients(env.actors[handle].asset, tendon)


def file_rows(asset: Asset) -> Rows:
    """The properties that an asset's tendons have by its file."""
    return tuple(_properties(tendon, asset.tendon_limit_stiffness) for tendon in asset.source.tendons)


def tendon_values(slot: Slot, actors: Sequence[Actor]) -> Iterator[Values]:
    """Values of the tendons of some envs' actors. An offset shifts the lengths that springs and limits compare with."""
    first = actors[0].tendons
    if first and not any(actor.tendon_offsets or actor.tendons is not first for actor in actors):
        actors = actors[:1]
    rows = [actor.tendons or file_rows(actor.asset) for actor in actors]

    def column(name: str) -> np.ndarray:
        return np.array([[float(getattr(tendon, name)) for tendon in row] for row in rows])

    offsets = np.array([[actor.tendon_offsets.get(i, 0.0) for i in range(len(slot.tendons))] for actor in actors])
    yield Values("tendon_stiffness", slot.tendons, column("stiffness"))
    yield Values("tendon_damping", slot.tendons, column("damping"))
    rest = column("fixed_spring_rest_length") - offsets
    yield Values("tendon_lengthspring", slot.tendons, np.repeat(rest[..., None], 2, -1))
    limits = np.stack((column("fixed_lower_limit"), column("fixed_upper_limit")), axis=-1) - offsets[..., None]
    limited = column("is_fixed_limited")[..., None] != 0.0
    yield Values("tendon_range", slot.tendons, np.where(limited, limits, [-UNLIMITED, UNLIMITED]))


def prepare_tendons(model: mujoco.MjModel, slot: Slot) -> None:
    """Switches limits on, which no world can have of its own; wide ones where the file has none."""
    without = slot.tendons[model.tendon_limited[slot.tendons] == 0]
    model.tendon_limited[without], model.tendon_range[without] = 1, (-UNLIMITED, UNLIMITED)


def _has(actor: Actor, index: int) -> bool:
    return 0 <= index < len(actor.asset.source.tendons)


def _properties(tendon: FileTendon, limit_stiffness: float) -> TendonProperties:
    props = TendonProperties()
    props.type = TendonType.TENDON_FIXED if tendon.joints else TendonType.TENDON_SPATIAL
    props.num_joints = len(tendon.joints)
    props.stiffness, props.damping, props.limit_stiffness = tendon.stiffness, tendon.damping, limit_stiffness
    props.is_fixed_limited = tendon.range is not None
    props.fixed_lower_limit, props.fixed_upper_limit = tendon.range or (0.0, 0.0)
    props.fixed_spring_rest_length = tendon.rest_length
    return props


def _checked(props: Sequence[TendonProperties], asset: Asset) -> Rows:
    before = asset.tendons or file_rows(asset)
    if len(props) != len(before):
        raise InputError(
            f"properties of {len(props)} tendons were set, but there are {len(before)}", "set those of all"
        )
    for tendon, old in zip(props, before, strict=True):
        if tendon.fixed_lower_limit > tendon.fixed_upper_limit:
            raise InputError("a tendon's lower limit is above its upper one", "exchange them")
        if tendon.limit_stiffness != old.limit_stiffness:
            tell("limit_stiffness: limits of tendons are as stiff as MuJoCo's are")
    return tuple(map(copy.copy, props))
