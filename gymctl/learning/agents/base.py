"""The training side of an algorithm: its agent, and what the rest of training has to know of it."""

import io
import math
import re
from abc import ABC
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar, NamedTuple

import torch

from gymctl.config import Config
from gymctl.core.files import atomic_write
from gymctl.envs.capacity import MemoryNeed
from gymctl.envs.vec_env import VecEnv
from gymctl.runs.checkpoint_names import OWN_KEYS, PHYSICS_KEY, VERSION_KEY


class EpochTimes(NamedTuple):
    """Wall times of an epoch [s]."""

    step: float
    """Environment steps."""
    play: float
    """Environment steps and policy inference."""
    update: float
    """The networks' updates."""


class Style(NamedTuple):
    """What AMP's discriminator thinks of the motions of an epoch."""

    reward: float
    """The mean style reward of a control step, without its weight."""
    agent_accuracy: float
    """The part of the policy's motions that it knows for the policy's."""
    demo_accuracy: float
    """The part of the demonstrations that it knows for demonstrations."""


class Algorithm(ABC):
    """How an algorithm is trained. Its policy is read by the `PolicyNetwork` of the same name."""

    name: ClassVar[str]
    """``train.params.algo.name``."""
    agent: ClassVar[type[Any]]
    """The class that trains: rl_games' agent with our changes."""
    horizon: ClassVar[str]
    """The key of ``train.params.config`` that says how many control steps an epoch has."""
    shares_learning: ClassVar[bool] = False
    """Whether several processes can train one policy together."""
    resumes_exactly: ClassVar[bool] = True
    """Whether a checkpoint has all that a training goes on with."""
    optimizers: ClassVar[frozenset[str]]
    """Keys of a checkpoint that training needs to continue, besides ``epoch`` and ``frame``."""

    def optimizers_of(self, config: Config) -> frozenset[str]:
        """The `optimizers` of a config."""
        return self.optimizers

    def env_steps_per_epoch(self, config: Config) -> int:
        """Env steps an epoch, all envs together."""
        return config.num_envs * config.learner.get(self.horizon, 1)

    def fit(self, config: Config) -> tuple[Config, str | None]:
        """Fits a config to its number of envs; also gives a line for the user, if that changed something."""
        return config, None

    def check_settings(self, config: Config, num_states: int) -> None:  # noqa: B027
        """Checks the algorithm's own settings, against how many numbers only a critic sees.

        Raises:
            InputError: One is missing, or doesn't fit the task.
        """

    def check_buildable(  # noqa: B027
        self, config: Config, num_observations: int, num_actions: int, num_states: int = 0
    ) -> None:
        """Builds what can be built without an env, and throws it away.

        Raises:
            InputError: rl_games can't build it, or fails on a key.
        """

    def memory_need(self, config: Config, num_observations: int, num_actions: int, num_states: int = 0) -> MemoryNeed:
        """Memory that learning takes on the device where it learns."""
        return MemoryNeed()

    def check_weights(self, checkpoint: dict[str, Any], path: Path, config: Config) -> None:  # noqa: B027
        """Checks what a training takes of a checkpoint beside the policy, to go on with it or to begin with it.

        Args:
            checkpoint: As `gymctl.policies.checkpoints.loading.load_checkpoint` returns it.
            path: Its file.
            config: The config to train with.

        Raises:
            InputError: It is missing, or no such thing.
        """

    def complete(self, checkpoint: dict[str, Any], path: Path, config: Config) -> str | None:
        """Gives a checkpoint of an older layout, in place, the counters that it has under other names.

        Args:
            checkpoint: What a training continues from.
            path: Its file.
            config: The config to continue with.

        Returns:
            A line for the user, where a counter had to be guessed.
        """
        return None

    def adapt(self, checkpoint: dict[str, Any], before: Mapping[str, Any] | None, config: Config) -> None:  # noqa: B027
        """Gives a checkpoint, in place, the settings that a changed config has for its optimizers.

        Args:
            checkpoint: What a training continues from.
            before: The config tree of its run; None if it is not known.
            config: The config to continue with.
        """


def best_before(checkpoint: Mapping[str, Any]) -> float:
    """The best mean reward that a training continues with; -inf if it is of another simulator, where it means nothing.

    Args:
        checkpoint: What is continued.
    """
    is_ours = any(key in checkpoint for key in OWN_KEYS)
    return float(checkpoint.get("last_mean_rewards", -math.inf)) if is_ours else -math.inf


def origin_marks(env: VecEnv) -> dict[str, Any]:
    """What a checkpoint tells of the env that its policy is trained in; see `gymctl.policies.origin`."""
    return {PHYSICS_KEY: env.physics, VERSION_KEY: env.task.version}


def checkpoint_path(fn: str) -> Path:
    """The file that rl_games means by a name: the reward stands in it plainly, and not where no episode has ended yet.

    Args:
        fn: As ``nn/last_Ant_ep_5_rew__12.5_``.
    """
    path = Path(fn)
    found = re.fullmatch(r"(.+_(?:ep|frame)_\d+)_rew__?([^_]+)_?", path.name)
    if found is None:
        return path.with_name(f"{path.name}.pth")
    stem, reward = found.groups()
    is_known = reward.lstrip("+-") not in ("inf", "nan")
    return path.with_name(f"{stem}_rew_{reward}.pth" if is_known else f"{stem}.pth")


def write_checkpoint(state: dict[str, Any], path: Path) -> None:
    """Writes a checkpoint under its name once it is complete.

    Args:
        state: Plain values and tensors.
        path: The ``.pth`` file.

    Raises:
        OSError: It can't be written; what was there before is left as it was.
    """
    content = io.BytesIO()  # written by Python: PyTorch's own writer doesn't say why it fails, as of a full disk
    torch.save(state, content)
    with atomic_write(path, inside=path.parent.parent) as temporary:
        temporary.write_bytes(content.getbuffer())
