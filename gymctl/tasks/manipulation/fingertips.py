"""Fingertips of a hand: where they are, and what they feel."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from gymctl.scene.blocks import Block
from gymctl.scene.body_states import BodyStates
from gymctl.scene.link_sensors import LinkSensors
from gymctl.sim.rows import assign
from gymctl.sim.simulation import EnvIds, Simulation


class Fingertips:
    """States of some bodies, and what force sensors at sites of the same names tell.

    Make it before the simulation's first step.

    Args:
        sim: The worlds.
        hand: The hand.
        names: The bodies.
        timesteps: MuJoCo's timesteps in a substep of Isaac Gym's.
    """

    def __init__(self, sim: Simulation, hand: Block, names: Sequence[str], timesteps: int) -> None:
        bodies = np.array([sim.model.body(name).id for name in names], int)
        self.forces = torch.zeros(sim.num_envs, len(names), 6, device=sim.device)
        """Force and torque at each, in its axes, in the last timestep ``[num_envs, tips, 6]`` [N, N m]."""
        self._none = torch.zeros(sim.num_envs, 0, 13, device=sim.device)
        self._has_any = bool(names)
        if self._has_any:
            self._states = BodyStates(sim, slice(int(hand.bodies[0]), int(hand.bodies[-1]) + 1))
            self._rows = torch.from_numpy(bodies - hand.bodies[0]).long().to(sim.device)
            self._sensors = LinkSensors(sim, names, timesteps)
            self._drives, self._held = sim.output("qfrc_actuator"), sim.output("qfrc_gravcomp")

    def states(self) -> Tensor:
        """Position, orientation xyzw, linear and angular velocity, world ``[num_envs, tips, 13]`` [m, m/s, rad/s]."""
        if not self._has_any:
            return self._none
        self._states.update()
        return self._states.values.index_select(1, self._rows)

    def feel(self) -> None:
        """Takes `forces` after a step."""
        if self._has_any:
            self._sensors.update((self._drives + self._held).float())
            self.forces.copy_(self._sensors.wrenches)

    def forget(self, ids: EnvIds) -> None:
        """Clears `forces` of worlds that begin anew."""
        assign(self.forces, 0.0, ids)
