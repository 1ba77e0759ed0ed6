"""The constants of a walker, as read from its YAML: drives, feet, gait, falls, and the weights of the reward."""

from dataclasses import dataclass

from gymctl.config.config import TaskConfig
from gymctl.core.errors import InputError
from gymctl.scene.robots import FootPoint

REWARD_WEIGHTS = {
    "alive": "aliveRewardScale",
    "lin_vel_xy": "linearVelocityXYRewardScale",
    "ang_vel_z": "angularVelocityZRewardScale",
    "gait": "gaitRewardScale",
    "swing": "swingHeightRewardScale",
    "slip": "footSlipRewardScale",
    "lin_vel_z": "linearVelocityZRewardScale",
    "ang_vel_xy": "angularVelocityXYRewardScale",
    "orient": "orientationRewardScale",
    "base_height": "baseHeightRewardScale",
    "posture": "postureRewardScale",
    "torques": "torqueRewardScale",
    "joint_acc": "jointAccRewardScale",
    "action_rate": "actionRateRewardScale",
    "collision": "collisionRewardScale",
}
"""The reward's terms, in the order of `compute_reward_terms`, and the YAML's keys of their weights."""
REWARD_TERMS = tuple(REWARD_WEIGHTS)


@dataclass(frozen=True)
class GaitConstants:
    """When each foot is on the ground while the robot walks."""

    feet: tuple[FootPoint, ...]
    phases: tuple[float, ...]
    """Where each foot is in its stride when the clock is at 0, 0 to 1. A stride begins with the foot on the ground."""
    period: float
    """Of a stride [s]."""
    stance: float
    """Part of a stride that a foot is on the ground."""
    swing_height: float
    """Of a foot in the middle of its swing, above where it stands [m]."""

    @classmethod
    def from_config(cls, config: TaskConfig) -> "GaitConstants":
        """Reads ``env.gait``.

        Raises:
            InputError: A number is none of a gait.
        """
        gait = config.env["gait"]
        feet = gait["feet"]
        constants = cls(
            feet=tuple(FootPoint(body, tuple(foot["point"])) for body, foot in feet.items()),
            phases=tuple(float(foot["phase"]) for foot in feet.values()),
            period=gait["period"],
            stance=gait["stance"],
            swing_height=gait["swingHeight"],
        )
        if not (constants.period > 0 and 0 < constants.stance < 1 and constants.swing_height > 0 and feet):
            raise InputError(
                "task.env.gait has a number that no gait has",
                "give feet, a period and a swingHeight above 0, and a stance between 0 and 1",
            )
        return constants


@dataclass(frozen=True)
class WalkerConstants:
    """Scales, weights and limits; see `from_config` for the YAML's keys."""

    lin_vel_scale: float
    ang_vel_scale: float
    dof_pos_scale: float
    dof_vel_scale: float
    weights: tuple[float, ...]
    """In the order of `REWARD_TERMS`, per second."""
    terminal_weight: float
    """Of a fall."""
    base_height: float
    """Of the root while it walks [m]."""
    command_seconds: float
    """After which a robot gets another command [s]."""
    standing: float
    """Part of the commands that is to stand."""
    lowest: float
    """Height of the root below which the robot has fallen [m]."""
    upright: float
    """Cosine of the tilt beyond which the robot has fallen."""
    fall_bodies: tuple[str, ...]
    """Bodies whose touch of the ground is a fall."""
    limb_bodies: tuple[str, ...]
    """Bodies that should touch nothing."""

    @classmethod
    def from_config(cls, config: TaskConfig) -> "WalkerConstants":
        """Reads IsaacGymEnvs' keys, and a walker's own, from the ``task:`` part of the config."""
        env = config.env
        learn, commands, fall = env["learn"], env["commands"], env["fall"]
        return cls(
            lin_vel_scale=learn["linearVelocityScale"],
            ang_vel_scale=learn["angularVelocityScale"],
            dof_pos_scale=learn["dofPositionScale"],
            dof_vel_scale=learn["dofVelocityScale"],
            weights=tuple(learn[key] for key in REWARD_WEIGHTS.values()),
            terminal_weight=learn["terminalReward"],
            base_height=env["baseHeight"],
            command_seconds=commands["seconds"],
            standing=commands["standing"],
            lowest=fall["height"],
            upright=fall["upright"],
            fall_bodies=tuple(fall["bodies"]),
            limb_bodies=tuple(env["limbBodies"]),
        )
