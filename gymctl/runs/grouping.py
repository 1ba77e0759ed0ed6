"""Which runs differ by their seed only."""

import json
from collections.abc import Iterable
from typing import Any

from gymctl.core.errors import InputError
from gymctl.runs.directory import Run


def group(runs: Iterable[Run]) -> list[list[Run]]:
    """Puts the runs that were trained alike but for the seed together, in the order of the first of each.

    Alike means the same ``task`` and ``train`` in the config; names may differ. A run without a config stays alone.
    """
    groups: dict[str, list[Run]] = {}
    for run in runs:
        groups.setdefault(_key(run), []).append(run)
    return list(groups.values())


def _key(run: Run) -> str:
    try:
        config = run.read_config()
        params = config["train"]["params"]
        learner = _without(params["config"], "name", "full_experiment_name")
        return json.dumps([config["task"], _without(params, "seed"), learner], sort_keys=True)
    except (AttributeError, InputError, KeyError, TypeError):
        return str(run.path)


def _without(settings: dict[str, Any], *keys: str) -> dict[str, Any]:
    return {key: value for key, value in settings.items() if key not in (*keys, "config")}
