"""Domain randomisation of an environment: deciding when to draw what, and the step contract with it."""

from collections.abc import Hashable
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
from gymctl.sim.rows import assign, take
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
        self.generator = generator
        """Where the random numbers come from."""
        self._frequency = params.frequency
        self._steps = 0
        self._last_period = 0
        self._now = torch.zeros((), dtype=torch.int64, device=sim.device)
        self._last_draw = torch.zeros(sim.num_envs, dtype=torch.int64, device=sim.device)
        self._observations = self._noise(params.observations, num_observations)
        self._actions = self._noise(params.actions, num_actions)
        self._gravity = Gravity(sim, params.gravity) if params.gravity else None
        self._properties = self._first_draw(params.actors)
        self._begin_period()

    def advance(self, steps: int) -> None:
        """Counts physics steps; draws correlated noise and gravity anew when ``frequency`` of them have passed."""
        self._steps += steps
        self._now += steps
        for drawn in self._properties:
            drawn.advance(self._steps)
        if self._steps - self._last_period >= self._frequency:
            self._begin_period()

    def may_be_due(self, longest: int | None) -> bool:
        """Whether any world's properties can be drawn anew if its episode starts now; known without asking the device.

        A world's k-th draw comes when its first episode begins that starts ``frequency`` steps or more after the draw
        before: at the earliest after k times ``frequency`` steps, at the latest after k times ``frequency + longest``.

        Args:
            longest: Physics steps from one start of a world's episodes to the next, at most; None if nobody knows.
        """
        if not self._properties or self._steps < self._frequency:
            return False
        return longest is None or self._steps // self._frequency >= -(-self._steps // (self._frequency + longest))

    @property
    def active_noise(self) -> tuple[bool, ...]:
        """Whether observations, and actions, have noise at present."""
        return tuple(bool(noise) and not noise.is_none for noise in (self._observations, self._actions))

    def start_episodes(self, ids: EnvIds) -> None:
        """Draws the properties of the given worlds anew, where the last draw is at least ``frequency`` steps ago."""
        if not self._properties:
            return
        due = self._now - self._last_draw >= self._frequency
        ids = due & ids if ids.dtype == torch.bool else ids[due[ids]]
        if not ids.shape[0]:
            return
        for drawn in self._properties:
            drawn.redraw(ids, self.generator)
        if any(drawn.needs_set_const for drawn in self._properties):
            self._sim.set_const(ids)
        assign(self._last_draw, take(self._now.expand_as(self._last_draw), ids), ids)

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
                drawn.redraw(everyone, self.generator)
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
            self._gravity.redraw(self._steps, self.generator)

    def _noise(self, noise: Noise | None, length: int) -> NoiseSource | None:
        return NoiseSource(noise, (self._sim.num_envs, length), self.generator) if noise else None


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
        self._resets_in_time = True

    @property
    @override
    def generators(self) -> tuple[torch.Generator, ...]:
        return (*super().generators, self.randomizer.generator)

    @override
    def recording_key(self) -> Hashable:
        return super().recording_key(), self._may_be_due(), self.randomizer.active_noise

    @override
    def step(self, actions: Tensor) -> tuple[dict[str, Tensor], Tensor, Tensor, dict[str, Any]]:
        self._resets_in_time &= self.autoreset
        self.randomizer.advance(self.physics_steps)
        return super().step(actions)

    @override
    def set_controls(self, actions: Tensor) -> None:
        super().set_controls(self.randomizer.disturb_actions(actions))

    def _may_be_due(self) -> bool:
        longest = (self.longest_episode + 2) * self.physics_steps
        return self.randomizer.may_be_due(longest if self._resets_in_time else None)

    @override
    def _start_episodes(self, ids: EnvIds) -> None:
        if self._may_be_due():
            self.randomizer.start_episodes(ids)
        super()._start_episodes(ids)

    @override
    def _finish_observations(self, observations: Tensor) -> Tensor:
        return super()._finish_observations(self.randomizer.disturb_observations(observations))
