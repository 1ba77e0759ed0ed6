"""MJX, MuJoCo's JAX implementation, compiled for the CPU: physics alone, without observations, rewards or resets."""

import jax
import mujoco
import numpy as np
import torch
from mujoco import mjx

from comparison import contenders, gym_tasks


class Mjx:
    """Gymnasium's model in MJX; a solver that MJX lacks is replaced by Newton's."""

    def __init__(self, robot: str, num_envs: int) -> None:
        task = gym_tasks.TASKS[robot]
        model = task.build_model({})
        if model.opt.solver == mujoco.mjtSolver.mjSOL_PGS:
            model.opt.solver = mujoco.mjtSolver.mjSOL_NEWTON
        on_device = mjx.put_model(model)

        def control_step(data: mjx.Data, ctrl: jax.Array) -> mjx.Data:
            data = data.replace(ctrl=ctrl)
            return jax.lax.fori_loop(0, gym_tasks.FRAME_SKIP, lambda _, d: mjx.step(on_device, d), data)

        def start(noise: jax.Array) -> mjx.Data:
            data = mjx.make_data(model)
            return data.replace(qpos=data.qpos + noise)

        noise = np.random.default_rng(0).uniform(-0.01, 0.01, (num_envs, model.nq))
        self.data = jax.vmap(start)(noise)
        self.step = jax.jit(jax.vmap(control_step), donate_argnums=0)
        self.num_envs = num_envs
        self.actions = contenders.random_actions(robot, num_envs)
        self.count = 0

    def advance(self, steps: int) -> tuple[int, int]:
        """See `contenders.Contender`; episodes don't end."""
        for _ in range(steps):
            self.data = self.step(self.data, self.actions[self.count % len(self.actions)].numpy())
            torch.from_numpy(np.array(self.data.qpos))
            self.count += 1
        return steps * self.num_envs, 0

    def close(self) -> None:
        """JAX frees what is no longer used."""
