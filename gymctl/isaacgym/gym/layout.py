"""How many of everything an env has, and where each actor's are in tensors of all envs."""

from dataclasses import dataclass
from typing import NamedTuple

from gymctl.core.errors import InputError
from gymctl.isaacgym.gym.handles import Actor, Env


class Part(NamedTuple):
    """An actor's columns in an env's tensors."""

    links: slice
    dofs: slice
    shapes: slice
    sensors: slice


@dataclass(frozen=True)
class Layout:
    """What is in each env."""

    num_envs: int
    parts: tuple[Part, ...]

    @property
    def num_actors(self) -> int:
        """Actors in an env."""
        return len(self.parts)

    @property
    def num_links(self) -> int:
        """Links in an env."""
        return self.parts[-1].links.stop if self.parts else 0

    @property
    def num_dofs(self) -> int:
        """DOFs in an env."""
        return self.parts[-1].dofs.stop if self.parts else 0

    @property
    def num_sensors(self) -> int:
        """Force sensors in an env."""
        return self.parts[-1].sensors.stop if self.parts else 0


def lay_out(envs: list[Env]) -> Layout:
    """The layout of all envs.

    Raises:
        InputError: There are none, or they differ.
    """
    if not envs or not envs[0].actors:
        raise InputError("there is nothing to simulate", "make envs with actors before gym.prepare_sim")
    first = [_sizes(actor) for actor in envs[0].actors]
    for env in envs:
        sizes = [_sizes(actor) for actor in env.actors]
        if sizes != first:
            raise InputError(
                f"env {env.index} has other actors than env 0: {_words(sizes)} instead of {_words(first)}",
                "give all envs actors with equal numbers of links, DOFs, shapes and force sensors, in the same order",
            )
    parts, ends = [], (0, 0, 0, 0)
    for sizes in first:
        stops = tuple(end + size for end, size in zip(ends, sizes, strict=True))
        parts.append(Part(*(slice(start, stop) for start, stop in zip(ends, stops, strict=True))))
        ends = stops
    return Layout(len(envs), tuple(parts))


def _sizes(actor: Actor) -> tuple[int, int, int, int]:
    source = actor.asset.source
    return len(source.links), len(source.dofs.names), len(source.shapes), len(actor.asset.sensors)


def _words(sizes: list[tuple[int, int, int, int]]) -> str:
    return ", ".join(f"{links} links with {dofs} DOFs and {shapes} shapes" for links, dofs, shapes, _ in sizes)
