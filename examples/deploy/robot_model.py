"""The robot in plain MuJoCo, driven through the contract of a policy."""

from typing import Any

import mujoco
import numpy as np
from controller import Slice
from hand_control import HandControl
from joint_control import JointControl
from readers import read
from sensors import Sensors


class SimulatedRobot:
    """A robot's model, to be commanded and measured as a robot would.

    Args:
        model: What ``gymctl export --model`` wrote, loaded.
        contract: Of the policy.
    """

    def __init__(self, model: mujoco.MjModel, contract: dict[str, Any]) -> None:
        self.model, self.data, self.contract = model, mujoco.MjData(model), contract
        self.sensors = Sensors(model, self.data, contract)
        driven = [
            (number, model.actuator(name).id)
            for number, action in enumerate(contract["actions"])
            for name in (action["actuator"], *action.get("followers", ()))
            if name
        ]
        self.sources, self.actuators = np.array(driven).T
        """Numbers of the actions, and the actuators that they control."""
        self.hand = HandControl(model, contract["hand_control"]) if contract.get("hand_control") else None
        self.motions = [i for i, action in enumerate(contract["actions"]) if action["kind"].startswith("hand ")]
        self.joint_control = JointControl(contract["actions"])
        self.gears = np.linalg.norm(model.actuator_gear[self.actuators, :3], axis=1)
        joints = [joint for joint in contract["joints"] if joint["max_velocity"] is not None]
        self.limited = [model.joint(joint["model_joint"]).dofadr[0] for joint in joints]
        self.max_velocities = np.array([joint["max_velocity"] for joint in joints])
        self.mean_timesteps = max(part["mean_timesteps"] for part in contract["observations"])

    def measure(self, part: Slice) -> Any:
        """The values of a slice of the observations."""
        return read(self.sensors, part)

    def start(self, key: int) -> dict[str, float]:
        """Puts the robot into one of the model's start states; what stands for a target is one.

        Args:
            key: Number of the keyframe.

        Returns:
            Positions of its joints, by name.
        """
        mujoco.mj_resetDataKeyframe(self.model, self.data, key)
        self.sensors.begin()
        if self.model.nmocap:
            self.sensors.commands |= {
                f"target {axis}": x for axis, x in zip("xyz", self.data.mocap_pos[0], strict=True)
            }
        return {name: self.sensors.position(name) for name in self.sensors.joints}

    def step(self, commands: np.ndarray) -> None:
        """Simulates a control step.

        Args:
            commands: One for each action, in its unit.
        """
        time, data, start = self.contract["time"], self.data, self.data.qpos[:3].copy()
        commands = self._with_torques(np.asarray(commands))
        data.ctrl[self.actuators] = commands[self.sources] / self.gears
        if self.hand is not None:
            data.ctrl[self.hand.actuators] = self.hand.torques(self.sensors.present_forces(), commands[self.motions])
        self.sensors.torques = commands
        for left in range(time["timesteps"], 0, -1):
            if left == self.mean_timesteps:
                before = data.qvel.copy()
            mujoco.mj_step(self.model, data)
        self.sensors.acceleration = (data.qvel - before) / (self.mean_timesteps * self.model.opt.timestep)
        self.sensors.seconds += time["control_dt"]
        self.sensors.moved = data.qpos[:3] - start
        data.qvel[self.limited] = np.clip(data.qvel[self.limited], -self.max_velocities, self.max_velocities)
        limit = self.contract["base"]["max_angular_velocity"]
        if limit is not None:
            data.qvel[3:6] *= min(1.0, limit / max(np.linalg.norm(data.qvel[3:6]), 1e-9))

    def _with_torques(self, commands: np.ndarray) -> np.ndarray:
        """Commands, with torques in the place of those that a controller has to turn into torques."""
        control, sensors = self.joint_control, self.sensors
        if not control.numbers:
            return commands
        positions = np.array([sensors.position(name) for name in control.joints])
        velocities = np.array([sensors.along(name, self.data.qvel) for name in control.joints])
        told = commands.copy()
        told[control.numbers] = control.torques(commands, positions, velocities)
        return told
