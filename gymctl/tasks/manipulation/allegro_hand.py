"""AllegroHand: a hand turns a cube to one orientation after the other."""

from typing_extensions import override

from gymctl.config.config import TaskConfig
from gymctl.tasks.manipulation.hand_task import ANGLE, HandTask
from gymctl.tasks.measures import Measure


class AllegroHand(HandTask):
    """Turn a cube in a hand with four fingers to one orientation after the other."""

    asset, hand_name = "allegro_hand.xml", "allegro_mount"
    num_observations = 88
    num_actions = num_dofs = 16
    observation_types = "full_no_vel", "full", "full_state"
    object_types = ("block",)
    measures = ANGLE, Measure("cube dropped", "%", "share")

    @override
    @classmethod
    def feels_drives(cls, config: TaskConfig) -> bool:
        return config.physics == "fast"
