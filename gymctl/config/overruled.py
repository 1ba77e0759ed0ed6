"""Values in IsaacGymEnvs' YAMLs and saved configs that its tasks never followed, since their code says otherwise.

Taken at their word they would make other tasks of them: Ingenuity would fly on Earth, not on Mars.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import reduce
from typing import Any

from gymctl.config.trees import KeyPath, branch, dotted, lookup, merge

_ENGINES = ("physx", "flex")


@dataclass(frozen=True)
class Overruled:
    """A key that IsaacGymEnvs' code sets, or reads nowhere."""

    path: KeyPath
    value: Any
    """What the code does."""
    yaml: Any = None
    """What IsaacGymEnvs' own YAML says, if that is something else: in a YAML it is not the user's wish."""


_EARTH, _MARS = [0.0, 0.0, -9.81], [0.0, 0.0, -3.721]
_GRAVITY: KeyPath = ("task", "sim", "gravity")
_LEARN: KeyPath = ("task", "env", "learn")

BY_CODE: dict[str, tuple[Overruled, ...]] = {
    "Anymal": (Overruled(("task", "env", "control", "controlFrequencyInv"), 1),),
    "AnymalTerrain": (Overruled((*_LEARN, "pushRobots"), True), Overruled((*_LEARN, "randomizeFriction"), True)),
    "BallBalance": (Overruled(_GRAVITY, _EARTH),),
    "Cartpole": (Overruled(("task", "env", "episodeLength"), 500),),
    "Ingenuity": (Overruled(_GRAVITY, _MARS, yaml=_EARTH),),
    "Quadcopter": (Overruled(_GRAVITY, _EARTH),),
}
"""By the task's class."""


def is_isaacgymenvs_own(config: Mapping[str, Any]) -> bool:
    """Whether IsaacGymEnvs saved a whole config: ours say which physics, and name no engine of Isaac Gym."""
    return "physics" not in config or config.get("physics_engine") in _ENGINES


def corrected(tree: dict[str, Any], name: Any, *, saved: bool) -> dict[str, Any]:
    """A config or a part of one, with what IsaacGymEnvs' code did in place of what stands there.

    Args:
        tree: The config.
        name: The task's class.
        saved: Whether IsaacGymEnvs saved it with a run. Else it is a YAML, in which all but IsaacGymEnvs' own values
            are the user's wish.
    """
    wrong = (
        branch(each.path, each.value)
        for each in BY_CODE.get(str(name), ())
        if (there := lookup(tree, each.path)) is not None and (saved or there == each.yaml)
    )
    return reduce(merge, wrong, tree)


def notes(written: Mapping[str, Any], tree: Mapping[str, Any]) -> Iterator[str]:
    """What the user should know about values that were replaced.

    Args:
        written: The config or YAML as it was written.
        tree: The resolved config, in which the user may have set the key after all.
    """
    for each in BY_CODE.get(str(lookup(tree, ("task", "name"))), ()):
        was = lookup(written, each.path)
        if was not in (None, each.value) and lookup(tree, each.path) == each.value:
            key = dotted(each.path)
            yield f"{key} is {each.value}, not {was}, as in IsaacGymEnvs' code; {key}=… on the command line sets it"
