"""Starts the ranks of a training on this machine, as torchrun does."""

import logging
import uuid
from collections.abc import Sequence

from gymctl.core.children import python


def launch(count: int, arguments: Sequence[str]) -> int:
    """Runs a command in several processes, and ends when all have ended or one has failed.

    Args:
        count: How many.
        arguments: Of gymctl.

    Returns:
        The exit code: that of the first rank if it failed, else of one that did.
    """
    from torch.distributed.elastic.multiprocessing.api import SignalException
    from torch.distributed.elastic.multiprocessing.errors import ChildFailedError
    from torch.distributed.launcher.api import LaunchConfig, elastic_launch

    logging.getLogger("torch.distributed").setLevel(logging.CRITICAL)
    config = LaunchConfig(
        min_nodes=1,
        max_nodes=1,
        nproc_per_node=count,
        run_id=uuid.uuid4().hex,
        rdzv_backend="c10d",
        rdzv_endpoint="localhost:0",
        max_restarts=0,
        monitor_interval=0.1,
    )
    program, *rest = python("gymctl", *arguments)
    try:
        elastic_launch(config, program)(*rest)
    except ChildFailedError as error:
        codes = {rank: failure.exitcode for rank, failure in error.failures.items()}
        code = codes.get(0, next(iter(codes.values())))
        return 128 - code if code < 0 else code
    except SignalException as error:
        return 128 + error.sigval
    return 0
