"""When what is drawn."""

import torch
from torch import Tensor

from gymctl.config.randomization import Draw, Noise, Randomization
from gymctl.envs.randomization.noise import NoiseSource
from gymctl.envs.randomization.properties import Gravity, Property
from gymctl.scene.properties import find_actor, find_fields
from gymctl.sim.rows import assign
from gymctl.sim.simulation import EnvIds, Simulation


class Randomizer:
    """Draws everything once; then a world's properties at its resets, gravity and correlated noise for all at once.

    Between two draws there are at least ``frequency`` simulation steps. That all worlds have the same gravity is
    IsaacGymEnvs' way.

    Args:
        params: What is randomised.
        sim: The worlds, not stepped yet.
        num_observations: Length of an observation.
        num_actions: Length of an action.
        generator: Source of randomness, on the simulation's device.

    Raises:
        InputError: The model hasn't got what is to be randomised.
    """

    def __init__(
        self,
        params: Randomization,
        sim: Simulation,
        num_observations: int,
        num_actions: int,
        generator: torch.Generator,
    ) -> None:
        self._sim = sim
        self._generator = generator
        self._frequency = params.frequency
        self._steps = 0
        self._last_period = 0
        self._last_draw = torch.zeros(sim.num_envs, dtype=torch.int64, device=sim.device)
        self._observations = self._noise(params.observations, num_observations)
        self._actions = self._noise(params.actions, num_actions)
        self._gravity = Gravity(sim, params.gravity) if params.gravity else None
        self._properties = self._first_draw(params.actors)
        self._begin_period()

    def advance(self, steps: int) -> None:
        """Counts simulation steps and now and then begins a new period of noise and gravity."""
        self._steps += steps
        if self._steps - self._last_period >= self._frequency:
            self._begin_period()

    def start_episodes(self, ids: EnvIds) -> None:
        """Draws the properties of those worlds of which the last draw is long enough ago."""
        if not self._properties:
            return
        due = self._steps - self._last_draw >= self._frequency
        ids = due & ids if ids.dtype == torch.bool else ids[due[ids]]
        if not ids.shape[0]:
            return
        for drawn in self._properties:
            drawn.redraw(ids, self._steps, self._generator)
        if any(drawn.needs_set_const for drawn in self._properties):
            self._sim.set_const(ids)
        assign(self._last_draw, self._steps, ids)

    def disturb_observations(self, observations: Tensor) -> Tensor:
        """Observations ``[num_envs, num_observations]`` with noise."""
        return self._observations(observations) if self._observations else observations

    def disturb_actions(self, actions: Tensor) -> Tensor:
        """Actions ``[num_envs, num_actions]`` with noise."""
        return self._actions(actions) if self._actions else actions

    def _first_draw(self, actors: dict[str, dict[str, Draw]]) -> list[Property]:
        """Draws all properties for all worlds; returns those that will be drawn again.

        Scale comes first, since what it gives is nominal for the others.
        """
        everyone = torch.arange(self._sim.num_envs, device=self._sim.device)
        every, again = [], []
        for name, draws in actors.items():
            actor = find_actor(self._sim.model, name, alone=len(actors) == 1)
            for attribute, draw in sorted(draws.items(), key=lambda item: item[0] != "scale"):
                drawn = Property(self._sim, find_fields(self._sim.model, actor, attribute), draw)
                drawn.redraw(everyone, 0, self._generator)
                every.append(drawn)
                if not draw.setup_only:
                    again.append(drawn)
        if any(drawn.needs_set_const for drawn in every):
            self._sim.set_const()
        return again

    def _begin_period(self) -> None:
        self._last_period = self._steps
        for noise in (self._observations, self._actions):
            if noise:
                noise.redraw(self._steps)
        if self._gravity:
            self._gravity.redraw(self._steps, self._generator)

    def _noise(self, noise: Noise | None, length: int) -> NoiseSource | None:
        return NoiseSource(noise, (self._sim.num_envs, length), self._generator) if noise else None
