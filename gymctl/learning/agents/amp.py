"""Adversarial motion priors on rl_games' PPO: what training has to know of them."""

from pathlib import Path
from typing import Any

from gymctl.config import Config
from gymctl.config.trees import lookup
from gymctl.core.errors import InputError
from gymctl.envs.capacity import FLOAT, MemoryNeed
from gymctl.learning.agents.amp_agent import REPLAY, AmpAgent
from gymctl.learning.agents.ppo import Ppo
from gymctl.policies.checkpoints.contents import check_weights
from gymctl.policies.networks.amp import NORMALISER, AmpNetwork
from gymctl.tasks import registry
from gymctl.tasks.motion_prior import MotionPrior

_FIXED: tuple[tuple[str, tuple[Any, ...], str], ...] = (
    ("config.central_value_config", (None,), "AMP's critic sees what the policy sees"),
    ("network.rnn", (None,), "AMP has no memory"),
    ("network.separate", (True,), "AMP's critic has layers of its own"),
    ("network.space.continuous.fixed_sigma", (True,), "AMP's noise is the same in all states"),
)
"""Keys of ``train.params`` with the only values that they can have, and why; the first one is the default."""


class Amp(Ppo):
    """PPO that is rewarded for looking like demonstrations, as IsaacGymEnvs' ``amp_continuous``."""

    name = AmpNetwork.algorithm
    agent = AmpAgent
    shares_learning = False
    resumes_exactly = False

    def fit(self, config: Config) -> tuple[Config, str | None]:
        """Fits the minibatches to the number of envs, the discriminator's too."""
        config, note = super().fit(config)
        seen, size = config.learner["amp_minibatch_size"], config.learner["minibatch_size"]
        if seen <= size:
            return config, note
        config = config.replaced({"train.params.config.amp_minibatch_size": size}, "gymctl: fitted")
        return config, "; ".join(filter(None, (note, f"amp_minibatch_size {seen} -> {size}: a whole minibatch")))

    def check_settings(self, config: Config, num_states: int) -> None:
        """Checks that the task has demonstrations, and that the network is one of AMP's."""
        task = registry.load(config.task.name)
        if not issubclass(task, MotionPrior):
            raise InputError(
                f"{config.task.name} has no demonstrations, which {self.name} learns from",
                "take a task with demonstrations, as HumanoidAMP, or another train YAML, as train=AntPPO; a task of "
                "your own gets them from gymctl.tasks.motion_prior.MotionPrior",
            )
        for key, values, reason in _FIXED:
            if lookup(config.params, tuple(key.split("."))) not in values:
                raise InputError(f"train.params.{key} can't be set so: {reason}", f"set train.params.{key}={values[0]}")

    def check_weights(self, checkpoint: dict[str, Any], path: Path, config: Config) -> None:
        """Checks the normaliser of AMP observations."""
        if not config.learner["normalize_amp_input"]:
            return
        statistics = checkpoint.get(NORMALISER)
        if not isinstance(statistics, dict) or not statistics:
            raise InputError(
                f"{path} has no {NORMALISER}, and the config says normalize_amp_input: True",
                "it can be played; give another checkpoint, or train.params.config.normalize_amp_input=False",
            )
        check_weights({f"{NORMALISER}.{key}": value for key, value in statistics.items()}, str(path))

    def complete(self, checkpoint: dict[str, Any], path: Path, config: Config) -> str | None:
        """Tells where the replay buffer begins anew."""
        if REPLAY in checkpoint:
            return None
        return f"{path} has no replay buffer, which grows too large for a checkpoint: it is filled anew"

    def memory_need(self, config: Config, num_observations: int, num_actions: int, num_states: int = 0) -> MemoryNeed:
        """PPO's; two steps of motions, as large as an observation each, in an epoch and in the buffers."""
        need, learner = super().memory_need(config, num_observations, num_actions), config.learner
        motion = FLOAT * 2 * num_observations
        rows = learner["amp_replay_buffer_size"] + learner["amp_obs_demo_buffer_size"]
        per_env = 6 * motion * learner["horizon_length"]
        return MemoryNeed(need.base + motion * rows, need.per_env + per_env)
