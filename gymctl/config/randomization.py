"""Reads domain randomisation from a config, in IsaacGymEnvs' format."""

import reprlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from gymctl.config.rules import BOOL, COUNT, NUMBER, Schema, integer, list_of, one_of
from gymctl.config.schema import rule_at
from gymctl.config.trees import KeyPath, branch, dotted, leaves, lookup
from gymctl.config.validate import check_section, unknown_key
from gymctl.core.errors import InputError

PATH: KeyPath = ("task", "task", "randomization_params")
"""Where the parameters are in a config."""

_SWITCH: KeyPath = ("task", "task", "randomize")
_ACTORS = "actor_params"
_PAIR = list_of(NUMBER, "two finite numbers, as [0.5, 1.5]", 2)
_SCHEDULED: Schema = {
    "range": _PAIR,
    "operation": one_of("additive", "scaling"),
    "schedule": one_of("linear", "constant", None),
    "schedule_steps": COUNT,
}
_NOISE: Schema = {**_SCHEDULED, "distribution": one_of("gaussian", "uniform"), "range_correlated": _PAIR}
_DRAW: Schema = {
    **_SCHEDULED,
    "distribution": one_of("uniform", "loguniform", "gaussian"),
    "setup_only": BOOL,
    "num_buckets": integer(0),
}
_ACTOR: Schema = {
    "color": BOOL,
    "scale": _DRAW,
    "rigid_body_properties": {"mass": _DRAW},
    "rigid_shape_properties": {
        **dict.fromkeys(("friction", "torsion_friction", "rolling_friction"), _DRAW),
        "restitution": {**_DRAW, "operation": one_of("scaling")},
    },
    "dof_properties": dict.fromkeys(
        ("stiffness", "damping", "lower", "upper", "effort", "friction", "armature"), _DRAW
    ),
    "tendon_properties": dict.fromkeys(("stiffness", "damping"), _DRAW),
}
_WITHOUT_EFFECT = ("color", "num_buckets", "restitution")
"""What IsaacGymEnvs' own YAMLs contain and MuJoCo has no use for: bodies' colours, PhysX's limit on the number of
materials, and restitution, which the YAMLs scale where it is 0."""


@dataclass(frozen=True)
class Draw:
    """A random number and what it does to a nominal value."""

    range: tuple[float, float]
    """Lowest and highest value, or mean and standard deviation of a Gaussian."""
    distribution: str
    """``uniform``, ``loguniform`` or ``gaussian``."""
    operation: str
    """``additive`` or ``scaling``."""
    schedule: str | None = None
    """``linear``: grows from nothing over `schedule_steps`; ``constant``: begins after them; None: there at once."""
    schedule_steps: int = 1
    """In simulation steps."""
    setup_only: bool = False
    """Drawn once, before the first step."""


@dataclass(frozen=True)
class Noise:
    """Noise on observations or actions."""

    white: Draw
    """Drawn at every step."""
    correlated: Draw | None
    """Drawn once a period for every env and element, and added to the former."""


@dataclass(frozen=True)
class Randomization:
    """What is randomised, and how."""

    frequency: int
    """Simulation steps from one draw to the next, at least."""
    observations: Noise | None
    actions: Noise | None
    gravity: Draw | None
    actors: dict[str, dict[str, Draw]]
    """Actors' names to their properties' names, as ``dof_properties.damping``, to draws."""


def is_on(config: Mapping[str, Any]) -> bool:
    """Whether a config switches domain randomisation on."""
    return bool(lookup(config, _SWITCH))


