"""Do all simulate and observe the same? Compared at the same states, and one step later."""

import gymnasium as gym
import mujoco
import numpy as np
import torch

from comparison import contenders, gym_tasks

_NUM_ENVS = 64


def parity(robot: str) -> dict[str, float]:
    """Largest differences ``|a - b| / (1 + |b|)`` over 64 envs, between our numbers (float32) and the others'.

    Returns:
        ``Gymnasium, same state``: all observations at states 30 random steps from the start, where Gymnasium's env is
        put to the same positions, velocities and controls. ``EnvPool, start``: all observations at EnvPool's own start
        states. ``..., step``: positions and velocities one step later, and ``..., reward`` of that step, after the same
        actions in both.
    """
    return {**_with_gymnasium(robot), **_with_envpool(robot)}


def _with_gymnasium(robot: str) -> dict[str, float]:
    env = gym_tasks.make(robot, _NUM_ENVS)
    theirs = gym.make(f"{robot}-v4").unwrapped
    env.reset()
    actions = contenders.random_actions(robot, _NUM_ENVS)
    for step in range(30):
        env.step(actions[step % len(actions)])
    env.sim.refresh()
    states = [field.numpy().copy() for field in (env.sim.qpos, env.sim.qvel, env.sim.ctrl)]
    ours = env.task.observe().numpy().copy()
    stepped, reward, done, _ = env.step(actions[0])
    same_state, step, rewards = [], [], []
    for i, (qpos, qvel, ctrl) in enumerate(zip(*states, strict=True)):
        mujoco.mj_resetData(theirs.model, theirs.data)
        theirs.data.ctrl[:] = ctrl
        theirs.set_state(qpos, qvel)
        same_state.append(_difference(ours[i], theirs._get_obs()))
        observations, their_reward, *_ = theirs.step(actions[0][i].numpy())
        if not done[i]:
            moved = sum(states[k].shape[1] for k in (0, 1)) - 2
            step.append(_difference(stepped["obs"][i, :moved].numpy(), observations[:moved]))
            rewards.append(_difference(reward[i].numpy(), their_reward))
    env.close()
    theirs.close()
    return {
        "Gymnasium, same state": max(same_state),
        "Gymnasium, step": max(step),
        "Gymnasium, reward": max(rewards),
    }


def _with_envpool(robot: str) -> dict[str, float]:
    import envpool

    pool = envpool.make(
        f"{robot}-v4", env_type="gymnasium", num_envs=_NUM_ENVS, exclude_current_positions_from_observation=False
    )
    start, _ = pool.reset()
    env = gym_tasks.make(robot, _NUM_ENVS)
    env.reset()
    sim = env.sim
    nq, nv = sim.model.nq, sim.model.nv
    everyone = torch.arange(_NUM_ENVS)
    sim.reset(everyone)
    sim.put("qpos", torch.from_numpy(start[:, :nq]), everyone)
    sim.put("qvel", torch.from_numpy(start[:, nq : nq + nv]), everyone)
    sim.refresh()
    ours = env.task.observe().numpy()
    same_start = _difference(ours, start[:, 2:])
    actions = contenders.random_actions(robot, _NUM_ENVS)[0]
    stepped, reward, _, _ = env.step(actions)
    theirs, their_reward, *_ = pool.step(actions.numpy())
    moved = nq + nv - 2
    differences = {
        "EnvPool, start": same_start,
        "EnvPool, step": _difference(stepped["obs"][:, :moved].numpy(), theirs[:, 2 : 2 + moved]),
        "EnvPool, reward": _difference(reward.numpy(), their_reward),
    }
    env.close()
    pool.close()
    return differences


def _difference(ours: np.ndarray, theirs: np.ndarray | float) -> float:
    return float(np.max(np.abs(ours - theirs) / (1.0 + np.abs(theirs))))
