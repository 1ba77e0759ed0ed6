"""Parses the file names that rl_games gives to checkpoints, and names what gymctl adds to them."""

import math
import re
from dataclasses import dataclass

PHYSICS_KEY, VERSION_KEY, RESUME_KEY = "gymctl_physics", "gymctl_task_version", "resume_state"
"""Under which gymctl's checkpoints tell the physics and the task's version that a policy was trained on, and what a
resumed training needs."""
OWN_KEYS = PHYSICS_KEY, VERSION_KEY, RESUME_KEY
"""What checkpoints of gymctl have, of this version or of earlier ones, and no others."""

_NUMBER = r"(?P<reward>[-+]?(?:inf|nan|\d+\.?\d*(?:e[-+]?\d+)?))"
_NAME = re.compile(
    rf"""
    (?P<last>last_)? (?P<name>.+?)
    (?:_(?P<date>\d\d(?:-\d\d){{3}}) (?:_(?P<date_epoch>\d+))?)?
    (?:_custom_stop)?
    (?:_(?P<unit>ep|frame)_(?P<count>\d+))?
    (?:_rew_ _?\s* {_NUMBER} (?:\s[^_]*)? _?)?
    """,
    re.VERBOSE,
)
_NAME_2021 = re.compile(rf"(?:last_)?(?P<name>.+?)ep=(?P<count>\d+)rew\[{_NUMBER}\]")


@dataclass(frozen=True)
class CheckpointName:
    """The parts of a checkpoint's file name."""

    experiment: str
    """The experiment's name."""
    epoch: int | None = None
    """The training epoch it was saved at."""
    frame: int | None = None
    """The environment step it was saved at (written instead of the epoch when a run ends at its frame limit)."""
    reward: float | None = None
    """The mean episode reward, where a finite one is given."""
    dated: bool = False
    """Whether the name carries a date: rl_games' AMP agent writes these, overwriting the one without an epoch."""

    @property
    def is_best(self) -> bool:
        """Whether the name is the experiment's alone, which rl_games keeps for the best checkpoint."""
        return self.epoch is None and self.frame is None and self.reward is None and not self.dated


def parse(stem: str) -> CheckpointName:
    """Parses a checkpoint's file name.

    Every layout that rl_games has used since 2021 is understood: ``Ant``, ``last_Ant_ep_500_rew_5981.3``,
    ``last_Ant_ep_500_rew__5981.3_``, ``last_Ant_frame_65536_rew__1.5_``, ``Ant_ep_500_rew_5981.3``,
    ``last_Antep=501rew[5981.31]``, ``HumanoidAMP_25-11-30-12_500``, ``last_Ant_custom_stop_ep_500``.

    Args:
        stem: The name without ``.pth``.
    """
    if match := _NAME_2021.fullmatch(stem):
        return CheckpointName(match["name"], epoch=int(match["count"]), reward=_finite(match["reward"]))
    match = _NAME.fullmatch(stem)
    if match is None or not (match["count"] or match["date"] or match["reward"]):
        return CheckpointName(stem)
    count = match["count"] or match["date_epoch"]
    number = int(count) if count else None
    return CheckpointName(
        experiment=match["name"],
        epoch=number if match["unit"] != "frame" else None,
        frame=number if match["unit"] == "frame" else None,
        reward=_finite(match["reward"]),
        dated=match["date"] is not None,
    )


def _finite(number: str | None) -> float | None:
    value = float(number) if number else math.nan
    return value if math.isfinite(value) else None
