"""The step contract: a task on a simulation, as a vectorised environment with automatic resets."""

import math
from collections.abc import Hashable
from typing import Any

import gymnasium as gym
import numpy as np
import torch
from torch import Tensor

from gymctl.config.config import TaskConfig
from gymctl.core.errors import InputError
from gymctl.envs.recorded_step import RecordedStep
from gymctl.envs.successes import AVERAGE_NAME, Successes
from gymctl.sim.precision import full_precision
from gymctl.sim.rows import assign
from gymctl.sim.simulation import EnvIds, Simulation
from gymctl.tasks.base import Task
from gymctl.tasks.measures import SUCCEEDED, SUCCESSES, Measure, as_columns
from gymctl.tasks.motion_prior import MotionPrior

_TERM = "reward term "
"""Before a term's name among a step's results."""


class VecEnv:
    """``num_envs`` episodes of one task, stepped together.

    A step clips the actions, sets the controls, simulates `physics_steps` physics steps, counts, computes reward and
    termination, resets the ended episodes, observes and clips the observations. The reset happens in the same step:
    ``done`` comes with the reward of the ended episode and the first observation of the next one; so a reached goal
    comes with the first observation of the next goal. The returned tensors are reused by the next step. Where the
    simulation can record, a step is recorded; see `RecordedStep`.

    Args:
        task: The task, on its simulation.
        sim: The worlds; the same as the task's.
        config: The ``task:`` part of the config.
        rl_device: Where actions come from and results go to.
    """

    resumable = True
    """Whether `state_dict` holds all that decides the future."""
    keep_final_observation = False
    """Whether `step` also returns what the reset overwrites: the last observations and infos of ended episodes."""
    keep_reward_terms = False
    """Whether `step` also returns what the rewards are the sum of, where the task tells."""
    keep_measures = False
    """Whether `step` also returns what the task measures, where it measures something."""
    autoreset = True
    """Whether `step` resets ended episodes; otherwise the caller resets them."""
    successes: Successes | None = None
    """The reached goals, where the task `Task.renews_goals`."""

    def __init__(self, task: Task, sim: Simulation, config: TaskConfig, rl_device: torch.device) -> None:
        env = config.env
        self.task = task
        self.sim = sim
        self.rl_device = rl_device
        self.num_envs = sim.num_envs
        self.max_episode_length = task.max_episode_length
        self._time_limit = task.max_episode_length + task.late_reset
        self._most_steps: int | None = None
        self.physics = config.physics
        """``fast`` or ``isaacgym``."""
        self.physics_steps = config.physics_steps
        """Physics steps in a control step."""
        self.clip_actions = float(env.get("clipActions", math.inf))
        self.clip_observations = float(env.get("clipObservations", math.inf))
        self.control_dt = config.control_dt
        """Time of a control step [s]."""
        self.progress_buf = torch.zeros(self.num_envs, dtype=torch.int64, device=sim.device)
        if task.renews_goals:
            self.successes = Successes(env, self.num_envs, sim.device)
        self.num_diverged = torch.zeros((), dtype=torch.int64, device=sim.device)
        """Episodes that ended because their world went non-finite, since the start."""
        limit = np.float32(self.clip_observations)
        self.single_observation_space = gym.spaces.Box(-limit, limit, (task.num_observations,), np.float32)
        self.single_state_space = gym.spaces.Box(-limit, limit, (task.num_states,), np.float32)
        """What a critic sees that is trained beside the policy; empty where the task has no `Task.num_states`."""
        self.single_action_space = gym.spaces.Box(-1.0, 1.0, (task.num_actions,), np.float32)
        self._recorded = RecordedStep(self) if sim.recorder is not None else None

    def limit_episodes(self, steps: int) -> None:
        """Ends episodes after at most so many control steps; the task's own limit holds where it is shorter."""
        self._time_limit = min(self._time_limit, steps + 1)
        self._most_steps = steps

    @property
    def longest_episode(self) -> int:
        """Control steps of an episode at most."""
        goals = self.successes.most if self.successes is not None else 0
        longest = (self._time_limit - 1) * max(goals, 1)
        return longest if self._most_steps is None else min(longest, self._most_steps)

    @property
    def episode_steps(self) -> Tensor:
        """Control steps of each running episode, int64 ``[num_envs]``: `progress_buf`, unless a success zeroed that."""
        return self.progress_buf if self.successes is None else self.progress_buf + self.successes.earlier_steps

    @property
    def measures(self) -> tuple[Measure, ...]:
        """What ``measures`` of a step are: successes, where there are goals, and what the task measures."""
        return (*((SUCCESSES, SUCCEEDED) if self.successes is not None else ()), *self.task.measures)

    @property
    def recorded(self) -> bool:
        """Whether the last step was a recorded one."""
        return self._recorded is not None and self._recorded.replaying

    @property
    def generators(self) -> tuple[torch.Generator, ...]:
        """Where random numbers of a step come from."""
        return (self.task.generator,)

    def recording_key(self) -> Hashable:
        """What a step's operations depend on, beside tensors: another key needs another recording."""
        return (
            self.keep_final_observation,
            self.keep_measures,
            self.keep_reward_terms,
            self.autoreset,
            self.sim.layout,
        )

    @full_precision()
    def reset(self, mask: Tensor | None = None) -> dict[str, Tensor]:
        """Starts new episodes and returns their first observations, ``{"obs": [num_envs, num_observations]}``.

        Where the task has `Task.num_states`, ``states`` ``[num_envs, num_states]`` are beside them.

        Args:
            mask: The envs (bool ``[num_envs]``); None for all. The rows of other envs in the result mean nothing.

        Raises:
            InputError: The observations have another size than the task declares.
        """
        if mask is not None:
            seen = {"obs": torch.zeros(self.num_envs, self.task.num_observations, device=self.sim.device)}
            if self.task.num_states:
                seen["states"] = torch.zeros(self.num_envs, self.task.num_states, device=self.sim.device)
            self._begin_anew(mask.to(self.sim.device), None, seen)
            return self._on_rl_device(self._finish(seen))
        everyone = self._select_envs(torch.ones(self.num_envs, dtype=torch.bool, device=self.sim.device))
        self._start_episodes(everyone)
        seen = self._observe(everyone)
        observations = seen["obs"]
        if observations.shape != (self.num_envs, self.task.num_observations):
            raise InputError(
                f"{type(self.task).__name__}.observe gives {tuple(observations.shape)} observations of "
                f"{self.num_envs} envs, but num_observations is {self.task.num_observations}",
                "correct the one or the other in the task's class",
            )
        return self._on_rl_device(self._finish(seen))

    @full_precision()
    def step(self, actions: Tensor) -> tuple[dict[str, Tensor], Tensor, Tensor, dict[str, Any]]:
        """Advances every env by one control step.

        Args:
            actions: ``[num_envs, num_actions]``, clipped to ±``clipActions``.

        Returns:
            Observations and states as `reset`, reward ``[num_envs]``, done (bool ``[num_envs]``) and extras:

            - ``time_outs`` (bool ``[num_envs]``): the episodes that only the time limit ended.
            - ``episode``, if the task has `Task.episode_info_names`: for each name the mean of `Task.episode_info` over
              the episodes that ended in this step, NaN if none did. Where there are goals, also
              ``consecutive_successes``: `Successes.average`.
            - ``final_obs`` ``[num_envs, num_observations]`` and ``final_info``, `Task.episode_info` by name
              ``[num_envs]``, if `keep_final_observation`. Their rows are meaningful where ``done``. Where there are
              goals, the info has the ``successes`` of the episode, too.
            - ``reward_terms``, if `keep_reward_terms`: `Task.reward_terms` by name ``[num_envs]``.
            - ``measures``, if `keep_measures` and there are `measures`: ``[num_envs, measures]``.
            - ``amp_obs`` ``[num_envs, num_amp_observations]`` and ``terminate`` (bool ``[num_envs]``), the episodes
              that something else than the time limit ended, if the task is a `MotionPrior`. Both are of the ended
              episodes, as the reward is.
        """
        if self._recorded is not None:
            return self._deliver(self._recorded.step(actions), copies=True)
        self.set_controls(actions.to(self.sim.device))
        self.sim.step(self.physics_steps)
        return self._deliver(self.finish_step(), copies=False)

    def set_controls(self, actions: Tensor) -> None:
        """The part of a step before the physics.

        Args:
            actions: On the simulation's device.
        """
        self.task.apply_actions(actions.clamp(-self.clip_actions, self.clip_actions))

    def finish_step(self) -> dict[str, Any]:
        """The part of a step after the physics.

        Returns:
            ``obs``, ``reward``, ``done`` and ``time_outs``; ``states`` where the task has some; ``episode`` ``[M]``
            where there are names for it; ``final_obs`` and ``final_info`` ``[num_envs, M]``, and ``measures``, if
            they are kept, and each reward term under its name with `_TERM` before it; ``amp_obs`` and ``terminate`` of
            a `MotionPrior`. All on the simulation's device.
        """
        self.progress_buf += 1
        self.task.after_physics()
        observations = self.task.observe()
        terms = self.task.reward_terms(observations) if self.keep_reward_terms else {}
        reward, terminated = self.task.reward(observations)
        diverged = self.sim.take_diverged()
        self.num_diverged += diverged.sum()
        reached = self.task.reached_goals() & ~diverged if self.successes is not None else None
        measured = self._measure(terminated, reached, diverged)
        self.task.on_diverged(diverged)
        reward.masked_fill_(diverged, 0.0)
        terminated |= diverged
        if self.successes is not None and reached is not None:
            terminated |= self.successes.add(reached, self.progress_buf)
        time_outs = self._time_outs() & ~terminated
        done = terminated | time_outs
        results: dict[str, Tensor] = {"reward": reward, "done": done, "time_outs": time_outs, **measured}
        results |= {f"{_TERM}{name}": term.masked_fill(diverged, 0.0) for name, term in terms.items()}
        results |= self._episode_info(done)
        if isinstance(self.task, MotionPrior):  # a copy, for what is observed may be what `reset` begins anew
            results |= {"amp_obs": self.task.observe_motion().clone(), "terminate": terminated}
        if self.keep_final_observation:
            results["final_obs"] = self._finish_observations(observations.clone())
        seen = {"obs": observations}
        if self.task.num_states:
            seen["states"] = self.task.observe_states()
        renewed = None if reached is None else reached & ~done
        if self.autoreset or renewed is not None:
            self._begin_anew(done if self.autoreset else torch.zeros_like(done), renewed, seen)
        return results | self._finish(seen)

    def _measure(self, terminated: Tensor, reached: Tensor | None, diverged: Tensor) -> dict[str, Tensor]:
        if not (self.keep_measures and self.measures):
            return {}
        columns = [] if reached is None else [as_columns(reached, reached)]
        if self.task.measures:
            columns.append(self.task.measure(terminated))
        return {"measures": torch.cat(columns, 1).masked_fill(diverged[:, None], 0.0)}

    def _time_outs(self) -> Tensor:
        time_outs = compute_time_outs(self.progress_buf, self._time_limit)
        if self.successes is None or self._most_steps is None:
            return time_outs
        return time_outs | (self.episode_steps >= self._most_steps)

    def _episode_info(self, done: Tensor) -> dict[str, Tensor]:
        """``episode``, and ``final_info`` where it is kept; nothing where there are no names for them."""
        of_envs, of_all = [], []
        if self.task.episode_info_names:
            of_envs.append(self.task.episode_info())
            of_all.append(mean_of_rows(of_envs[0], done))
        if self.successes is not None:
            self.successes.take_average(done)
            of_envs.append(self.successes.count[:, None])
            of_all.append(self.successes.average[None])
        if not of_all:
            return {}
        final = {"final_info": torch.cat(of_envs, 1)} if self.keep_final_observation else {}
        return {"episode": torch.cat(of_all), **final}

    def state_dict(self) -> dict[str, Any]:
        """Returns a copy of all that decides the future of the episodes: tensors only, in nested dicts."""
        return {
            "sim": {name: tensor.clone() for name, tensor in self.sim.state_tensors().items()},
            "task": self.task.state_dict(),
            "progress_buf": self.progress_buf.clone(),
            "generator": self.task.generator.get_state(),
            **({} if self.successes is None else {"successes": self.successes.state_dict()}),
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Continues the episodes of a `state_dict` from the same task, engine and number of envs.

        Raises:
            KeyError: Something is missing.
            RuntimeError: A tensor has another shape.
        """
        for name, tensor in self.sim.state_tensors().items():
            tensor.copy_(state["sim"][name])
        self.sim.refresh()  # a task may act by outputs, before the next step computes them
        self.task.load_state_dict(state["task"])
        self.progress_buf.copy_(state["progress_buf"])
        if self.successes is not None:
            self.successes.load_state_dict(state["successes"])
        self.task.generator.set_state(state["generator"].cpu())

    def close(self) -> None:
        """Frees the simulation."""
        self._recorded = None
        self.sim.close()

    def _begin_anew(self, done: Tensor, reached: Tensor | None, seen: dict[str, Tensor]) -> None:
        """Starts new episodes where the others are done, and draws new goals where the others are reached.

        What is seen of both is put into the rows of `seen`.
        """
        ids = self._select_envs(done)
        if ids.shape[0]:
            self._start_episodes(ids)
        if reached is not None:
            renewed = self._select_envs(reached)
            if renewed.shape[0]:
                self.task.renew_goals(renewed)
                ids = self._select_envs(done | reached)
        if ids.shape[0]:
            for name, values in self._observe(ids).items():
                assign(seen[name], values, ids)

    def _observe(self, ids: EnvIds) -> dict[str, Tensor]:
        seen = {"obs": self.task.observe(ids)}
        return seen | ({"states": self.task.observe_states(ids)} if self.task.num_states else {})

    def _deliver(
        self, results: dict[str, Tensor], *, copies: bool
    ) -> tuple[dict[str, Tensor], Tensor, Tensor, dict[str, Any]]:
        """Results of `finish_step` as `step` returns them, on the learner's device.

        Args:
            results: Of `finish_step`.
            copies: Whether the next step would overwrite them.
        """
        given = {name: value.to(self.rl_device, copy=copies) for name, value in results.items()}
        extras: dict[str, Any] = {"time_outs": given["time_outs"]}
        if "episode" in given:
            extras["episode"] = dict(zip(self._info_names(AVERAGE_NAME), given["episode"], strict=True))
        if self.keep_reward_terms:
            extras["reward_terms"] = {
                name.removeprefix(_TERM): value for name, value in given.items() if name.startswith(_TERM)
            }
        if "final_obs" in given:
            extras["final_obs"] = given["final_obs"]
            final = given["final_info"].unbind(1) if "final_info" in given else ()
            extras["final_info"] = dict(zip(self._info_names("successes"), final, strict=True))
        extras |= {name: given[name] for name in ("measures", "amp_obs", "terminate") if name in given}
        seen = {name: given[name] for name in ("obs", "states") if name in given}
        return seen, given["reward"], given["done"], extras

    def _info_names(self, of_successes: str) -> tuple[str, ...]:
        names = tuple(self.task.episode_info_names)
        return names if self.successes is None else (*names, of_successes)

    def _select_envs(self, mask: Tensor) -> EnvIds:
        return mask if self.sim.prefers_masks else mask.nonzero().squeeze(1)

    def _start_episodes(self, ids: EnvIds) -> None:
        self.sim.reset(ids)
        self.task.reset(ids)
        self.sim.refresh(ids)
        assign(self.progress_buf, 0, ids)
        if self.successes is not None:
            self.successes.start_episodes(ids)

    def _finish(self, seen: dict[str, Tensor]) -> dict[str, Tensor]:
        """Observations with all that is done to them; a critic's states are clipped like them, without noise."""
        finished = {"obs": self._finish_observations(seen["obs"])}
        return finished | ({"states": self._clip(seen["states"])} if "states" in seen else {})

    def _finish_observations(self, observations: Tensor) -> Tensor:
        return self._clip(observations)

    def _clip(self, values: Tensor) -> Tensor:
        return values.clamp_(-limit, limit) if (limit := self.clip_observations) < math.inf else values

    def _on_rl_device(self, seen: dict[str, Tensor]) -> dict[str, Tensor]:
        return {name: values.to(self.rl_device) for name, values in seen.items()}


def compute_time_outs(progress_buf: Tensor, max_episode_length: int) -> Tensor:
    """Returns which episodes have reached their time limit, bool ``[num_envs]``.

    This is IsaacGymEnvs' rule: the counter, already increased for this step, has reached the length minus one. Where it
    resets a step late, that step counts for the new episode and leaves the counter at 0: then add one to the length.

    Args:
        progress_buf: Control steps of the present episodes ``[num_envs]``.
        max_episode_length: The time limit [control steps].
    """
    return progress_buf >= max_episode_length - 1


def mean_of_rows(values: Tensor, mask: Tensor) -> Tensor:
    """Returns the mean ``[M]`` of the rows of ``[N, M]`` that a mask chooses, NaN if it chooses none.

    It never waits for a GPU.
    """
    return torch.where(mask[:, None], values, 0.0).sum(0) / mask.sum()
