"""Keys and values of Isaac Gym and older rl_games: translated, or told to be without effect."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from gymctl.config.trees import KeyPath, dotted, lookup, merge

NO_EFFECT: tuple[KeyPath, ...] = (
    ("pipeline",),
    ("graphics_device_id",),
    ("solver_type",),
    ("num_subscenes",),
    ("force_render",),
    ("pbt",),
    ("task", "sim", "physx"),
    ("task", "sim", "flex"),
    ("task", "sim", "use_gpu_pipeline"),
    ("task", "sim", "num_client_threads"),
    ("task", "sim", "disable_gravity"),
    ("task", "sim", "add_damping"),
)
"""Keys that only meant something to Isaac Gym."""

NO_EFFECT_IN_OUR_TASKS: tuple[KeyPath, ...] = tuple(
    ("task", "env", *keys)
    for keys in (
        ("envSpacing",),
        ("enableDebugVis",),
        ("enableCameraSensors",),
        ("cameraFollow",),
        ("aggregateMode",),
        ("asset",),
        ("frankaPositionNoise",),
        ("frankaRotationNoise",),
        ("plane", "staticFriction"),
        ("plane", "restitution"),
        ("numObservations",),
        ("numActions",),
        ("numStates",),
        ("numAgents",),
        ("renderFPS",),
        ("urdfAsset",),
        ("viewer",),
        ("terrain", "staticFriction"),
        ("terrain", "restitution"),
        ("terrain", "slopeTreshold"),
        ("aggregate_mode",),
        ("control_decimation",),
        ("enable_ft_sensors",),
        ("cube_obs_keypoints",),
        ("reward_terms", "finger_move_penalty", "activate"),
        ("reward_terms", "finger_reach_object_rate", "activate"),
        ("reward_terms", "finger_reach_object_rate", "norm_p"),
        ("reward_terms", "object_dist", "activate"),
        ("reward_terms", "object_rot", "activate"),
        ("reward_terms", "keypoints_dist", "weight"),
    )
)
"""The same in the tasks of this package; a user's own task may read them."""

_READ_WHERE_TOLD: tuple[KeyPath, ...] = tuple(
    ("task", "env", key) for key in ("startPositionNoise", "startRotationNoise")
)
"""The same in those whose YAML in this package lacks them."""

_ENGINES = ("physx", "flex")
_PPO: KeyPath = ("train", "params", "config")


def translated(tree: dict[str, Any]) -> dict[str, Any]:
    """A config or a part of one, in this package's terms.

    Isaac Gym's physics engines mean the automatic choice. ``seq_len`` is what rl_games calls ``seq_length`` now, and
    the player's ``determenistic`` is ``deterministic``.
    """
    tree = merge({}, tree)
    if tree.get("physics_engine") in _ENGINES:
        tree["physics_engine"] = "auto"
    if lookup(tree, ("task", "physics_engine")) in _ENGINES:
        tree["task"]["physics_engine"] = "${..physics_engine}"
    for path, old, new in ((_PPO, "seq_len", "seq_length"), ((*_PPO, "player"), "determenistic", "deterministic")):
        section = lookup(tree, path)
        if isinstance(section, dict) and old in section:
            section.setdefault(new, section.pop(old))
    return tree


def without_effect(reference: Mapping[str, Any] | None) -> tuple[KeyPath, ...]:
    """Keys that only meant something to Isaac Gym, or to IsaacGymEnvs' version of a task.

    Args:
        reference: The packaged YAML of the task's class; None for a class of the user's.
    """
    if reference is None:
        return NO_EFFECT
    unread = (path for path in _READ_WHERE_TOLD if lookup(reference, path[1:]) is None)
    return (*NO_EFFECT, *NO_EFFECT_IN_OUR_TASKS, *unread)


def notes(user_set: dict[KeyPath, Any], reference: Mapping[str, Any] | None) -> Iterator[str]:
    """What the user should know about keys that mean something else here, or nothing.

    Args:
        user_set: What the user set in YAMLs and overrides.
        reference: As `without_effect`.
    """
    for path in (("physics_engine",), ("task", "physics_engine")):
        if user_set.get(path) in _ENGINES:
            yield f"{dotted(path)}={user_set[path]} is Isaac Gym's: taken as 'auto'"
    if found := [name for key in without_effect(reference) if (name := named(key, user_set))]:
        yield f"without effect here, since it was for Isaac Gym: {', '.join(found)}"


def named(key: KeyPath, paths: Collection[KeyPath]) -> str:
    """How to name a key of which some path is a part: ``task.sim.physx.*`` for a section, ``""`` if there is none."""
    found = [path for path in paths if path[: len(key)] == key]
    return "" if not found else dotted(key) if key in found else f"{dotted(key)}.*"
