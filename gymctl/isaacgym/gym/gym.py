"""The class `Gym` and the one object of it."""

from gymctl.isaacgym.gym.arrays import Arrays
from gymctl.isaacgym.gym.cameras import Cameras
from gymctl.isaacgym.gym.contacts import Contacts
from gymctl.isaacgym.gym.controls import Controls
from gymctl.isaacgym.gym.creating import Creating
from gymctl.isaacgym.gym.dynamics import Dynamics
from gymctl.isaacgym.gym.missing import Missing
from gymctl.isaacgym.gym.properties import Properties
from gymctl.isaacgym.gym.stepping import Stepping
from gymctl.isaacgym.gym.tendons import Tendons
from gymctl.isaacgym.gym.tensors import Tensors
from gymctl.isaacgym.gym.viewing import Viewing


class Gym(
    Creating, Properties, Tendons, Arrays, Tensors, Contacts, Dynamics, Controls, Stepping, Viewing, Cameras, Missing
):
    """Isaac Gym's interface, on MuJoCo."""


_GYM = Gym()


def acquire_gym(*args: object, **kwargs: object) -> Gym:
    """The one `Gym` of this process."""
    return _GYM
