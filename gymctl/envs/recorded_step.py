"""A control step whose tensor operations are recorded and replayed, so that they don't wait for Python on a GPU."""

from collections.abc import Hashable
from typing import TYPE_CHECKING, Any, NamedTuple

import torch
from torch import Tensor

from gymctl.envs.python_state import changes, snapshot
from gymctl.sim.recording import Recorded, warn_unrecorded

if TYPE_CHECKING:
    from gymctl.envs.vec_env import VecEnv


class _Parts(NamedTuple):
    controls: Recorded[None]
    finish: Recorded[dict[str, Tensor]]


class RecordedStep:
    """Steps a `VecEnv`: one recording sets the controls, the engine simulates, one recording does all the rest.

    The first steps run one operation after the other. Meanwhile the task is watched: what it keeps in Python would not
    change in a recording, so a task whose attributes change from step to step is never recorded, after a warning.

    Args:
        env: Its worlds are chosen by masks.
    """

    def __init__(self, env: "VecEnv") -> None:
        self._env = env
        self._actions = torch.zeros(env.num_envs, env.task.num_actions, device=env.sim.device)
        self._parts: dict[Hashable, _Parts] = {}
        self._latest: _Parts | None = None
        self._before: dict[str, Any] | None = None
        self._steps = 0
        self._steady: bool | None = None

    @property
    def replaying(self) -> bool:
        """Whether the last step was recorded or replayed."""
        return self._latest is not None and self._latest.controls.recorded and self._latest.finish.recorded

    def step(self, actions: Tensor) -> dict[str, Tensor]:
        """Advances every env by one control step.

        Args:
            actions: ``[num_envs, num_actions]``.

        Returns:
            As `VecEnv.finish_step`; the next call overwrites it.
        """
        self._watch()
        self._actions.copy_(actions)
        parts = self._latest = self._parts_for(self._env.recording_key())
        parts.controls()
        self._env.sim.step(self._env.physics_steps)
        return parts.finish()

    def _watch(self) -> None:
        """Compares the task after its second and its third step."""
        if self._steady is not None:
            return
        if self._steps == 2:
            self._before = snapshot(self._env.task)
        elif self._before is not None:
            changed = changes(self._before, snapshot(self._env.task))
            self._before, self._steady = None, not changed
            if changed:
                name, more = type(self._env.task).__name__, f" and {len(changed) - 1} more" if changed[1:] else ""
                warn_unrecorded(
                    "the control step",
                    f"{name}.{changed[0]}{more} changes in Python from step to step; keep it in a tensor and write to "
                    "that in place",
                )
                self._parts.clear()
        self._steps += 1

    def _parts_for(self, key: Hashable) -> _Parts:
        if key not in self._parts:
            env = self._env
            recorder = env.sim.recorder if self._steady is not False else None
            self._parts[key] = _Parts(
                Recorded("the control step", lambda: env.set_controls(self._actions), recorder, env.generators),
                Recorded("the control step", env.finish_step, recorder, env.generators),
            )
        return self._parts[key]
