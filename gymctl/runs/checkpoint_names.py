"""Parses the file names that rl_games gives to checkpoints, and names what gymctl adds to them."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

PHYSICS_KEY, VERSION_KEY, RESUME_KEY = "gymctl_physics", "gymctl_task_version", "resume_state"
"""Under which gymctl's checkpoints tell the physics and the task's version that a policy was trained on, and what a
resumed training needs."""
OWN_KEYS = PHYSICS_KEY, VERSION_KEY, RESUME_KEY
"""What checkpoints of gymctl have, of this version or of earlier ones, and no others."""

_NUMBER = r"(?P<reward>[-+]?(?:inf|nan|\d+\.?\d*(?:e[-+]?\d+)?))"
_COUNT = r"(?P<count>\d{1,18})"
_AFTER = re.compile(
    rf"""
    (?=_)
    (?:_(?P<date>\d\d(?:-\d\d){{3}}) (?:_(?P<date_epoch>\d{{1,18}}))?)?
    (?:_custom_stop)?
    (?:_(?P<unit>ep|frame)_{_COUNT})?
    (?:_rew_ [_\[]?\s* {_NUMBER} (?:\s[^_\]]*)? [_\]]?)?
    \Z
    """,
    re.VERBOSE | re.ASCII,
)
_NAMELESS = "ep_", "frame_"
_AFTER_2021 = re.compile(rf"ep=?{_COUNT}rew=?\[\s*{_NUMBER}(?:\s[^\]]*)?\]\Z", re.ASCII)


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
    last: bool = field(default=False, compare=False)
    """Whether it begins with ``last_``, as what rl_games saves every few epochs does."""

    @property
    def is_best(self) -> bool:
        """Whether the name is the experiment's alone, which rl_games keeps for the best checkpoint."""
        return self.epoch is None and self.frame is None and self.reward is None and not self.dated


def parse(stem: str, names: Sequence[str] = ()) -> CheckpointName:
    """Parses a checkpoint's file name.

    Every layout that rl_games has used since 2021 is understood: ``Ant``, ``last_Ant_ep_500_rew_5981.3``,
    ``last_Ant_ep_500_rew__5981.3_``, ``last_Ant_ep_500_rew_[5981.3]``, ``last_Ant_frame_65536_rew__1.5_``,
    ``Ant_ep_500_rew_5981.3``, ``last_Antep=501rew[5981.31]``, ``last_Antep501rew[5981.31]``,
    ``ep_500_rew_5981.3`` (SAC until 2023), ``HumanoidAMP_25-11-30-12_500``, ``last_Ant_custom_stop_ep_500``.

    Args:
        stem: The name without ``.pth``.
        names: What the experiment can be called, where it is known: then ``last_Ant`` or ``Ant_ep_5_rew_3``, if that
            is its name, is not taken for something else.
    """
    if stem in names:
        return CheckpointName(stem)
    for name in sorted(names, key=len, reverse=True):
        for prefix in ("last_", ""):
            if stem.startswith(prefix + name) and (found := _parsed(name, stem.removeprefix(prefix)[len(name) :])):
                return replace(found, last=bool(prefix))
    if stem.startswith(_NAMELESS) and (found := _parsed("", f"_{stem}")):
        return found
    last, rest = stem.startswith("last_"), stem.removeprefix("last_")
    ends = [match.start() for pattern in (_AFTER_2021, _AFTER) if (match := pattern.search(rest, 1))]
    if ends and (found := _parsed(rest[: min(ends)], rest[min(ends) :])):
        return replace(found, last=last)
    return CheckpointName(stem)


def _parsed(experiment: str, after: str) -> CheckpointName | None:
    """What stands after the experiment's name; None if it is none of rl_games' layouts."""
    if match := _AFTER_2021.fullmatch(after):
        return CheckpointName(experiment, epoch=int(match["count"]), reward=_finite(match["reward"]))
    match = _AFTER.fullmatch(after)
    if match is None or not (match["count"] or match["date"] or match["reward"]):
        return None
    count = match["count"] or match["date_epoch"]
    number = int(count) if count else None
    return CheckpointName(
        experiment,
        epoch=number if match["unit"] != "frame" else None,
        frame=number if match["unit"] == "frame" else None,
        reward=_finite(match["reward"]),
        dated=match["date"] is not None,
    )


def _finite(number: str | None) -> float | None:
    value = float(number) if number else math.nan
    return value if math.isfinite(value) else None
