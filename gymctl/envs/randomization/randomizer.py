"""Domain randomisation of an environment: deciding when to draw what, and the step contract with it."""

from typing import Any

import torch
from torch import Tensor
from typing_extensions import override

from gymctl.config.config import TaskConfig
from gymctl.config.randomization import Draw, Noise, Randomization
from gymctl.envs.randomization.properties import Gravity, Property
from gymctl.envs.randomization.sampling import NoiseSource
from gymctl.envs.vec_env import VecEnv
from gymctl.scene.properties import find_actor, find_fields
from gymctl.sim.rows import assign
from gymctl.sim.simulation import EnvIds, Simulation
from gymctl.tasks.base import Task


class Randomizer:
    """Draws everything once, then a world's properties when it is reset, gravity and correlated noise for all at once.

    Between two draws there are at least ``frequency`` physics steps. As in IsaacGymEnvs, all worlds have the same
    gravity.

    Args:
        params: What to randomise.
        sim: The worlds, not stepped yet.
        num_observations: Length of an observation.
        num_actions: Length of an action.
        generator: Source of randomness, on the simulation's device.

    Raises:
        InputError: The model lacks what is to be randomised.
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
        """Counts physics steps; draws correlated noise and gravity anew when ``frequency`` of them have passed."""
        self._steps += steps
        if self._steps - self._last_period >= self._frequency:
            self._begin_period()

    def start_episodes(self, ids: EnvIds) -> None:
        """Draws the properties of the given worlds anew, where the last draw is at least ``frequency`` steps ago."""
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
        """Returns observations ``[num_envs, num_observations]`` with noise."""
        return self._observations(observations) if self._observations else observations

    def disturb_actions(self, actions: Tensor) -> Tensor:
        """Returns actions ``[num_envs, num_actions]`` with noise."""
        return self._actions(actions) if self._actions else actions

    def _first_draw(self, actors: dict[str, dict[str, Draw]]) -> list[Property]:
        """Draws all properties for all worlds; returns those that will be drawn again.

        Scale is drawn first, since the other properties take the scaled values as nominal.
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


class RandomizedVecEnv(VecEnv):
    """`VecEnv` with noise on actions and observations, before they are clipped, and properties drawn at resets.

    Args:
        task: The task, on its simulation.
        sim: The worlds.
        config: The ``task:`` part of the config.
        rl_device: Where actions come from and results go to.
        randomizer: Draws the noise and the properties, of the same worlds.
    """

    resumable = False  # the drawn noise, gravity and properties are not in the state

    def __init__(
        self, task: Task, sim: Simulation, config: TaskConfig, rl_device: torch.device, randomizer: Randomizer
    ) -> None:
        super().__init__(task, sim, config, rl_device)
        self.randomizer = randomizer

    @override
    def step(self, actions: Tensor) -> tuple[dict[str, Tensor], Tensor, Tensor, dict[str, Any]]:
        self.randomizer.advance(self.physics_steps)
        return super().step(self.randomizer.disturb_actions(actions.to(self.sim.device)))

    @override
    def _start_episodes(self, ids: EnvIds) -> None:
        self.randomizer.start_episodes(ids)
        super()._start_episodes(ids)

    @override
    def _finish_observations(self, observations: Tensor) -> dict[str, Tensor]:
        return super()._finish_observations(self.randomizer.disturb_observations(observations))
