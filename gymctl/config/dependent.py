"""Keys that have an effect only together with another: without it, the user is told."""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from gymctl.config.catalogue import packaged_task
from gymctl.config.config import Config
from gymctl.config.foreign import named
from gymctl.config.schema import rule_at, schema
from gymctl.config.trees import KeyPath, lookup, meant

_PARAMS, _LEARNER, _NETWORK = "train.params", "train.params.config", "train.params.network"

Tree = Mapping[str, Any]


@dataclass(frozen=True)
class Dependent:
    """Keys that need something else in the config; below a key, all keys do."""

    keys: tuple[str, ...]
    """Dotted."""
    when: str
    """Completes "KEY has no effect ..."."""
    is_met: Callable[[Tree], bool]
    """Of the resolved config."""
    usual: tuple[Any, ...] = ()
    """Values of which nothing is said; ``"=KEY"`` is the value of another key."""
    may_stay: bool = False
    """Whether YAMLs keep such keys for the day when they have an effect: then only flags and overrides are told."""


def _on(key: str) -> Callable[[Tree], bool]:
    path = tuple(key.split("."))
    return lambda tree: bool(lookup(tree, path))


def _equal(key: str, value: Any) -> Callable[[Tree], bool]:
    path = tuple(key.split("."))
    return lambda tree: lookup(tree, path) == value


def _is_none_of(key: str, *values: Any) -> Callable[[Tree], bool]:
    path = tuple(key.split("."))
    return lambda tree: lookup(tree, path) not in values


def _either(*tests: Callable[[Tree], bool]) -> Callable[[Tree], bool]:
    return lambda tree: any(test(tree) for test in tests)


def _has_two_physics(tree: Tree) -> bool:
    task = tree["task"]
    return packaged_task(task["name"]) is None or bool(lookup(task, ("sim", "mujoco", "timesteps")))


def _keys(section: str, names: str) -> tuple[str, ...]:
    return tuple(f"{section}.{name}" if section else name for name in names.split())


_IS_PPO, _IS_AMP, _IS_SAC = (
    _equal(f"{_PARAMS}.algo.name", name) for name in ("a2c_continuous", "amp_continuous", "sac")
)

DEPENDENT: tuple[Dependent, ...] = (
    Dependent(
        _keys(_LEARNER, "seq_length zero_rnn_on_done"),
        "without train.params.network.rnn",
        _either(_IS_SAC, _on(f"{_NETWORK}.rnn")),
        may_stay=True,
    ),
    Dependent(
        _keys(_LEARNER, "schedule_entropy"),
        "without lr_schedule=linear",
        _either(_IS_SAC, _equal(f"{_LEARNER}.lr_schedule", "linear")),
        (False,),
    ),
    Dependent(
        _keys(_LEARNER, "kl_threshold"),
        "without lr_schedule=adaptive",
        _either(_IS_SAC, _equal(f"{_LEARNER}.lr_schedule", "adaptive")),
        may_stay=True,
    ),
    Dependent(_keys(_NETWORK, "normalization"), "without mlp.d2rl=True", _on(f"{_NETWORK}.mlp.d2rl"), (None, "None")),
    Dependent(_keys(_NETWORK, "log_std_bounds"), "with PPO", _IS_SAC),
    Dependent(
        _keys(_NETWORK, "rnn value_activation space.continuous"),
        "with soft actor-critic",
        _either(_IS_PPO, _IS_AMP),
        (None, "None", {}),
    ),
    Dependent(_keys(_NETWORK, "disc"), "without amp_continuous", _IS_AMP, (None, {}), may_stay=True),
    Dependent(
        _keys(_NETWORK, "space.continuous.learn_sigma"),
        "with PPO, which learns the noise",
        _either(_IS_AMP, _IS_SAC),
        (True,),
    ),
    Dependent(
        _keys(_LEARNER, "value_bootstrap"),
        "with amp_continuous, which always does it",
        _either(_IS_PPO, _IS_SAC),
        (True,),
    ),
    Dependent(
        _keys("", "wandb_group wandb_name wandb_entity wandb_project wandb_tags wandb_logcode_dir"),
        "without --wandb or wandb_activate=True",
        _on("wandb_activate"),
        may_stay=True,
    ),
    Dependent(
        _keys("task.task", "randomization_params"),
        "without task.task.randomize=True",
        _on("task.task.randomize"),
        may_stay=True,
    ),
    Dependent(
        _keys("task.env", "hybridInitProb"),
        "without stateInit=Hybrid",
        _is_none_of("task.env.stateInit", "Default", "Start", "Random"),
        may_stay=True,
    ),
    Dependent(
        _keys("task.env", "powerScale"),
        "without pdControl=False",
        _is_none_of("task.env.pdControl", True),
        may_stay=True,
    ),
    Dependent(
        _keys("task.env", "terminationHeight contactBodies"),
        "without enableEarlyTermination=True",
        _is_none_of("task.env.enableEarlyTermination", False),
        may_stay=True,
    ),
    Dependent(
        ("physics",), "in tasks of which there is one physics, as Cartpole", _has_two_physics, ("fast",), may_stay=True
    ),
)
"""The table."""

OF_ENGINE: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("mujoco_warp", _keys("task.sim.mujoco", "nconmax njmax recorded")),
    ("mujoco", ("num_threads",)),
)
"""Engines, with keys that only they read."""


def notes(user_set: Collection[KeyPath], typed: Collection[KeyPath], tree: Tree) -> Iterator[str]:
    """What the user should know about keys that were set and lack what they need.

    Args:
        user_set: What the user set in YAMLs, flags and overrides.
        typed: What of it flags and overrides set.
        tree: The resolved config.
    """
    for each in DEPENDENT:
        if each.is_met(tree):
            continue
        usual = [meant(value, tree) for value in each.usual]
        told = typed if each.may_stay else user_set
        unusual = [path for path in told if lookup(tree, path) not in usual]
        found = [name for key in each.keys if (name := named(tuple(key.split(".")), unusual))]
        if found:
            yield _told(found, each.when)


def notes_of_engine(config: Config, engine: str) -> Iterator[str]:
    """What the user should know about keys that overrides set and that are another engine's.

    Args:
        config: The config.
        engine: The engine that simulates.
    """
    for other, keys in OF_ENGINE:
        if other != engine and (found := [key for key in keys if config.is_overridden(key)]):
            yield _told(found, f"with the engine {engine}")


def _told(keys: list[str], when: str) -> str:
    return f"{', '.join(keys)} {'has' if len(keys) == 1 else 'have'} no effect {when}"


def table() -> str:
    """Both tables as Markdown."""
    rows = [(each.keys, each.when) for each in DEPENDENT]
    rows += [(keys, f"without the engine {engine}") for engine, keys in OF_ENGINE]
    lines = ["| key | has no effect |", "|---|---|"]
    lines += [f"| {', '.join(map(_as_code, keys))} | {when} |" for keys, when in rows]
    return "\n".join(lines) + "\n"


def _as_code(key: str) -> str:
    is_section = isinstance(rule_at(schema(None), tuple(key.split("."))), dict)
    return f"`{key}.*`" if is_section else f"`{key}`"
