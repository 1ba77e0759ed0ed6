"""A task with demonstrations: a cart that swings to and fro on its rail, as a sine."""

import math

import torch
from typing_extensions import override

from gymctl.sim.rows import assign, take
from gymctl.tasks.base import load_spec
from gymctl.tasks.motion_prior import MotionPrior
from tests.helpers.walker import TASK

WIDTH, SPEED, FORCE = 0.5, 4.0, 20.0
"""Amplitude [m] and angular speed [rad/s] of the demonstrations, force of action 1 [N]."""
FAR = 1.0
"""Where an episode ends [m]."""


class Swinger(MotionPrior):
    """Swing a cart as it is shown: an AMP observation is its position and speed, in the last two steps."""

    num_observations = 4
    num_actions = 1

    def __init__(self, config, sim, generator):
        super().__init__(config, sim, generator)
        self.num_amp_observations = 4
        self.history = torch.zeros(sim.num_envs, 4, device=sim.device)

    @override
    @classmethod
    def build_spec(cls, config):
        return load_spec("cartpole.xml", config)

    @override
    def apply_actions(self, actions):
        self.sim.ctrl[:, :1] = FORCE * actions

    @override
    def observe(self, ids=None):
        return torch.cat((take(self.sim.qpos, ids), take(self.sim.qvel, ids).clamp(-8.0, 8.0)), dim=1).float()

    @override
    def reward(self, observations):
        return torch.ones_like(observations[:, 0]), observations[:, 0].abs() > FAR

    @override
    def observe_motion(self):
        self.history.copy_(torch.cat((self._motion(), self.history[:, :2]), dim=1))
        return self.history

    @override
    def demonstrate(self, count):
        phase = self.uniform(0.0, 2.0 * math.pi, count)
        return torch.cat((swing(phase), swing(phase - SPEED * self.step_time)), dim=1)

    @override
    def reset(self, ids):
        phase = self.uniform(0.0, 2.0 * math.pi, ids.shape[0])
        position, speed = swing(phase).unbind(1)
        rest = torch.zeros_like(position)
        self.sim.put("qpos", torch.stack((position, rest), dim=1), ids)
        self.sim.put("qvel", torch.stack((speed * SPEED, rest), dim=1), ids)
        before = swing(phase - SPEED * self.step_time)
        assign(self.history, torch.cat((swing(phase), before), dim=1), ids)

    @property
    def step_time(self):
        return 0.0166

    def _motion(self):
        return torch.stack((self.sim.qpos[:, 0], self.sim.qvel[:, 0] / SPEED), dim=1).float()


def swing(phase):
    """Position [m] and speed over `SPEED` [m], ``[N, 2]``, at phases ``[N]`` [rad]."""
    return WIDTH * torch.stack((torch.sin(phase), torch.cos(phase)), dim=1)


AS_WALKER = (
    TASK,
    'from tests.helpers.swinger import Swinger\n\n\nclass Walker(Swinger):\n    """Swing."""\n',
)
"""What makes it the task of the fixture `walker`."""
