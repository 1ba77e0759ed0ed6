"""Sends MuJoCo's warnings to Python's logging instead of MUJOCO_LOG.TXT in the user's directory.

Import this module before MuJoCo steps; `gymctl.sim.simulation` does. Whoever has a handler of their own keeps it.
"""

import logging

import mujoco

if mujoco.get_mju_user_warning() is None:
    mujoco.set_mju_user_warning(logging.getLogger(__name__).debug)
