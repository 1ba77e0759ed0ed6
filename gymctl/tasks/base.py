"""The contract of a task: one robot problem on top of a simulation."""

from abc import ABC, abstractmethod
from pathlib import Path
from typing import ClassVar, NamedTuple

import mujoco
import torch
from torch import Tensor

from gymctl.config.config import TaskConfig
from gymctl.core.errors import InputError
from gymctl.scene.model_files import read_model
from gymctl.sim.simulation import EnvIds, Simulation
from gymctl.tasks.description import TaskDescription
from gymctl.tasks.measures import Measure

ASSETS = Path(__file__).parent / "assets"
_SIZES = "num_observations", "num_actions", "num_states"


class Sizes(NamedTuple):
    """How many numbers a task gives and takes."""

    observations: int
    actions: int
    states: int


class Task(ABC):
    """One robot problem: its model, actions, observations, rewards, terminations and resets.

    A control step calls `apply_actions`, simulates, and calls `after_physics`, `observe` and `reward`; then `reset` and
    `observe` for the worlds whose episode has ended. ``gymctl tasks`` shows the first line of a task's docstring.

    Args:
        config: The ``task:`` part of the config.
        sim: Worlds of the model that `build_model` made.
        generator: Source of all random numbers of the task, on the simulation's device.
    """

    version: ClassVar[int] = 1
    """Counts the changes after which a policy that was trained before does worse. Checkpoints and exports tell it."""
    num_observations: int
    num_states: int = 0
    """How many numbers a critic sees that is trained beside the policy; 0: it sees what the policy sees."""
    num_actions: int
    episode_length_key: ClassVar[str] = "episodeLength"
    """What IsaacGymEnvs' YAML of the task calls the time limit."""
    late_reset: ClassVar[bool] = False
    """Whether IsaacGymEnvs resets a step late: such episodes have `max_episode_length` steps, others one less."""
    episode_info_names: ClassVar[tuple[str, ...]] = ()
    """Names of the columns of `episode_info`."""
    measures: ClassVar[tuple[Measure, ...]] = ()
    """What the columns of `measure` are."""
    renews_goals: ClassVar[bool] = False
    """Whether an episode goes on with a new goal where one is reached; see `reached_goals` and `renew_goals`.

    The env counts the successes. ``maxConsecutiveSuccesses`` and ``averFactor``, under ``env:`` in the YAML, are its.
    """

    def __init__(self, config: TaskConfig, sim: Simulation, generator: torch.Generator) -> None:
        self.env_config = config.env
        """The ``env:`` part of the config."""
        self.sim = sim
        self.generator = generator
        self.num_observations, self.num_actions, self.num_states = self.sizes(config)

    @property
    def max_episode_length(self) -> int:
        """Time limit of an episode [control steps]."""
        return self.env_config[self.episode_length_key]

    @classmethod
    def sizes(cls, config: TaskConfig) -> Sizes:
        """The task's sizes with a config. A task whose config changes them tells so here; others leave it out.

        Args:
            config: The ``task:`` part of the config.
        """
        del config
        return Sizes(cls.num_observations, cls.num_actions, cls.num_states)

    @classmethod
    def build_spec(cls, config: TaskConfig) -> mujoco.MjSpec:
        """Makes the task's model from its MJCF and the ``task:`` part of the config, ready to be compiled.

        A task that compiles its model itself, in `build_model`, doesn't need it; its model can't be written to a file
        then.
        """
        raise InputError(
            f"{cls.__name__} has no build_spec, so its model can't be written to a file",
            "move what build_model does before compile() into build_spec, and leave build_model out",
        )

    @classmethod
    def build_model(cls, config: TaskConfig) -> mujoco.MjModel:
        """Compiles the task's model: what `build_spec` gives."""
        return cls.build_spec(config).compile()

    @classmethod
    def describe(cls, config: TaskConfig, model: mujoco.MjModel) -> TaskDescription | None:
        """Tells what each observation, action, joint and command is, as exported policies and `gymctl tasks show` do.

        Take scales and weights from where the task itself takes them, so that it can't tell anything else. None: the
        task tells nothing.

        Args:
            config: The ``task:`` part of the config.
            model: What `build_model` made of it.
        """
        del config, model
        return None

    @abstractmethod
    def apply_actions(self, actions: Tensor) -> None:
        """Turns clipped actions ``[num_envs, num_actions]`` into the simulation's controls."""

    def after_physics(self) -> None:  # noqa: B027
        """Called once in a control step, after the physics and before `observe` and `reward`.

        Here a task moves on what it carries from step to step, and corrects or disturbs the simulation's state.
        """

    @abstractmethod
    def observe(self, ids: EnvIds | None = None) -> Tensor:
        """Observations of the present state, ``[n, num_observations]`` float32.

        With an index list of ``n`` worlds these are the rows; with a mask or None all worlds. It changes neither the
        task nor the simulation: asked twice, it gives the same values, but for noise that it draws.
        """

    def observe_states(self, ids: EnvIds | None = None) -> Tensor:
        """What only a critic sees of the present state, ``[n, num_states]`` float32; rows as in `observe`.

        Called right after `observe`, and only where there are `num_states`. It changes nothing.
        """
        raise NotImplementedError

    @abstractmethod
    def reward(self, observations: Tensor) -> tuple[Tensor, Tensor]:
        """Reward ``[num_envs]`` and termination (bool, without time limits) of the step that led to `observations`."""

    def reward_terms(self, observations: Tensor) -> dict[str, Tensor]:
        """What the reward of a step is the sum of, by name, each ``[num_envs]``; nothing if the task doesn't tell.

        Called before `reward`, with the same observations, and only for those who want to see it: ``gymctl play`` and
        the viewer do, training doesn't. It changes nothing.
        """
        return {}

    @abstractmethod
    def reset(self, ids: EnvIds) -> None:
        """Starts new episodes: draws start states, writes them to the simulation, and begins what the task carries.

        The worlds stand at the model's own start. What is written to their state can be read back at once; outputs that
        MuJoCo derives from it are true again only in `observe`, which follows.
        """

    def reached_goals(self) -> Tensor:
        """Which envs have reached their goal in this step, bool ``[num_envs]``; it changes nothing.

        Called after `reward`, and only where the task `renews_goals`.
        """
        raise NotImplementedError

    def renew_goals(self, ids: EnvIds) -> None:
        """Draws new goals for these worlds, which have reached theirs and whose episodes go on.

        Called before the `observe` that tells of them, and only where the task `renews_goals`; first goals are drawn in
        `reset`. A goal is in the task's own tensors; to show it, write to ``sim.mocap_pos`` and the like. Outputs that
        MuJoCo derives are as the last timestep left them.
        """
        raise NotImplementedError

    def set_train_frames(self, frames: int) -> None:  # noqa: B027
        """Told before each epoch of a training how far it is. A task whose reward or resets change with that keeps it.

        Keep it in a tensor, and write to that in place. A task may count further by itself, in `after_physics`.

        Args:
            frames: Control steps of all envs together so far, with those before the training was resumed.
        """

    def on_diverged(self, diverged: Tensor) -> None:  # noqa: B027
        """Called after `reward` with the worlds that went non-finite in this step, bool ``[num_envs]``.

        They stand at the model's start, so what the task has measured in them since the physics is not true.
        """

    def episode_info(self) -> Tensor:
        """Numbers of each env's present episode, ``[num_envs, len(episode_info_names)]``.

        They are logged as means over the episodes that end; only called where there are names.
        """
        raise NotImplementedError

    def measure(self, terminated: Tensor) -> Tensor:
        """What people ask of this step beyond its reward, ``[num_envs, len(measures)]``; it changes nothing.

        Called after `reward` where a policy is played, never in training, and only where there are `measures`.

        Args:
            terminated: As `reward` gave it, bool ``[num_envs]``.
        """
        raise NotImplementedError

    def present_commands(self) -> Tensor | None:
        """What each robot is told to do now, ``[num_envs, commands]`` as in `describe`; None if all are fixed."""
        return None

    @classmethod
    def count_steps(cls, time_limit: int) -> int:
        """Control steps of an episode that only the time limit ends, given `max_episode_length`; see `late_reset`."""
        return time_limit if cls.late_reset else time_limit - 1

    def state_dict(self) -> dict[str, Tensor]:
        """A copy of what the task itself carries from step to step: all its attributes that are tensors or integers.

        Its sizes are none of it. A task that keeps something in another form extends this and `load_state_dict`.
        """
        own = {name: value for name, value in vars(self).items() if name not in _SIZES}
        values = {name: value for name, value in own.items() if isinstance(value, Tensor) or type(value) is int}
        return {name: torch.as_tensor(value).clone() for name, value in values.items()}

    def load_state_dict(self, state: dict[str, Tensor]) -> None:
        """Puts back what `state_dict` gave."""
        for name, value in state.items():
            there = getattr(self, name)
            if not isinstance(there, Tensor):
                setattr(self, name, int(value))
            elif 0 not in there.stride():  # else it is a constant, expanded
                there.copy_(value)

    def uniform(self, low: float, high: float, *shape: int) -> Tensor:
        """Uniform random numbers of the task's generator."""
        return torch.empty(shape, device=self.sim.device).uniform_(low, high, generator=self.generator)


def load_spec(asset: str | Path, config: TaskConfig, *, inside: str | Path | None = None) -> mujoco.MjSpec:
    """Reads an MJCF or URDF and applies the ``sim:`` part of the task's config: time step and gravity.

    A timestep of MuJoCo's is a substep of Isaac Gym's, ``dt / substeps``, or a part of it; see `TaskConfig.timesteps`.

    Args:
        asset: A file in `ASSETS`, or an absolute path.
        config: The ``task:`` part of the config.
        inside: The folder that it and the files that it names (meshes, textures, includes) must be in; None for its
            own. Only a task's author can say so, never the model.

    Raises:
        InputError: It can't be read, names a file outside, or would become too large; see `read_model`.
    """
    spec = read_model(ASSETS / asset, None if inside is None else Path(inside))
    sim = config.sim
    spec.option.timestep = sim["dt"] / config.substeps
    spec.option.gravity = sim["gravity"]
    return spec
