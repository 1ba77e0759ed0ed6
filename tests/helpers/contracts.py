"""Contracts of tasks, without a policy."""

import json

import torch

from gymctl.config import Config
from gymctl.policies.export.actor import clips
from gymctl.policies.export.deployed import load_deploy
from gymctl.policies.export.telling import tell
from gymctl.tasks import registry

DEPLOY = load_deploy()
LIKE_A_ROBOT = [
    f"task.env.{key}" for key in ("learn.addNoise=False", "learn.randomizeFriction=False", "learn.pushRobots=False")
]
"""Overrides of AnymalTerrain: without what a controller doesn't know of."""
SHA256 = "0" * 64


def contract_of(config: Config) -> dict:
    """The contract that a policy of a task would get."""
    told = tell(config, clips(config), registry.sizes(config.task), SHA256)
    assert told.contract is not None, told.problem
    return json.loads(told.contract)


class Shadow:
    """A robot of ``examples/deploy``, which knows the contract only, put where an env's first robot is."""

    def __init__(self, env, contract):
        self.env = env
        self.interface = DEPLOY["controller"].Interface(contract)
        self.robot = DEPLOY["robot_model"].SimulatedRobot(env.sim.get_model(0), contract)

    def begin(self):
        """Starts an episode where the env's has started."""
        self.robot.sensors.begin()
        self.robot.data.qacc[:] = 0.0
        self.follow()
        self.interface.reset({name: self.robot.sensors.position(name) for name in self.robot.sensors.joints})

    def follow(self):
        """Goes where the env's robot is."""
        theirs = self.env.sim.get_data(0)
        for name in ("qpos", "qvel", "act", "ctrl", "qacc_warmstart", "mocap_pos"):
            getattr(self.robot.data, name)[:] = getattr(theirs, name)
        self.hear()

    def hear(self):
        """Takes the env's commands."""
        told, commands = self.robot.sensors.commands, self.env.task.present_commands()
        if commands is not None:
            told.update(zip(told, commands[0].tolist(), strict=True))

    def observe(self):
        """Observations ``[num_observations]``, clipped as the env's."""
        seen = torch.from_numpy(self.interface.observe(self.robot.measure))
        return seen.clamp(-self.env.clip_observations, self.env.clip_observations)
