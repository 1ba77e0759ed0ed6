"""Quadcopter: four tilting rotors hold a copter at a point."""

import math

import mujoco
import torch
from torch import Tensor
from typing_extensions import override

from gymctl.config.config import TaskConfig
from gymctl.scene.blocks import find_block
from gymctl.scene.drives import move_controls
from gymctl.sim.rows import take
from gymctl.sim.simulation import EnvIds, Simulation
from gymctl.tasks.description import Action, Command, Observation
from gymctl.tasks.flying.copter import Copter
from gymctl.tasks.from_model import control_limits, describe_target

TARGET = (0.0, 0.0, 1.0)
"""The point to hover at [m]."""
NUM_TILTS, NUM_ROTORS = 8, 4
CONTROL_RATES = (*[8.0 * math.pi] * NUM_TILTS, *[200.0] * NUM_ROTORS)
"""Speed of the tilt targets [rad/s] and of the thrusts [N/s] for action 1."""


class Quadcopter(Copter):
    """Hover at a point with four rotors that tilt."""

    num_observations = 21
    num_actions = 12
    asset = "quadcopter.xml"
    up_weight = 1.0
    max_distance = 3.0
    min_height = 0.3

    def __init__(self, config: TaskConfig, sim: Simulation, generator: torch.Generator) -> None:
        super().__init__(config, sim, generator)
        self.control_rates = torch.tensor(CONTROL_RATES, device=sim.device)
        self.control_ranges = torch.from_numpy(sim.model.actuator_ctrlrange).to(sim.device, sim.dtype)
        self.hover_point = torch.tensor(TARGET, device=sim.device)

    @override
    @classmethod
    def describe_observations(cls, model: mujoco.MjModel) -> tuple[Observation, ...]:
        tilts = tuple(model.joint(joint).name for joint in find_block(model, "chassis").joints.tolist())
        return (
            *super().describe_observations(model),
            Observation("joint position", len(tilts), "rad", elements=tilts),
        )

    @override
    @classmethod
    def describe_actions(cls, config: TaskConfig, model: mujoco.MjModel) -> tuple[Action, ...]:
        names = [model.actuator(index).name for index in range(model.nu)]
        steps = [rate * config.sim["dt"] for rate in CONTROL_RATES]
        tilts = zip(names[:NUM_TILTS], steps[:NUM_TILTS], strict=True)
        thrusts = zip(names[NUM_TILTS:], steps[NUM_TILTS:], strict=True)
        return (
            *(describe_target(model, name, scale=step, increment=True) for name, step in tilts),
            *(
                Action(name, "thrust", "N", name, scale=step, limits=control_limits(model, name), increment=True)
                for name, step in thrusts
            ),
        )

    @override
    @classmethod
    def describe_targets(cls) -> tuple[Command, ...]:
        return tuple(
            Command(f"target {axis}", "m", "world", value, value) for axis, value in zip("xyz", TARGET, strict=True)
        )

    def target(self, ids: EnvIds | None) -> Tensor:
        """The same point for all."""
        return self.hover_point

    def apply_actions(self, actions: Tensor) -> None:
        """Moves the 8 tilt targets [rad] and the 4 thrusts [N], which are the simulation's controls."""
        dt, ranges = self.constants.dt, self.control_ranges
        self.sim.ctrl.copy_(move_controls(self.sim.ctrl, actions, self.control_rates, dt, ranges))

    def observe(self, ids: EnvIds | None = None) -> Tensor:
        """The chassis, see `copter.compute_observations`, and the 8 tilt angles [rad]."""
        tilts = take(self.sim.qpos, ids)[:, self.robot.dof_pos].float()
        return torch.cat((super().observe(ids), tilts), dim=1)

    def reset(self, ids: EnvIds) -> None:
        """At rest, near the target, without thrust; tilts within ±0.2 rad, and their targets there."""
        n = ids.shape[0]
        tilts = self.uniform(-0.2, 0.2, n, 8)
        qpos = self.draw_qpos(n)
        qpos[:, self.robot.dof_pos] = tilts
        self.sim.put("qpos", qpos, ids)
        self.sim.put("ctrl", torch.cat((tilts, tilts.new_zeros(n, 4)), dim=1), ids)
