"""ShadowHand: a hand like a human's turns a cube, an egg or a pen to one orientation after the other."""

from gymctl.tasks.manipulation.hand_task import ANGLE, HandTask
from gymctl.tasks.measures import Measure


class ShadowHand(HandTask):
    """Turn a cube, an egg or a pen in a hand like a human's to one orientation after the other."""

    asset, hand_name = "shadow_hand.xml", "hand"
    num_observations = 211
    num_actions, num_dofs = 20, 24
    tips = tuple(f"robot0:{finger}distal" for finger in ("ff", "mf", "rf", "lf", "th"))
    observation_types = "openai", "full_no_vel", "full", "full_state"
    object_types = "block", "egg", "pen"
    measures = ANGLE, Measure("object dropped", "%", "share")
