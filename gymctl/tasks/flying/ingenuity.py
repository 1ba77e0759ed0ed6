"""Ingenuity: the Mars helicopter flies to one target after the other."""

import mujoco
import torch
from torch import Tensor
from typing_extensions import override

from gymctl.config.config import TaskConfig
from gymctl.sim.rows import assign, take
from gymctl.sim.simulation import EnvIds, Simulation
from gymctl.tasks.description import Action, Command
from gymctl.tasks.flying.copter import Copter
from gymctl.tasks.from_model import control_limits

TARGET_PERIOD = 500
"""Control steps from one target to the next."""
THRUST_RATE = 2000.0
"""Vertical thrust for action 1, over the time step [N/s]."""
MAX_LATERAL_FRACTION = 0.2
"""Sideways force on a rotor, as a part of its vertical thrust."""
TARGET_RANGES = ((-5.0, 5.0), (-5.0, 5.0), (1.0, 2.0))
"""Where targets are: x, y and z from lowest to highest [m]."""


class Ingenuity(Copter):
    """Fly the Mars helicopter to changing targets."""

    num_observations = 13
    num_actions = 6
    asset = "ingenuity.xml"
    up_weight = 5.0
    max_distance = 8.0
    min_height = 0.5

    def __init__(self, config: TaskConfig, sim: Simulation, generator: torch.Generator) -> None:
        super().__init__(config, sim, generator)
        self.num_targets = self.max_episode_length // TARGET_PERIOD + 1
        self.targets = torch.zeros(sim.num_envs, self.num_targets, 3, device=sim.device)
        self.steps = torch.zeros(sim.num_envs, dtype=torch.int64, device=sim.device)
        self._rows = torch.arange(sim.num_envs, device=sim.device)

    @override
    @classmethod
    def describe_actions(cls, config: TaskConfig, model: mujoco.MjModel) -> tuple[Action, ...]:
        thrust, fraction = config.sim["dt"] * THRUST_RATE, (-MAX_LATERAL_FRACTION, MAX_LATERAL_FRACTION)
        actions: list[Action] = []
        for rotor in ("0", "1"):
            vertical = f"z{rotor}"
            actions += [
                Action(f"{axis}{rotor}", "force", "N", f"{axis}{rotor}", limits=fraction, relative_to=vertical)
                for axis in "xy"
            ]
            limits = control_limits(model, vertical)
            actions.append(Action(vertical, "thrust", "N", vertical, scale=thrust, limits=limits))
        return tuple(actions)

    @override
    @classmethod
    def describe_targets(cls) -> tuple[Command, ...]:
        return tuple(
            Command(f"target {axis}", "m", "world", low, high, TARGET_PERIOD)
            for axis, (low, high) in zip("xyz", TARGET_RANGES, strict=True)
        )

    def target(self, ids: EnvIds | None) -> Tensor:
        """Where the mocap body stands."""
        return take(self.sim.mocap_pos, ids)[:, 0].float()

    @override
    def present_commands(self) -> Tensor:
        return self.target(None)

    def apply_actions(self, actions: Tensor) -> None:
        """Pushes with the two rotors; every `TARGET_PERIOD` steps of an episode it goes to the next target."""
        self.sim.mocap_pos[:, 0] = self.targets[self._rows, self.steps // TARGET_PERIOD].to(self.sim.dtype)
        self.steps += 1
        self.sim.ctrl.copy_(compute_forces(actions, self.constants.dt).flatten(1))

    def reset(self, ids: EnvIds) -> None:
        """At rest, near the point 1 m above the ground; targets within ±5 m beside it, 1 to 2 m high."""
        n, shape = ids.shape[0], (ids.shape[0], self.num_targets)
        beside, _, high = TARGET_RANGES
        targets = torch.cat((self.uniform(*beside, *shape, 2), self.uniform(*high, *shape, 1)), dim=2)
        assign(self.targets, targets, ids)
        assign(self.steps, 0, ids)
        self.sim.put("qpos", self.draw_qpos(n), ids)
        self.sim.put("mocap_pos", targets[:, :1], ids)


def compute_forces(actions: Tensor, dt: float) -> Tensor:
    """Forces on the lower and the upper rotor, in their own frame ``[N, 2, 3]`` [N].

    Args:
        actions: For each rotor its sideways forces x and y as parts of the vertical one, and that ``[N, 6]``.
        dt: Time step [s].
    """
    fractions = actions.view(-1, 2, 3)
    vertical = dt * (fractions[..., 2:] * THRUST_RATE).clamp(-THRUST_RATE, THRUST_RATE)
    lateral = vertical * fractions[..., :2].clamp(-MAX_LATERAL_FRACTION, MAX_LATERAL_FRACTION)
    return torch.cat((lateral, vertical), dim=2)
