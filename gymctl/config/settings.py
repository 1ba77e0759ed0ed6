"""Settings that everyone knows by a short word, as ``device``, and the top-level config keys that they set."""

from typing import Any

_KEYS = {"device": ("sim_device", "rl_device"), "engine": ("physics_engine",), "wandb": ("wandb_activate",)}
"""Of the words that differ from their keys."""


def settings_of(**values: Any) -> dict[str, Any]:
    """Values by the config keys that they belong to: ``device="cpu"`` is one of ``sim_device`` and of ``rl_device``."""
    return {key: value for word, value in values.items() for key in _KEYS.get(word, (word,))}
