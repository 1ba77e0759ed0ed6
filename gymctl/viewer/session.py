"""Episodes that can be paused, slowed down, restarted, and played on by another policy."""

import dataclasses
import time
from collections.abc import Callable
from pathlib import Path

import torch

from gymctl.core.errors import InputError
from gymctl.envs.vec_env import VecEnv
from gymctl.policies.find import PolicySource
from gymctl.policies.modes import ActionMode
from gymctl.policies.play import Policy
from gymctl.policies.policy import NetworkPolicy
from gymctl.viewer.tally import Tally

AS_FAST_AS_POSSIBLE = float("inf")
_MOST_BEHIND = 0.1
"""Who is later than that doesn't try to catch up [s]."""


class Session:
    """Steps an env by a policy, in real time or at another speed.

    Nothing here knows a browser. All methods are for the one thread that steps.

    Args:
        env: The environment; it is reset here.
        policy: What plays.
        source: Where the policy comes from.
        mode: How actions are drawn.
        load: Loads a policy to go on with.
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
        self.source = source
        self.mode = mode
        self.paused = False
        self.speed = 1.0
        """Simulated seconds a second."""
        self.steps = 0
        """Control steps since the start."""
        self.curve: list[float] = []
        """Rewards of the watched env's episode, step by step."""
        self._watched = 0
        self._policy = policy
        self._load = load
        self._next = -AS_FAST_AS_POSSIBLE
        self.restart()

    @property
    def control_dt(self) -> float:
        """Length of a control step [s]."""
        return self.env.control_dt

    def restart(self) -> None:
        """Begins new episodes everywhere, and a new tally."""
        self._observations = self.env.reset()["obs"]
        self._done = torch.ones(self.env.num_envs, dtype=torch.bool, device=self.env.rl_device)
        self.tally = Tally(self.env.num_envs, self.env.rl_device)
        self._diverged_before = int(self.env.num_diverged)
        self.curve.clear()

    def watch(self, env: int) -> None:
        """Chooses the env whose rewards are kept one by one."""
        self._watched = env
        self.curve.clear()

    def seconds_to_wait(self, now: float) -> float:
        """How long the next step can wait; infinite while paused."""
        return AS_FAST_AS_POSSIBLE if self.paused else max(0.0, self._next - now)

    def advance(self, now: float) -> bool:
        """Makes a step if one is due.

        Args:
            now: The time, of any clock that only goes forward [s].

        Returns:
            Whether there was one.
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
        observations, reward, done, _ = self.env.step(self._policy.act(self._observations, self._done))
        self._observations, self._done = observations["obs"], done
        self.tally.add(reward, done)
        self.steps += 1
        self.curve.append(float(reward[self._watched]))
        if done[self._watched]:
            self.curve.clear()

    def set_speed(self, speed: float) -> None:
        """Sets how many simulated seconds go by in a second."""
        self.speed = speed
        self._next = -AS_FAST_AS_POSSIBLE

    def use_mode(self, mode: ActionMode) -> None:
        """Goes on with actions drawn otherwise, and with a new tally.

        Raises:
            InputError: The policy has no noise.
        """
        if not isinstance(self._policy, NetworkPolicy):
            raise InputError(f"{self.source.path} holds only the policy's mean action", "play its checkpoint")
        if mode != self.mode:
            self.mode = self._policy.mode = mode
            self._new_tally()

    def use_checkpoint(self, path: Path) -> None:
        """Goes on with another checkpoint's policy in the same episodes, and with a new tally.

        Raises:
            GymctlError: It can't be loaded or doesn't fit; the old policy stays.
            OSError: It can't be read; the old policy stays.
        """
        source = dataclasses.replace(self.source, path=path)
        self._policy = self._load(source, self.mode)
        self.source = source
        self._new_tally()

    @property
    def diverged(self) -> int:
        """Episodes that ended because their world went non-finite, since the tally began."""
        return int(self.env.num_diverged) - self._diverged_before

    def _new_tally(self) -> None:
        self.tally = self.tally.begun_anew()
        self._diverged_before = int(self.env.num_diverged)


class Meter:
    """How many control steps a second were made lately.

    Args:
        window: How far back that is [s].
    """

    def __init__(self, window: float = 1.0) -> None:
        self._window = window
        self._marks: list[tuple[float, int]] = [(time.perf_counter(), 0)]

    def rate(self, now: float, steps: int) -> float:
        """Steps a second, given the time [s] and how many there have been in all."""
        self._marks.append((now, steps))
        while len(self._marks) > 2 and now - self._marks[1][0] >= self._window:
            del self._marks[0]
        then, before = self._marks[0]
        return (steps - before) / max(now - then, 1e-9)