def parse(config: Mapping[str, Any]) -> Randomization:
    """Reads and checks ``task.task.randomization_params`` of a resolved config.

    Raises:
        InputError: A key is unknown, missing or has no counterpart in MuJoCo, or a value is refused.
    """
    params = lookup(config, PATH)
    if not isinstance(params, dict):
        raise InputError(
            f"{dotted(_SWITCH)} is True, but there is no section {dotted(PATH)}",
            "add it to the task's YAML, or set task.task.randomize=False",
        )
    _check(params)
    gravity = (params.get("sim_params") or {}).get("gravity")
    return Randomization(
        frequency=params.get("frequency", 1),
        observations=_noise(params.get("observations"), (*PATH, "observations")),
        actions=_noise(params.get("actions"), (*PATH, "actions")),
        gravity=_draw(gravity, (*PATH, "sim_params", "gravity")) if gravity else None,
        actors={
            actor: {dotted(path): _draw(value, (*PATH, _ACTORS, actor, *path)) for path, value in _properties(given)}
            for actor, given in (params.get(_ACTORS) or {}).items()
        },
    )


def notes(config: Mapping[str, Any]) -> Iterator[str]:
    """What the user should know about the parameters; raises what `parse` raises."""
    actors = parse(config).actors
    found = {key for path, value in leaves(lookup(config, PATH)) if value for key in path}
    if ignored := [key for key in _WITHOUT_EFFECT if key in found]:
        yield f"domain randomisation without effect in MuJoCo: {', '.join(ignored)}"
    for actor, properties in actors.items():
        for name, draw in properties.items():
            if draw.setup_only and draw.schedule:
                yield f"{actor}'s {name} is drawn once, before its schedule has begun, and so stays as it is"


def _check(params: dict[str, Any]) -> None:
    keys: Schema = {
        "frequency": COUNT,
        "observations": _NOISE,
        "actions": _NOISE,
        "sim_params": {"gravity": _DRAW},
        _ACTORS: dict.fromkeys(params.get(_ACTORS) or {}, _ACTOR),
    }
    rooted = branch(PATH, keys)
    for path, _ in leaves(params):
        full = (*PATH, *path)
        unknown = next((full[:end] for end in range(1, len(full) + 1) if rule_at(rooted, full[:end]) is None), None)
        if unknown:
            known = ", ".join(lookup(rooted, unknown[:-1]))
            raise unknown_key(unknown, {}, rooted, f"take it out: what can be randomised there is {known}")
    check_section(params, keys, PATH)


def _properties(actor: Mapping[str, Any] | None) -> Iterator[tuple[KeyPath, Any]]:
    """The properties of an actor that are drawn, as ``("dof_properties", "damping")``, with their draws."""
    for key, value in (actor or {}).items():
        if key == "scale":
            yield (key,), value
        elif key not in _WITHOUT_EFFECT:
            yield from (((key, name), draw) for name, draw in (value or {}).items() if name not in _WITHOUT_EFFECT)


def _noise(given: Mapping[str, Any] | None, path: KeyPath) -> Noise | None:
    if not given:
        return None
    correlated = {**given, "range": given["range_correlated"]} if "range_correlated" in given else None
    return Noise(_draw(given, path), _draw(correlated, path, "range_correlated") if correlated else None)


def _draw(given: Mapping[str, Any] | None, path: KeyPath, range_key: str = "range") -> Draw:
    given = given or {}
    scheduled = given.get("schedule") is not None
    for key in ("range", "distribution", "operation", *(["schedule_steps"] if scheduled else [])):
        if key not in given:
            raise InputError(f"{dotted((*path, key))} is missing", "add it to the task's YAML")
    low, high = given["range"]
    distribution = given["distribution"]
    if distribution == "gaussian":
        right, wanted = high >= 0, "a mean and a standard deviation of at least 0"
    elif distribution == "uniform":
        right, wanted = low <= high, "the lower bound first"
    else:
        right, wanted = 0 < low <= high, "two numbers above 0, the lower one first"
    if not right:
        raise InputError(
            f"{dotted((*path, range_key))} can't be {reprlib.repr(given['range'])}: the distribution is {distribution}",
            f"give {wanted}",
        )
    if path[-1] == "scale" and not given.get("setup_only"):
        raise InputError(f"{dotted(path)} can only be drawn once", f"set {dotted(path)}.setup_only=True")
    return Draw(
        (low, high),
        distribution,
        given["operation"],
        given["schedule"] if scheduled else None,
        given["schedule_steps"] if scheduled else 1,
        given.get("setup_only", False),
    )
