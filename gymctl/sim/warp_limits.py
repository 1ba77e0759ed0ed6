"""Choosing how much room mujoco_warp gets for contacts and constraints, and warning when it was too little."""

import warnings
from typing import NamedTuple

import mujoco
import mujoco_warp as mjw
import numpy as np
import torch
from torch import Tensor

from gymctl.sim import mujoco_log  # noqa: F401  `measure` steps models that may become unstable

_SETTINGS = {
    mjw.OverflowType.NEFC: "njmax",
    mjw.OverflowType.NJMAX_NNZ: "njmax",
    mjw.OverflowType.BROADPHASE: "nconmax",
    mjw.OverflowType.NARROWPHASE: "nconmax",
    mjw.OverflowType.CCD: "nconmax",
}
_HARMLESS = mjw.OverflowType.ITERATIONS | mjw.OverflowType.LS_ITERATIONS
_FLAGS = [flag for flag in mjw.OverflowType if not flag & _HARMLESS]
_PERIOD = 100


class Limits(NamedTuple):
    """Room for each world. Warp allocates it once."""

    nconmax: int
    """Contacts and pairs of geoms near each other; shared by all worlds, so this is a mean."""
    njmax: int
    """Rows of constraints, in each world."""

    @classmethod
    def above(cls, ncon: int, nefc: int, factor: int, spare: int = 0) -> "Limits":
        """A multiple of the most contacts and rows that were seen in one world, at least 16, and spare rows."""
        return cls(*(max(16, -(-(factor * peak + more) // 8) * 8) for peak, more in ((ncon, 0), (nefc, spare))))


def measure(*models: mujoco.MjModel, episodes: int = 50, steps: int = 150) -> Limits:
    """Returns room for twice the most that one world needs while its bodies, placed at random, move at random.

    Args:
        models: The model, or several, of which one world has one.
        episodes: How often the bodies are placed; shared by the models, and at least once each.
        steps: Timesteps of each episode.
    """
    share = -(-episodes // len(models))
    peaks = [_measure_peaks(model, share, steps) for model in models]
    return Limits.above(max(ncon for ncon, _ in peaks), max(nefc for _, nefc in peaks), factor=2)


def _measure_peaks(model: mujoco.MjModel, episodes: int, steps: int) -> tuple[int, int]:
    """The most contacts and rows of constraints that are there at once."""
    rng, data = np.random.default_rng(0), mujoco.MjData(model)
    free = model.jnt_qposadr[model.jnt_type == mujoco.mjtJoint.mjJNT_FREE.value]
    single = model.jnt_limited.astype(bool) & (model.jnt_type >= mujoco.mjtJoint.mjJNT_SLIDE.value)
    low, high = np.where(model.actuator_ctrllimited[:, None], model.actuator_ctrlrange, (-1.0, 1.0)).T
    ncon = nefc = 0
    for _ in range(episodes):
        mujoco.mj_resetData(model, data)
        data.qpos[free[:, None] + range(3, 7)] = rng.normal(size=(len(free), 4))  # MuJoCo makes it a unit quaternion
        data.qpos[model.jnt_qposadr[single]] = rng.uniform(*model.jnt_range[single].T)
        for _ in range(steps):
            data.ctrl[:] = rng.uniform(low, high)
            mujoco.mj_step(model, data)
            ncon, nefc = max(ncon, data.ncon), max(nefc, data.nefc)
    return ncon, nefc


class OverflowWatch:
    """Warns of worlds that ran out of room, once for each kind of room.

    It looks after every 100 calls of `Simulation.step`, at what was copied from the device 100 calls before, so that
    the host never waits.

    Args:
        overflow: mujoco_warp's bitmasks, ``[num_envs]``.
        limits: The room that there is.
    """

    def __init__(self, overflow: Tensor, limits: Limits) -> None:
        on_gpu = overflow.is_cuda
        self._overflow = overflow
        self._limits = limits
        self._steps = 0
        self._told: set[mjw.OverflowType] = set()
        self._bits = torch.tensor([int(flag) for flag in _FLAGS], dtype=overflow.dtype, device=overflow.device)
        self._seen = torch.zeros(len(_FLAGS), dtype=torch.bool, pin_memory=on_gpu)
        self._copied = torch.cuda.Event() if on_gpu else None

    def after_step(self) -> None:
        """Counts a call of `Simulation.step`; looks after every 100."""
        self._steps += 1
        if self._steps % _PERIOD:
            return
        if self._copied is None or self._copied.query():
            self._warn()
        self._copy(non_blocking=True)

    def finish(self) -> None:
        """Looks a last time, at what the device holds now."""
        self._copy(non_blocking=False)
        self._warn()

    def _copy(self, *, non_blocking: bool) -> None:
        any_world = (self._overflow[:, None] & self._bits).ne(0).any(0)
        self._seen.copy_(any_world, non_blocking=non_blocking)
        if self._copied is not None:
            self._copied.record(torch.cuda.current_stream(self._overflow.device))

    def _warn(self) -> None:
        flags = {flag for flag, seen in zip(_FLAGS, self._seen.tolist(), strict=True) if seen}
        for flag in sorted(flags - self._told):
            setting = _SETTINGS.get(flag)
            fix = f": set task.sim.mujoco.{setting} above {getattr(self._limits, setting)}" if setting else ""
            warnings.warn(
                f"mujoco_warp left out contacts or constraints in some worlds, for lack of room ({flag.name}){fix}",
                RuntimeWarning,
                stacklevel=2,
            )
        self._told |= flags
