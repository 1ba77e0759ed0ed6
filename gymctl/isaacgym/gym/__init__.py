"""The class `Gym`: what Isaac Gym does with handles, on this package's simulation. One module for each theme."""

from gymctl.isaacgym.gym.gym import Gym as Gym
from gymctl.isaacgym.gym.gym import acquire_gym as acquire_gym
from gymctl.isaacgym.gym.handles import Asset as Asset
from gymctl.isaacgym.gym.handles import Env as Env
from gymctl.isaacgym.gym.handles import Sim as Sim
from gymctl.isaacgym.gym.viewers import Viewer as Viewer
