"""A session of the viewer: an env and a policy that can be paused, slowed down, restarted and exchanged."""

import dataclasses
import math
import random
from collections.abc import Callable, Sequence
from pathlib import Path

import torch

from gymctl.core.errors import InputError
from gymctl.envs.vec_env import VecEnv
from gymctl.policies.find import PolicySource
from gymctl.policies.modes import ActionMode
from gymctl.policies.motion import MotionReader
from gymctl.policies.play import Policy
from gymctl.policies.policy import NetworkPolicy
from gymctl.tasks.locomotion.legged_robot import CommandRanges
from gymctl.viewer.episodes import EpisodeStatistics

AS_FAST_AS_POSSIBLE = float("inf")
_PUSH = 2.0
"""What a push adds to the velocity of a robot [m/s]; most policies stay on their feet."""
_MOST_BEHIND = 0.1
"""A simulation that is further behind real time than this doesn't try to catch up [s]."""


class Session:
    """Steps an env with a policy, in real time or at another speed.

    It knows nothing of the browser. Call all methods from the same thread.

    Args:
        env: The environment. The session resets it.
        policy: The policy that plays first.
        source: Where the policy comes from.
        mode: How actions are drawn.
        load: Loads another policy.
    """

    def __init__(
        self,
        env: VecEnv,
        policy: Policy,
        source: PolicySource,
        mode: ActionMode,
        load: Callable[[PolicySource, ActionMode], Policy],
    ) -> None:
        self.env = env
        env.keep_reward_terms = env.keep_measures = True
        self.source = source
        self.mode = mode
        self.paused = False
        self.speed = 1.0
        """Simulated seconds per second."""
        self.steps = 0
        """Control steps since the start."""
        self.curve: list[float] = []
        """Rewards of the watched env's episode, step by step."""
        self._watched = 0
        self.motion = MotionReader(env)
        """Of the robots."""
        self._told: torch.Tensor | None = None
        self._policy = policy
        self._load = load
        self._next = -AS_FAST_AS_POSSIBLE
        self.restart()

    @property
    def control_dt(self) -> float:
        """Length of a control step [s]."""
        return self.env.control_dt

    def restart(self) -> None:
        """Starts new episodes in all envs, and new statistics."""
        self._observations = self.env.reset()["obs"]
        self._done = torch.ones(self.env.num_envs, dtype=torch.bool, device=self.env.rl_device)
        env = self.env
        self.episodes = EpisodeStatistics(env.num_envs, env.rl_device, env.measures, env.control_dt)
        self._diverged_before = int(self.env.num_diverged)
        self.curve.clear()

    def watch(self, env: int) -> None:
        """Chooses the env whose rewards are kept step by step in `curve`."""
        self._watched = env
        self.curve.clear()

    def seconds_to_wait(self, now: float) -> float:
        """Time until the next step is due [s]; infinite while paused."""
        return AS_FAST_AS_POSSIBLE if self.paused else max(0.0, self._next - now)

    def advance(self, now: float) -> bool:
        """Makes a step if one is due.

        Args:
            now: The time of any clock that never goes back [s].

        Returns:
            Whether it made one.
        """
        if self.seconds_to_wait(now) > 0.0:
            return False
        self.step()
        due = self._next if now - self._next < _MOST_BEHIND else now
        self._next = due + self.control_dt / self.speed
        return True

    @torch.no_grad()
    def step(self) -> None:
        """Makes one control step, paused or not."""
        if self._told is not None and self.motion.walker is not None:
            self.motion.walker.tell(self._told)
        observations, reward, done, extras = self.env.step(self._policy.act(self._observations, self._done))
        self._observations, self._done = observations["obs"], done
        self.episodes.add(reward, done, extras.get("reward_terms"), extras.get("measures"))
        self.steps += 1
        self.curve.append(float(reward[self._watched]))
        if done[self._watched]:
            self.curve.clear()

    @property
    def can_push(self) -> bool:
        """Whether the robot has a base that moves freely."""
        return self.motion.base is not None

    def push(self, env: int) -> None:
        """Gives the base of an env's robot a velocity more, sideways, in a direction drawn at random."""
        if (base := self.motion.base) is not None:
            angle = random.uniform(-math.pi, math.pi)
            velocity = self.env.sim.qvel[env, base.root_lin_vel]
            velocity += velocity.new_tensor([_PUSH * math.cos(angle), _PUSH * math.sin(angle), 0.0])

    @property
    def command_ranges(self) -> CommandRanges | None:
        """From where to where the task commands velocities; None if it commands none."""
        return None if self.motion.walker is None else self.motion.walker.command_ranges

    def tell(self, velocities: Sequence[float] | None) -> None:
        """Tells all robots velocities from now on, and starts new statistics.

        Args:
            velocities: Forward, sideways, turning [m/s, m/s, rad/s]; None for those that the task draws, which it does
                again when it is time.
        """
        told = None if velocities is None else torch.tensor(velocities, device=self.env.sim.device)
        before = self._told
        is_same = torch.equal(told, before) if told is not None and before is not None else told is before
        if not is_same:
            self._told = told
            self._start_new_statistics()

    def set_speed(self, speed: float) -> None:
        """Sets how many simulated seconds pass in a second."""
        self.speed = speed
        self._next = -AS_FAST_AS_POSSIBLE

    def use_mode(self, mode: ActionMode) -> None:
        """Draws actions in another way from now on, and starts new statistics.

        Raises:
            InputError: The policy has no noise.
        """
        if not isinstance(self._policy, NetworkPolicy):
            raise InputError(f"{self.source.file} holds only the policy's mean action", "play its checkpoint")
        if mode != self.mode:
            self.mode = self._policy.mode = mode
            self._start_new_statistics()

    def use_checkpoint(self, path: Path) -> None:
        """Lets another checkpoint's policy go on with the running episodes, and starts new statistics.

        Raises:
            GymctlError: It can't be loaded or doesn't fit. The old policy stays.
            OSError: It can't be read. The old policy stays.
        """
        source = dataclasses.replace(self.source, path=path)
        self._policy = self._load(source, self.mode)
        self.source = source
        self._start_new_statistics()

    @property
    def diverged(self) -> int:
        """Episodes that ended because their world went non-finite, since the statistics began."""
        return int(self.env.num_diverged) - self._diverged_before

    def _start_new_statistics(self) -> None:
        self.episodes = self.episodes.for_new_policy()
        self._diverged_before = int(self.env.num_diverged)
