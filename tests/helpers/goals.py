"""A task whose goals are renewed: a reached one is followed by the next, in the same episode."""

import torch
from typing_extensions import override

from gymctl.sim.rows import assign, take
from gymctl.tasks.base import Task, load_spec
from gymctl.tasks.measures import FORWARD_SPEED
from tests.helpers.walker import TASK

PRESS = 1.0
"""The action that reaches a goal; so does every one above 0.5."""


class Presser(Task):
    """Press a button again and again: the reward of a press is the goal, a number from 0 to 1 that is seen."""

    num_observations = 3
    num_actions = 1
    num_states = 4
    renews_goals = True
    episode_info_names = ("speed",)
    measures = (FORWARD_SPEED,)

    def __init__(self, config, sim, generator):
        super().__init__(config, sim, generator)
        self.goals = torch.zeros(sim.num_envs, 1, device=sim.device)
        self.pressed = torch.zeros(sim.num_envs, dtype=torch.bool, device=sim.device)

    @override
    @classmethod
    def build_spec(cls, config):
        return load_spec("cartpole.xml", config)

    @override
    def apply_actions(self, actions):
        self.pressed.copy_(actions[:, 0] > 0.5)
        self.sim.ctrl[:, :1] = actions

    @override
    def observe(self, ids=None):
        return torch.cat((take(self.sim.qpos, ids), take(self.goals, ids)), dim=1).float()

    @override
    def observe_states(self, ids=None):
        return torch.cat((self.observe(ids), take(self.sim.qvel, ids)[:, :1].float()), dim=1)

    @override
    def reward(self, observations):
        return self.goals[:, 0] * self.pressed, observations[:, 0].abs() > 1.0

    @override
    def reached_goals(self):
        return self.pressed.clone()

    @override
    def renew_goals(self, ids):
        assign(self.goals, self.uniform(0.0, 1.0, ids.shape[0], 1), ids)

    @override
    def reset(self, ids):
        self.sim.put("qpos", self.uniform(-0.1, 0.1, ids.shape[0], 2), ids)
        self.renew_goals(ids)

    @override
    def episode_info(self):
        return self.sim.qvel[:, :1].float()

    @override
    def measure(self, terminated):
        return self.sim.qvel[:, :1] * 1.0


AS_WALKER = (
    TASK,
    'from tests.helpers.goals import Presser\n\n\nclass Walker(Presser):\n    """Press."""\n',
)
"""What makes it the task of the fixture `walker`."""


def settings(most=0, episode_length=None, factor=0.1):
    """Overrides for its counters, of Cartpole's YAML."""
    overrides = [f"+task.env.maxConsecutiveSuccesses={most}", f"+task.env.averFactor={factor}"]
    return overrides + ([f"task.env.episodeLength={episode_length}"] if episode_length else [])


def presses(*steps, num_envs=4):
    """Actions ``[num_envs, 1]`` of each step, given the envs that press in it."""
    actions = torch.zeros(len(steps), num_envs, 1)
    for step, envs in enumerate(steps):
        actions[step, list(envs)] = PRESS
    return actions
