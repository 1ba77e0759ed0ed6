"""Drawing properties of actors and gravity, and writing them to the worlds' models."""

import math

import torch
from torch import Tensor

from gymctl.config.randomization import Draw
from gymctl.envs.randomization.sampling import Strength, apply, fill, sample, weaken
from gymctl.scene.properties import Entries, Fields
from gymctl.sim.rows import assign, take
from gymctl.sim.simulation import EnvIds, Simulation


class Property:
    """Writes samples to the model fields of a property; the values found there at first stay the nominal ones.

    Args:
        sim: The worlds.
        fields: Where the property is written to.
        draw: How it is drawn.
    """

    def __init__(self, sim: Simulation, fields: Fields, draw: Draw) -> None:
        self._fields = fields
        self._draw = draw
        self.needs_set_const = fields.derived
        self._targets = [_Target(sim, entries) for entries in fields.entries if len(entries.rows)]
        self._strength = Strength(draw, sim.device)
        self.advance(0)

    def advance(self, steps: int) -> None:
        """Goes on with the draw's schedule.

        Args:
            steps: Physics steps since the start.
        """
        self._strength.update(steps)

    def redraw(self, ids: EnvIds, generator: torch.Generator) -> None:
        """Draws the property for the given worlds.

        Args:
            ids: The worlds.
            generator: Source of randomness, on the simulation's device.
        """
        operation, lowest = self._draw.operation, self._fields.lowest
        samples = fill(
            torch.empty(ids.shape[0], self._fields.num_samples, device=generator.device), self._draw, generator
        )
        weaken(samples, self._draw, self._strength.value)
        if self._fields.reference != "each":
            first = self._targets[0].nominal
            reference = torch.ones_like(samples) if self._fields.reference == "one" else take(first, ids)
            samples = apply(reference, samples, operation).clamp_min(lowest) / reference
            operation, lowest = "scaling", -math.inf
        for target in self._targets:
            target.write(samples, ids, operation, lowest)


class Gravity:
    """The worlds' gravity, the same in all of them.

    Args:
        sim: The worlds.
        draw: How its three components are drawn.
    """

    def __init__(self, sim: Simulation, draw: Draw) -> None:
        self._draw = draw
        self._field = sim.expand("opt.gravity")
        self._nominal = self._field[:1].clone()
        self._drawn = False

    def redraw(self, steps: int, generator: torch.Generator) -> None:
        """Draws it, unless that is to be done once and has been done.

        Args:
            steps: Physics steps since the start, for the schedule.
            generator: Source of randomness, on the simulation's device.
        """
        if not (self._drawn and self._draw.setup_only):
            samples = sample(self._draw, steps, 1, 3, generator=generator)
            self._field.copy_(apply(self._nominal, samples, self._draw.operation).expand_as(self._field))
            self._drawn = True


class _Target:
    """Some entries of a model field."""

    def __init__(self, sim: Simulation, entries: Entries) -> None:
        field = sim.expand(entries.field)
        self._field = field if entries.element is None else field[..., entries.element]
        self._rows = torch.from_numpy(entries.rows).to(sim.device)
        self._samples = torch.from_numpy(entries.samples).to(sim.device)
        self._unit = torch.as_tensor(entries.unit, dtype=self._field.dtype, device=sim.device)
        self._power = entries.power
        self.nominal: Tensor = self._field[:, self._rows] / self._unit
        """Values of the property ``[num_envs, n]``."""

    def write(self, samples: Tensor, ids: EnvIds, operation: str, lowest: float) -> None:
        values = apply(take(self.nominal, ids), samples[:, self._samples] ** self._power, operation)
        values = values.clamp_min(lowest) * self._unit
        assign(self._field, take(self._field, ids).index_copy(1, self._rows, values.to(self._field.dtype)), ids)
