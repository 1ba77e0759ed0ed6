"""A small task of a user's own, which the fixture `walker` offers with slips in it."""

from gymctl.config import compose

TASK = '''
import torch
from gymctl.sim.rows import assign, take
from gymctl.tasks.base import Task, load_spec; from gymctl.tasks.measures import FORWARD_SPEED


class Walker(Task):
    """Walk."""

    num_observations = 4
    num_actions = 1
    episode_info_names = ("speed",)
    measures = (FORWARD_SPEED,)

    def __init__(self, config, sim, generator):
        super().__init__(config, sim, generator)
        self.last = torch.zeros(sim.num_envs, 1, device=sim.device)

    @classmethod
    def build_model(cls, config):
        return load_spec("cartpole.xml", config).compile()

    def apply_actions(self, actions):
        self.last.copy_(actions)
        self.sim.ctrl[:, :1] = actions

    def observe(self, ids=None):
        return torch.cat((take(self.sim.qpos, ids), take(self.sim.qvel, ids)), dim=1).float()

    def reward(self, observations):
        upright = 1.0 - observations[:, 1] ** 2
        return upright, observations[:, 1].abs() > 1.5

    def reset(self, ids):
        n = ids.shape[0]
        self.sim.put("qpos", self.uniform(-0.1, 0.1, n, 2), ids)
        assign(self.last, 0.0, ids)

    def episode_info(self):
        return self.sim.qvel[:, :1].float()

    def measure(self, terminated):
        return self.sim.qvel[:, :1] * 1.0
'''
"""The source of ``walker_tasks/walker.py``."""


def walker_config(**settings):
    """Its config on a CPU."""
    return compose("Walker", settings={"sim_device": "cpu", **settings}, overrides=["train=CartpolePPO"])
