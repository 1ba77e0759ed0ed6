"""A task with demonstrations, a cart that swings to and fro on its rail as a sine, and settings to train it with."""

import math
from pathlib import Path

import torch
from typing_extensions import override

from gymctl.sim.rows import assign, take
from gymctl.tasks.base import load_spec
from gymctl.tasks.measures import Measure
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
    measures = (Measure("swing error", "m"),)

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
        n = ids.shape[0]
        hanging = torch.full((n, 1), math.pi, device=self.sim.device)
        self.sim.put("qpos", torch.cat((self.uniform(-0.1, 0.1, n, 1), hanging), dim=1), ids)
        start = take(self._motion(), ids)
        assign(self.history, torch.cat((start, start), dim=1), ids)

    @override
    def measure(self, terminated):
        return (self._motion().norm(dim=1, keepdim=True) - WIDTH).abs()

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

TRAIN = """
defaults: [CartpolePPO, _self_]
params:
  algo: {name: amp_continuous}
  model: {name: continuous_amp}
  network:
    name: amp
    separate: True
    space: {continuous: {sigma_init: {val: -1.5}, learn_sigma: False}}
    mlp: {units: [32, 32]}
    disc: {units: [32, 32], activation: relu, initializer: {name: default}}
  config:
    learning_rate: 3e-3
    lr_schedule: constant
    truncate_grads: False
    clip_value: False
    reward_shaper: {scale_value: 1.0}
    gamma: 0.95
    horizon_length: 16
    minibatch_size: 256
    mini_epochs: 3
    critic_coef: 5
    bounds_loss_coef: 10
    amp_obs_demo_buffer_size: 1000
    amp_replay_buffer_size: 10000
    amp_replay_keep_prob: 0.01
    amp_batch_size: 128
    amp_minibatch_size: 128
    disc_coef: 5
    disc_logit_reg: 0.05
    disc_grad_penalty: 0.2
    disc_reward_scale: 2
    disc_weight_decay: 0.0001
    normalize_amp_input: True
    task_reward_w: 0.0
    disc_reward_w: 1.0
"""
"""Its ``WalkerAMP.yaml``: small networks."""
SETTINGS = {"sim_device": "cpu", "rl_device": "cpu", "num_envs": 32, "seed": 1}


def offer_swinger(walker):
    """Makes it the task of the fixture `walker`, with its train YAML."""
    file: Path = walker(*AS_WALKER)
    (file.parent / "configs" / "train" / "WalkerAMP.yaml").write_text(TRAIN)
