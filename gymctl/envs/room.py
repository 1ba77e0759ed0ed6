"""How much room mujoco_warp needs for contacts and constraints, measured in a few worlds of the task itself."""

import mujoco
import torch

from gymctl.envs.vec_env import VecEnv
from gymctl.sim.warp_limits import Limits

_STEPS = 120
_EVERY = 5
_SPARE_ROWS = 64


@torch.no_grad()
def measure_room(env: VecEnv) -> Limits:
    """Returns room for four times the most that one world needs, from the task's own starts, under random actions.

    That includes falls and what comes after them, for episodes begin anew. The factor covers what is missed between two
    looks, what one of thousands of worlds does but none of a few, and what a policy does but chance doesn't. On an
    H100, 4,096 Humanoids needed 2.7 times as many rows as these few, and Ants that had learned to leap over four times.
    So there are 64 rows more: even four times the rows cost only 2 % of the time there.

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
    return Limits.above(ncon, nefc, factor=4, spare=_SPARE_ROWS)
