"""Migrates checkpoints from the layouts that rl_games has saved over the years to that of version 1.6."""

import math
from typing import Any

from torch import Tensor

from gymctl.core.errors import InputError
from gymctl.policies.checkpoints.contents import check_tensors, check_weights, is_number
from gymctl.policies.checkpoints.inspecting import FIX, shown

_COMPILED = "_orig_mod."
_SAC_NETWORKS = ("actor", "critic", "critic_target")
_DEEPEST, _MOST_VALUES = 32, 1_000_000
_OLD_NORMALISERS = {"running_mean_std": "running_mean_std", "reward_mean_std": "value_mean_std"}
_SCALER_RANGES = {
    "scale": (1e-30, 1e30),
    "growth_factor": (1.0, 1e6),
    "backoff_factor": (0.0, 1.0),
    "growth_interval": (1, 2**31),
    "_growth_tracker": (0, 2**31),
}


def migrate(checkpoint: Any, source: str) -> dict[str, Any]:
    """Brings a loaded checkpoint into today's layout.

    Prefixes that ``torch.compile`` leaves in names are taken out. Normalisers saved beside the network (before 2022,
    and by SAC) go into it; so do the networks that SAC saves one by one. A gradient scaler that can't be loaded is
    dropped, as the empty one that a CPU run saves.

    Args:
        checkpoint: What was loaded.
        source: The file's name, for the message.

    Raises:
        InputError: If it isn't a checkpoint, or its weights can't be used.
    """
    if not isinstance(checkpoint, dict):
        raise InputError(f"'{source}' holds a {type(checkpoint).__name__}, not a checkpoint", FIX)
    if _size(checkpoint, {}) > _MOST_VALUES:
        raise InputError(f"'{source}' nests its data without measure", "don't load it: no policy is saved like this")
    check_tensors(checkpoint, source)
    checkpoint = _plain(checkpoint)
    if "scaler" in checkpoint and not _is_scaler(checkpoint["scaler"]):
        del checkpoint["scaler"]
    model = checkpoint.get("model")
    if not isinstance(model, dict) or not model:
        model = _model_of_sac(checkpoint)
    if not model:
        raise InputError(f"'{source}' has no network in it (no 'model' among {_names(checkpoint)})", FIX)
    for old, new in _OLD_NORMALISERS.items():
        statistics = checkpoint.pop(old, None)
        if isinstance(statistics, dict):
            model = {f"{new}.{key}": value for key, value in statistics.items()} | model
    check_weights(model, source)
    return {key: value for key, value in checkpoint.items() if key not in _SAC_NETWORKS} | {"model": model}


def _model_of_sac(checkpoint: dict[str, Any]) -> dict[str, Any]:
    return {
        f"sac_network.{name}.{key}": value
        for name in _SAC_NETWORKS
        if isinstance(checkpoint.get(name), dict)
        for key, value in checkpoint[name].items()
    }


def _size(data: Any, sizes: dict[int, float], depth: int = 0) -> float:
    """How many values there are, those that are shared counted wherever they stand; infinite if nested too deep."""
    if not isinstance(data, dict | list | tuple | set):
        return 1
    if depth > _DEEPEST:
        return math.inf
    if id(data) not in sizes:
        sizes[id(data)] = math.inf  # so that what contains itself has no measure
        items = data.values() if isinstance(data, dict) else data
        sizes[id(data)] = 1 + sum(_size(item, sizes, depth + 1) for item in items)
    return sizes[id(data)]


def _is_scaler(state: Any) -> bool:
    return isinstance(state, dict) and all(
        is_number(state.get(key), low, high) for key, (low, high) in _SCALER_RANGES.items()
    )


def _plain(data: Any) -> Any:
    """Nested dicts without the names that ``torch.compile`` adds, and with tensors that know no gradient."""
    if isinstance(data, Tensor):
        return data.detach()
    if not isinstance(data, dict):
        return data
    return {key.replace(_COMPILED, "") if isinstance(key, str) else key: _plain(value) for key, value in data.items()}


def _names(checkpoint: dict[Any, Any]) -> str:
    return ", ".join(shown(key) for key in list(checkpoint)[:5]) or "nothing"
