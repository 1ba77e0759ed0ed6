"""How much room mujoco_warp needs for contacts and constraints, measured in a few worlds of the task itself."""

import mujoco
import torch

from gymctl.envs.vec_env import VecEnv
from gymctl.sim.warp_limits import Limits

_STEPS = 120
_EVERY = 5


@torch.no_grad()
def measure_room(env: VecEnv) -> Limits:
    """Returns room for twice the most that one world needs, from the task's own starts, under random actions.

    That includes falls and what comes after them, for episodes begin anew. Between two looks are a few control steps:
    the factor covers what is missed there, and what a policy does that chance doesn't.

    Args:
        env: A few envs of the task, on the CPU; it is reset first.
    """
    generator = torch.Generator().manual_seed(0)
    ncon = nefc = 0
    env.reset()
    for step in range(_STEPS):
        env.step(2.0 * torch.rand(env.num_envs, env.task.num_actions, generator=generator) - 1.0)
        for index in range(env.num_envs) if step % _EVERY == 0 else ():
            data = env.sim.get_data(index)
            mujoco.mj_forward(env.sim.model, data)
            ncon, nefc = max(ncon, data.ncon), max(nefc, data.nefc)
    return Limits.above(ncon, nefc)
