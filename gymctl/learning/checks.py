"""Checks the settings before a training begins."""

from gymctl.config import Config
from gymctl.core.errors import InputError


def check_trainable(task: str, config: Config) -> None:
    """Refuses settings that training doesn't have.

    Args:
        task: Name of the task YAML, for the advice.
        config: The resolved config.

    Raises:
        InputError: The config asks for one.
    """
    if config.tree["test"]:
        raise InputError("test=True is how IsaacGymEnvs plays a policy; here that is a command", f"gymctl play {task}")
    if config.tree["sigma"] not in ("", None):
        raise InputError(
            "sigma sets the noise of a policy that is played, not trained", f"gymctl play {task} --sigma S"
        )
    if config.learner.get("central_value_config") is not None:
        raise InputError(
            "train.params.config.central_value_config is not supported yet: tasks have no observations for a critic "
            "alone",
            "take it out; the policy's own network has the critic",
        )
    if config.learner.get("multi_gpu"):
        raise InputError("multi_gpu is not available in this version", "leave it out or set multi_gpu=False")
