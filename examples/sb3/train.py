"""Trains one of gymctl's tasks with Stable-Baselines3's PPO: ``python train.py Cartpole``."""

import argparse
from collections.abc import Sequence
from typing import Any

import gymnasium
import numpy as np
from stable_baselines3 import PPO
from stable_baselines3.common.evaluation import evaluate_policy
from stable_baselines3.common.vec_env import VecEnv, VecMonitor
from stable_baselines3.common.vec_env.base_vec_env import VecEnvIndices, VecEnvStepReturn


class GymctlVecEnv(VecEnv):
    """Stable-Baselines3's own vector API, around Gymnasium's.

    Args:
        envs: Vector env that resets ended episodes in the same step, as those of gymctl do.
    """

    def __init__(self, envs: gymnasium.vector.VectorEnv) -> None:
        self.envs = envs
        super().__init__(envs.num_envs, envs.single_observation_space, envs.single_action_space)

    def reset(self) -> np.ndarray:
        """Begins new episodes, with the seed that was set, if any."""
        observations, _ = self.envs.reset(seed=self._seeds[0])
        self._reset_seeds()
        return observations

    def step_async(self, actions: np.ndarray) -> None:
        """Keeps the actions for `step_wait`."""
        self.actions = actions

    def step_wait(self) -> VecEnvStepReturn:
        """Steps; the infos of ended episodes say how they ended, from which PPO takes the value of what was cut off."""
        observations, rewards, terminations, truncations, infos = self.envs.step(self.actions)
        dones = terminations | truncations
        told: list[dict[str, Any]] = [{} for _ in range(self.num_envs)]
        for env in np.flatnonzero(dones):
            told[env]["terminal_observation"] = infos["final_obs"][env]
            told[env]["TimeLimit.truncated"] = bool(truncations[env])
        return observations, rewards, dones, told

    def close(self) -> None:
        """Frees the worlds."""
        self.envs.close()

    def get_attr(self, attr_name: str, indices: VecEnvIndices = None) -> list[Any]:
        """An attribute of the vector env, for each env."""
        return [getattr(self.envs, attr_name)] * len(list(self._get_indices(indices)))

    def set_attr(self, attr_name: str, value: Any, indices: VecEnvIndices = None) -> None:
        """There are no separate envs whose attributes could be set."""
        raise NotImplementedError

    def env_method(self, method_name: str, *args: Any, indices: VecEnvIndices = None, **kwargs: Any) -> list[Any]:
        """There are no separate envs whose methods could be called."""
        raise NotImplementedError

    def env_is_wrapped(self, wrapper_class: type, indices: VecEnvIndices = None) -> list[bool]:
        """None is."""
        return [False] * len(list(self._get_indices(indices)))


def main(arguments: Sequence[str] | None = None) -> None:
    """Trains, and compares the returns before and after."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("task", nargs="?", default="Cartpole")
    parser.add_argument("--num-envs", type=int, default=64)
    parser.add_argument("--steps", type=int, default=100_000, help="control steps of all envs together")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(arguments)

    task = gymnasium.make_vec(f"gymctl:gymctl/{options.task}-v0", num_envs=options.num_envs)
    envs = VecMonitor(GymctlVecEnv(task))
    policy = PPO("MlpPolicy", envs, n_steps=32, batch_size=256, learning_rate=1e-3, seed=options.seed, device="cpu")
    print(f"{options.task}: mean return {evaluate_policy(policy, envs, 64)[0]:.1f}")
    policy.learn(options.steps)
    print(f"after {policy.num_timesteps} steps: mean return {evaluate_policy(policy, envs, 64)[0]:.1f}")
    policy.save(f"{options.task}.zip")
    envs.close()


if __name__ == "__main__":
    main()
