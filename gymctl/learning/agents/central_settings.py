"""A central value's part of a config and of a checkpoint, checked before a training begins."""

from pathlib import Path
from typing import Any

from gymctl.config import Config
from gymctl.config.learners import REQUIRED_BY_CENTRAL_VALUE
from gymctl.config.trees import lookup
from gymctl.core.errors import InputError
from gymctl.policies.checkpoints.contents import check_weights
from gymctl.policies.checkpoints.training_state import CENTRAL_NETS

_KEY = "train.params.config.central_value_config"


def has_central_value(config: Config) -> bool:
    """Whether a critic is trained beside the policy."""
    return config.learner.get("central_value_config") is not None


def has_memory(config: Config) -> bool:
    """Whether such a critic remembers."""
    return has_central_value(config) and "rnn" in config.learner["central_value_config"]["network"]


def check_settings(config: Config, num_states: int) -> None:
    """Refuses settings with which rl_games would fail.

    Args:
        config: With a central value.
        num_states: What the task gives it.

    Raises:
        InputError: Naming the key.
    """
    central = config.learner["central_value_config"]
    missing = [key for key in REQUIRED_BY_CENTRAL_VALUE if lookup(central, tuple(key.split("."))) is None]
    if missing:
        raise InputError(f"{_KEY} lacks {', '.join(missing)}", "add it, as in IsaacGymEnvs' YAMLs")
    if not (central.get("minibatch_size") or central.get("minibatch_size_per_env")):
        raise InputError(f"{_KEY} lacks minibatch_size", "add it, as in minibatch_size: 16384")
    if not num_states:
        raise InputError(
            f"{_KEY} needs a task with num_states, and {config.task.name} has none", f"take it out: {_KEY}=null"
        )
    network = central["network"]
    if not network.get("central_value") or network.get("separate"):
        raise InputError(
            f"{_KEY}.network is that of a policy, whose critic is not alone",
            f"set {_KEY}.network.central_value=True and {_KEY}.network.separate=False",
        )


def check_weights_of(checkpoint: dict[str, Any], path: Path) -> None:
    """Refuses a checkpoint from which a central value can't go on.

    Args:
        checkpoint: As `gymctl.policies.checkpoints.loading.load_checkpoint` returns it.
        path: Its file, for the message.

    Raises:
        InputError: It has none, or weights that no training leaves behind.
    """
    nets = checkpoint.get(CENTRAL_NETS)
    if not isinstance(nets, dict) or not nets:
        raise InputError(
            f"{path} has no central value, and the config has one",
            "begin a training with its weights: --from; the central value begins anew then",
        )
    check_weights(nets, str(path))
