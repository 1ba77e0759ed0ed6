"""What differs between the contract in an exported file and the config that it is played with, in a line."""

import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from gymctl.config.config import Config
from gymctl.core.terminal import one_line
from gymctl.policies.export.metadata import CONTRACT

_MOST = 5
"""Differences that are told one by one."""
_LONGEST = 60
"""Of a name or value that is told [characters]."""
_NONE = "none"
_OF_ACTIONS = (
    *("stiffness", "damping", "effort_limit", "by_controller", "safety_damping"),
    *("kind", "increment", "moving_average", "switch"),
)

Fact = tuple[str, str]
"""What is told, and of which joint, action or element; ``""`` where it is of all."""


def contract_note(config: Config, metadata: Mapping[str, str], path: Path) -> str | None:
    """A line for the user if a policy was made for another robot than the config's; else None.

    A file without a contract says nothing. Rewards and terminations aren't compared: a robot has none.

    Args:
        config: The composed config.
        metadata: Of the exported file, which may be anyone's.
        path: The file, for messages.

    Raises:
        InputError: The contract can't be read.
    """
    from gymctl.policies.export.actor import clips  # these import torch and MuJoCo
    from gymctl.policies.export.contract import read_contract
    from gymctl.policies.export.telling import tell
    from gymctl.tasks import registry

    if CONTRACT not in metadata:
        return None
    there = read_contract(metadata[CONTRACT], path)
    sizes = there.num_observations, len(there.actions)
    own = tell(config, clips(config), registry.sizes(config.task), there.checkpoint_sha256)
    if own.contract is None:
        return None
    here = read_contract(own.contract, path)
    if sizes != (here.num_observations, len(here.actions)):
        return None  # whoever loads the file says so
    found = list(_differences(dict(_facts(there)), dict(_facts(here))))
    more = f", and {len(found) - _MOST} more" if len(found) > _MOST else ""
    return f"the policy's contract differs from this config: {', '.join(found[:_MOST])}{more}" if found else None


def _differences(there: dict[Fact, Any], here: dict[Fact, Any]) -> Iterator[str]:
    """Each difference in a few words; where many joints differ in the same way, once for all of them."""
    groups: dict[tuple[str, str, str], list[str]] = {}
    for what, who in {**here, **there}:
        values = there.get((what, who)), here.get((what, who))
        if not _alike(*values):
            groups.setdefault((what, _text(values[0]), _text(values[1])), []).append(who)
    for (what, theirs, ours), names in groups.items():
        more = f" and {len(names) - 1} more" if len(names) > 1 else ""
        of = f" of {_shortened(names[0])}{more}" if names[0] else ""
        yield f"{what}{of} {theirs} (here {ours})"


def _facts(contract: Any) -> Iterator[tuple[Fact, Any]]:
    """What a contract says of the robot and its numbers, fact by fact."""
    time, base = contract.time, contract.base
    yield ("control step [s]", ""), time.control_dt
    yield ("physics step [s]", ""), time.physics_dt
    yield ("MuJoCo's timestep [s]", ""), time.timestep
    yield ("physics", ""), contract.physics
    yield ("clip of observations", ""), contract.clip_observations
    yield ("clip of actions", ""), contract.clip_actions
    yield ("base", ""), base.body
    yield ("largest turning rate [rad/s]", ""), base.max_angular_velocity
    for action in contract.actions:
        for key in _OF_ACTIONS:
            yield (key.replace("_", " "), action.name), getattr(action, key)
        for key in ("scale", "offset", "limits"):
            yield (f"action's {key}", action.name), getattr(action, key)
    if (hand := contract.hand_control) is not None:
        for key in ("stiffness", "damping", "posture_stiffness", "posture_damping"):
            yield (f"hand's {key.replace('_', ' ')}", ""), getattr(hand, key)
        yield from _of_elements("posture", hand.posture, hand.joints)
        yield from _of_elements("largest torque", hand.effort_limits, hand.joints)
    for joint in contract.joints:
        for key, what in (("default", "default position"), ("lower", "lower limit"), ("upper", "upper limit")):
            yield (what, joint.name), getattr(joint, key)
        yield ("largest velocity", joint.name), joint.max_velocity
    for part in contract.observations:
        name = _shortened(part.name)
        yield ("observation", str(part.start)), part.name
        for key in ("unit", "frame", "clip", "wrap", "period"):
            yield (f"{name}'s {key}", ""), getattr(part, key)
        for key in ("scale", "offset"):
            yield from _of_elements(f"{name}'s {key}", getattr(part, key), part.elements)
    for command in contract.commands:
        yield ("range of the command", command.name), (command.low, command.high)


def _of_elements(what: str, value: Any, elements: tuple[str, ...]) -> Iterator[tuple[Fact, Any]]:
    """A number of all elements of a slice, or one of each."""
    if not isinstance(value, tuple):
        yield (what, ""), value
        return
    names = elements if len(elements) == len(value) else map(str, range(len(value)))
    for name, number in zip(names, value, strict=True):
        yield (what, name), number


def _alike(one: Any, other: Any) -> bool:
    if isinstance(one, tuple) and isinstance(other, tuple):
        return len(one) == len(other) and all(map(_alike, one, other))
    if isinstance(one, int | float) and isinstance(other, int | float):
        return math.isclose(one, other, rel_tol=1e-6, abs_tol=1e-9)
    return one == other


def _text(value: Any) -> str:
    if isinstance(value, tuple):
        return " to ".join(map(_text, value))
    if isinstance(value, float | int) and not isinstance(value, bool):
        return f"{value:.4g}"
    return _NONE if value is None or value == "" else _shortened(str(value))


def _shortened(name: str) -> str:
    return one_line(name[:_LONGEST])
