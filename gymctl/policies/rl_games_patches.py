"""Patches of rl_games 1.6.5, all in one place, each with its reason.

Everything else that differs from rl_games is in subclasses of its agents (`gymctl.learning.agents`) and in its
parameters (`gymctl.learning.bridge`).
"""

import sys
from collections.abc import Callable
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch


def skip_test_networks() -> None:
    """Keeps rl_games from importing the networks of its own tests.

    The real module loads torch's compiler on import, which takes 1.4 s, and nothing here uses it.
    """
    unused = ModuleType("rl_games.envs.test_network", "Stands in for networks of rl_games' own tests.")
    for name in ("TestNetBuilder", "TestNetAuxLossBuilder", "SimpleNetBuilder"):
        setattr(unused, name, object)
    sys.modules.setdefault(unused.__name__, unused)


def write_curves_with(make_writer: Callable[[str], Any]) -> None:
    """Has rl_games' agents write their curves with another writer than tensorboardX's.

    tensorboardX writes in a thread of its own. If that can't write, as on a full disk, it dies, and the training waits
    forever for room in its queue.

    Args:
        make_writer: Makes the writer of the agent that is built next, from the directory of its event files.
    """
    from rl_games.algos_torch import sac_agent
    from rl_games.common import a2c_common

    for module in (a2c_common, sac_agent):
        module.SummaryWriter = make_writer  # pyright: ignore[reportAttributeAccessIssue]


def train_central_values_with(make: Callable[..., Any]) -> None:
    """Has rl_games' PPO train its central value, where it has one, with another class than its own.

    The agent makes it in its constructor, and offers no way to give it one.

    Args:
        make: Takes what ``CentralValueTrain`` takes.
    """
    from rl_games.algos_torch import a2c_continuous

    a2c_continuous.central_value.CentralValueTrain = make  # pyright: ignore[reportAttributeAccessIssue]


def keep_matmul_precision(device: "torch.device") -> None:
    """Undoes what rl_games' Runner sets for the whole process: on a CPU, matrices are multiplied in full precision."""
    import torch

    if device.type == "cpu":
        torch.set_float32_matmul_precision("highest")
