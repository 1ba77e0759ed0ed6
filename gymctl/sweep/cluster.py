"""Ray for a sweep: started for this machine alone, closed to others and silent; or a cluster that is joined."""

import contextlib
import logging
import os
import secrets
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gymctl.core.errors import BackendError, InputError
from gymctl.core.inside import open_to_append
from gymctl.core.terminal import PlainFile, one_line
from gymctl.sim.devices import available_cores

LOG = "ray.log"
"""In a sweep's directory: what Ray itself had to say."""
_OBJECT_STORE = 100_000_000
"""Bytes; all that goes through it are numbers."""
_SILENCE = {
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_USAGE_STATS_PROMPT_ENABLED": "0",
    "RAY_CHDIR_TO_TRIAL_DIR": "0",
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",
    "RAY_DEDUP_LOGS": "0",
    "RAY_AIR_NEW_OUTPUT": "0",
    "TUNE_DISABLE_AUTO_CALLBACK_LOGGERS": "1",
    "TUNE_WARN_THRESHOLD_S": "3600",
    "TUNE_PRINT_ALL_TRIAL_ERRORS": "0",
}
_CLOSED = {"RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0", "RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": secrets.token_hex(32)}
"""Whoever reaches Ray can run code: without a cluster, its ports are on loopback, for those who know the token."""


@dataclass(frozen=True)
class Resources:
    """What a sweep may use."""

    parallel: int
    """Trials at a time."""
    gpus_per_trial: float = 0.0
    """A fraction shares a GPU among trials."""
    address: str | None = None
    """Of a Ray cluster, as ``ray://head:10001``; None for this machine alone."""


@contextlib.contextmanager
def connected(resources: Resources) -> Iterator[tuple[Any, int]]:
    """Starts Ray here, for this machine only, or joins a cluster.

    Args:
        resources: What the sweep may use.

    Yields:
        The package ray, and the cores of each trial.

    Raises:
        BackendError: Ray can't be started or reached, or hasn't the GPUs.
    """
    os.environ.update(_SILENCE if resources.address else {**_SILENCE, **_CLOSED})
    if resources.address and _has_token():
        os.environ.setdefault("RAY_AUTH_MODE", "token")
    import ray

    scratch = tempfile.mkdtemp(prefix="gymctl-", dir="/tmp")  # sockets' names must be short
    try:
        cores = _join(ray, resources) if resources.address else _start(ray, resources, scratch)
        if resources.gpus_per_trial > (gpus := ray.cluster_resources().get("GPU", 0)):
            raise BackendError(
                f"a trial can't have {resources.gpus_per_trial:g} of {gpus:g} GPUs", "give less with --gpus-per-trial"
            )
        yield ray, max(1, cores)
    finally:
        ray.shutdown()
        shutil.rmtree(scratch, ignore_errors=True)


def on_this_node(ray: Any, kind: type[Any]) -> Any:
    """A class of actors that stay on this machine, or with ``ray://`` on the head, and lives as long as that does."""
    from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

    here = NodeAffinitySchedulingStrategy(ray.get_runtime_context().get_node_id(), soft=False)
    return ray.remote(kind).options(num_cpus=0, scheduling_strategy=here)


def check_gpus(number: float) -> None:
    """Refuses parts of several GPUs, which Ray doesn't give.

    Raises:
        InputError: It is more than one, and not a whole number.
    """
    if number > 1 and not float(number).is_integer():
        raise InputError(f"--gpus-per-trial can't be {number:g}", "give a whole number, or a fraction of one GPU")


def _start(ray: Any, resources: Resources, scratch: str) -> int:
    try:
        ray.init(
            num_cpus=resources.parallel * max(1, available_cores() // resources.parallel),
            include_dashboard=False,
            object_store_memory=_OBJECT_STORE,
            log_to_driver=False,
            logging_level=logging.CRITICAL,
            _node_ip_address="127.0.0.1",
            _temp_dir=scratch,
        )
    except Exception as error:
        raise BackendError(
            f"Ray can't be started: {_first_line(error)}", "see whether 'ray start --head' works"
        ) from error
    return available_cores() // resources.parallel


def _join(ray: Any, resources: Resources) -> int:
    try:
        ray.init(
            resources.address,
            runtime_env={"env_vars": _SILENCE},
            log_to_driver=False,
            logging_level=logging.CRITICAL,
        )
    except Exception as error:
        raise BackendError(
            f"Ray can't be reached at {resources.address}: {_first_line(error)}",
            "check the address and the token, and that Python and Ray have the same versions there",
        ) from error
    largest = max((node["Resources"].get("CPU", 0) for node in ray.nodes() if node["Alive"]), default=0)
    return min(int(ray.cluster_resources().get("CPU", 0)) // resources.parallel, int(largest))


@contextlib.contextmanager
def quiet(log_path: Path) -> Iterator[None]:
    """Keeps what Ray and Optuna print and warn of away from the user: it goes into a log."""
    with (
        PlainFile(os.fdopen(open_to_append(log_path, log_path.parent), "ab")) as log,
        contextlib.redirect_stdout(log),
        warnings.catch_warnings(),
    ):
        warnings.simplefilter("ignore")
        for name in ("ray", "optuna"):
            logging.getLogger(name).setLevel(logging.CRITICAL)
        yield


def _has_token() -> bool:
    """Whether the user has a cluster's token, where Ray looks for it."""
    said = os.environ.get("RAY_AUTH_TOKEN") or os.environ.get("RAY_AUTH_TOKEN_PATH")
    return bool(said) or Path("~/.ray/auth_token").expanduser().is_file()


def _first_line(error: Exception) -> str:
    return one_line(str(error).strip().partition("\n")[0])
