"""The typed config that every other room takes: IsaacGymEnvs' tree of keys, resolved and checked."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property, reduce
from pathlib import Path
from typing import Any

from gymctl.config.links import resolve
from gymctl.config.origins import of_override
from gymctl.config.trees import KeyPath, branch, merge
from gymctl.core.errors import InputError

MOTION_FILE = "task.env.motion_file"
"""Names the clips of a task that has some: see `gymctl.motions.sources.find_clips`."""


class Section(dict[str, Any]):
    """A part of a config. Reading a key that it lacks is the user's error, and is told with the whole key.

    Args:
        values: The part, whose own parts become sections too.
        path: Where it stands in the config, as ``task.env``.
    """

    def __init__(self, values: Mapping[str, Any], path: str) -> None:
        parts = {
            key: Section(value, f"{path}.{key}") if isinstance(value, Mapping) else value
            for key, value in values.items()
        }
        super().__init__(parts)
        self._path = path

    def __missing__(self, key: str) -> Any:
        raise InputError(f"{self._path}.{key} is missing", f"add it to the task's YAML, or write +{self._path}.{key}=…")


class TaskConfig(Section):
    """The ``task:`` part of a config, which task classes read.

    Args:
        values: The part.
        run_dir: See `Config.run_dir`; None where the user names the clips.
    """

    def __init__(self, values: Mapping[str, Any], run_dir: Path | None = None) -> None:
        super().__init__(values, "task")
        self.clips_in = run_dir
        """The directory of the run whose config names the clips, ``env.motion_file``; None where the user does."""

    @property
    def name(self) -> str:
        """Name of the task's class."""
        return self["name"]

    @property
    def env(self) -> Section:
        """The ``env:`` part: IsaacGymEnvs' keys of the task."""
        return self["env"]

    @property
    def sim(self) -> Section:
        """The ``sim:`` part: time step, substeps, gravity."""
        return self["sim"]

    @property
    def physics_steps(self) -> int:
        """Steps of ``sim.dt`` in a control step: the product of the keys that multiply them, each 1 if missing."""
        control = self.env.get("control", {})
        inverse = self.env.get("controlFrequencyInv", 1) * control.get("controlFrequencyInv", 1)
        return inverse * control.get("decimation", 1)

    @property
    def timesteps(self) -> int:
        """MuJoCo's timesteps in one of Isaac Gym's substeps, 1 unless ``sim.mujoco.timesteps`` says it of `physics`."""
        return self.sim.get("mujoco", {}).get("timesteps", {}).get(self.physics, 1)

    @property
    def substeps(self) -> int:
        """MuJoCo's timesteps in a step of ``sim.dt``."""
        return self.sim["substeps"] * self.timesteps

    @property
    def physics(self) -> str:
        """``fast``, or ``isaacgym``: as near to PhysX as we can get, at any price."""
        return self.get("physics", "fast")

    @property
    def control_dt(self) -> float:
        """Time between two actions [s]."""
        return self.sim["dt"] * self.physics_steps


@dataclass(frozen=True)
class Config:
    """A resolved and checked config. Don't change its tree: `replaced` makes another config."""

    tree: dict[str, Any]
    """All keys, plain data as in the run's ``config.yaml``: top-level keys, ``task`` and ``train``."""
    notes: tuple[str, ...] = ()
    """Lines for the user about keys that mean something else here, or nothing."""
    origins: Mapping[KeyPath, str] = field(default_factory=dict)
    """Where each value comes from, for the user."""
    unchanged: dict[str, Any] | None = None
    """The tree without flags and overrides, unresolved; None if nothing is known of it."""
    run_dir: Path | None = None
    """The directory of the run that it stands on: what that run's config names is read in there only."""

    @cached_property
    def defaults(self) -> "Config":
        """The config of the same YAMLs without flags and overrides."""
        return self if self.unchanged is None else Config(resolve(self.unchanged))

    @cached_property
    def task(self) -> TaskConfig:
        """The ``task:`` part."""
        return TaskConfig(self.tree["task"], None if self.is_overridden(MOTION_FILE) else self.run_dir)

    @property
    def params(self) -> dict[str, Any]:
        """``train.params``: what rl_games takes."""
        return self.tree["train"]["params"]

    @property
    def learner(self) -> dict[str, Any]:
        """``train.params.config``: the algorithm's settings."""
        return self.params["config"]

    @property
    def network(self) -> dict[str, Any]:
        """``train.params.network``."""
        return self.params["network"]

    @property
    def algorithm(self) -> str:
        """``train.params.algo.name``."""
        return self.params["algo"]["name"]

    @property
    def experiment(self) -> str:
        """Name of the run and of its checkpoints."""
        return self.learner["name"]

    @property
    def checkpoint(self) -> str | None:
        """The checkpoint that the config names: ``checkpoint``, or ``load_path`` if it is to be loaded."""
        path = self.params.get("load_path") if self.params.get("load_checkpoint") else None
        return self.tree["checkpoint"] or path or None

    @property
    def num_envs(self) -> int:
        """Number of simulated robots."""
        return self.tree["task"]["env"]["numEnvs"]

    @property
    def max_epochs(self) -> int:
        """Epochs to train, -1 without a limit."""
        return self.learner.get("max_epochs", -1)

    @property
    def seed(self) -> int:
        """Seed of all random numbers."""
        return self.tree["seed"]

    @property
    def num_threads(self) -> int:
        """Threads that simulate on a CPU, 0 for all cores."""
        return self.tree["num_threads"] or 0

    @property
    def engine(self) -> str:
        """``auto``, ``mujoco`` or ``mujoco_warp``."""
        return self.tree["physics_engine"]

    @property
    def sim_device(self) -> str:
        """``auto``, ``cpu``, ``cuda`` or ``cuda:N``."""
        return self.tree["sim_device"]

    @property
    def rl_device(self) -> str:
        """``auto``, ``cpu``, ``cuda`` or ``cuda:N``."""
        return self.tree["rl_device"]

    def is_overridden(self, key: str) -> bool:
        """Whether an override on the command line sets a key.

        Args:
            key: Dotted.
        """
        return self.origins.get(tuple(key.split("."))) == of_override(key).name

    def replaced(self, values: Mapping[str, Any], origin: str | None = None) -> "Config":
        """The same with other values.

        Args:
            values: By dotted key, as ``task.env.numEnvs``.
            origin: Where they come from, for the user; None leaves the origins as they are.
        """
        paths = {tuple(key.split(".")): value for key, value in values.items()}
        tree = reduce(merge, (branch(path, value) for path, value in paths.items()), self.tree)
        origins = self.origins if origin is None else {**self.origins, **dict.fromkeys(paths, origin)}
        return replace(self, tree=tree, origins=origins)
