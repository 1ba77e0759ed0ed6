"""The page of a policy on the Hub: what it is, how it was trained, and how to play it."""

from collections.abc import Mapping
from typing import Any

import yaml

from gymctl.core.terminal import one_line
from gymctl.policies.hub.address import SCHEME, Address
from gymctl.policies.hub.package import ABOUT, CONFIG, WEIGHTS, About


def write_card(address: Address, about: About, manifest: Mapping[str, Any]) -> str:
    """The ``README.md``, in Markdown, with the Hub's metadata.

    Args:
        address: Where the policy goes.
        about: What it is.
        manifest: Of its run.
    """
    task, versions = _plain(about.task), manifest.get("versions")
    rows = {
        "task": task,
        "algorithm": about.algorithm,
        "env steps": _number(about.env_steps),
        "epoch of this checkpoint": _number(about.epoch),
        "mean return in training": _number(about.mean_return),
        "seed": about.seed,
        "training time in s": _number(about.wall_seconds),
        "physics": about.physics or "Isaac Gym",
        "simulator": manifest.get("engine"),
        "device": manifest.get("rl_device"),
        **(versions if isinstance(versions, dict) else {}),
    }
    table = "\n".join(f"| {_plain(name)} | {_plain(value)} |" for name, value in rows.items() if value is not None)
    return f"""---
{yaml.safe_dump(_metadata(address, about), sort_keys=False, allow_unicode=True)}---

# {_plain(address.repo.partition("/")[2])}

A policy for the task {task} of gymctl, which trains robots in MuJoCo. Play it, measure it, watch it:

```sh
gymctl play {task} {SCHEME}{address.repo}
gymctl play {task} {SCHEME}{address.repo} --viewer
gymctl export {task} {SCHEME}{address.repo} --output policy.onnx
```

## How it was trained

| | |
|---|---|
{table}

The return is the mean with exploration noise, as training saw it.

## Files

| | |
|---|---|
| `{WEIGHTS}` | the network's weights, and what observations are normalised with |
| `{CONFIG}` | the config of the training, with all values |
| `{ABOUT}` | task, versions and returns, for programs |
"""


def _metadata(address: Address, about: About) -> dict[str, Any]:
    """For the Hub's search and its table of results."""
    task = _plain(about.task)
    metadata: dict[str, Any] = {
        "library_name": "gymctl",
        "pipeline_tag": "reinforcement-learning",
        "tags": ["gymctl", "reinforcement-learning", "deep-reinforcement-learning", "robotics", "mujoco", task],
    }
    if about.mean_return is not None:
        metric = {"type": "mean_reward", "name": "mean return in training", "value": round(about.mean_return, 2)}
        kind = {"type": "reinforcement-learning", "name": "reinforcement-learning"}
        result = {"task": kind, "dataset": {"name": task, "type": task}, "metrics": [metric]}
        metadata["model-index"] = [{"name": address.repo.partition("/")[2], "results": [result]}]
    return metadata


def _number(value: float | None) -> str | None:
    if value is None:
        return None
    return f"{value:,}" if isinstance(value, int) else f"{value:,.2f}"


def _plain(value: object) -> str:
    """Text that can't end a cell of a table, nor begin HTML, a link or code."""
    text = one_line(str(value)[:100])
    return "".join(character for character in text if character not in "|<>[]`\\")
