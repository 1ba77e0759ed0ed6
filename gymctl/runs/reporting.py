"""Gathers what there is to tell of a run: what it was, how to run it again, its config against the task's defaults."""

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gymctl.config.differences import differences
from gymctl.core.errors import InputError
from gymctl.runs.directory import Run
from gymctl.runs.history import EPOCHS, REWARD, Best, History, best_of, read_history
from gymctl.runs.segments import Segment, last_task_change, segments_of
from gymctl.runs.summary import Summary, summarize

OTHER_CURVES = {
    "episode_lengths/step": "mean episode length [control steps]",
    "losses/a_loss": "actor loss",
    "losses/c_loss": "critic loss",
    "losses/c1_loss": "critic loss",
    "losses/entropy": "entropy",
    "info/kl": "KL divergence of an update",
    "info/last_lr": "learning rate",
    "performance/step_inference_rl_update_fps": "env steps a second",
}
"""What a report draws besides the mean return, by tag."""
_PRIVATE = "wandb_"
_ELSEWHERE = {"checkpoint": "", "wandb_activate": False}
"""Keys that mean something only where the run was made, and what a report has in their place."""


@dataclass(frozen=True)
class Report:
    """What there is to tell of a run without playing its policy."""

    run: Run
    summary: Summary
    manifest: Mapping[str, Any]
    segments: Sequence[Segment]
    history: History
    best: Best | None
    """The best mean return since the task last changed."""
    config: Mapping[str, Any] | None
    """All of it, but for what is private; None if the run has none."""
    changed: Mapping[str, tuple[Any, Any]] | None
    """By dotted key the task's default and the run's value; None if either is not known."""

    @property
    def commands(self) -> list[str]:
        """The command of each segment, as its user would write it."""
        kept = (segment.facts.get("command") for segment in self.segments)
        return [shlex.join(["gymctl", *map(str, words[1:])]) for words in kept if isinstance(words, list) and words]

    @property
    def env_steps(self) -> int | None:
        """Of all envs together; None before the first epoch has ended."""
        told = self.manifest.get("env_steps")
        ends = [curve.env_steps[-1] for curve in self.history.curves.values()]
        return told if isinstance(told, int) else max(ends, default=None)

    @property
    def seconds(self) -> float | None:
        """How long it was trained, without pauses."""
        return max((curve.seconds[-1] for curve in self.history.curves.values()), default=None)


def read_report(run: Run) -> Report:
    """Reads a run.

    Raises:
        InputError: Its manifest can't be read.
    """
    manifest = run.manifest()
    segments = segments_of(run, manifest)
    history = read_history(run, (EPOCHS, REWARD, *OTHER_CURVES))
    summary, since = summarize(run, history), last_task_change(segments).after_env_steps
    best = best_of(history, since, summary.best_reward) or best_of(history, since)
    config = _config_of(run)
    return Report(run, summary, manifest, segments, history, best, config, _changed(run.task(), config))


def _config_of(run: Run) -> dict[str, Any] | None:
    try:
        tree = run.read_config()
    except InputError:
        return None
    public = {key: value for key, value in tree.items() if not str(key).startswith(_PRIVATE)}
    return {**public, **{key: value for key, value in _ELSEWHERE.items() if key in tree}}


def _changed(task: str, config: Mapping[str, Any] | None) -> dict[str, tuple[Any, Any]] | None:
    """What a config has other than the task's defaults. No code of a task is run."""
    from gymctl.config import compose
    from gymctl.config.locations import parse_location

    if config is None:
        return None
    try:
        if parse_location(task) is not None:
            return None
        defaults = compose(task)
    except InputError:
        return None
    found = differences([defaults.tree, config], defaults.unchanged)
    return {key: (default, value) for key, (default, value) in found.items()}
