"""``gymctl runs show`` prints all about a run."""

import os
import shlex
import shutil
import sys
import textwrap
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gymctl.commands import completion
from gymctl.commands.flags import DEFAULT_RUNS_DIR, RunsDir
from gymctl.commands.output import Output
from gymctl.commands.runs.listing import as_fields, format_epochs
from gymctl.commands.text import describe_end, format_table
from gymctl.core.terminal import one_line
from gymctl.core.words import counted

if TYPE_CHECKING:
    from gymctl.runs.history import Best, Curve, History
    from gymctl.runs.segments import Segment
    from gymctl.runs.summary import CheckpointFile, Summary

RunArgument = Annotated[
    str,
    typer.Argument(
        metavar="RUN",
        help="A run's directory, its name or the beginning of that, 'newest', or a task: its newest run.",
        autocompletion=completion.runs,
    ),
]
_WIDEST = 120
_MOST_CHECKPOINTS = 8
_MOST_SEGMENTS = 20
_MOST_TAGS = 100


def show(
    run: RunArgument,
    runs_dir: RunsDir = DEFAULT_RUNS_DIR,
    *,
    output: Output,
) -> None:
    """Show all about a run, with its mean reward over env steps.

    Examples:
      gymctl runs show Ant
      gymctl runs show newest --json

    'gymctl runs plot' draws its curves beside those of other runs.
    """
    from gymctl.runs.finding import choose_run
    from gymctl.runs.history import REWARD, Curve, best_of, read_history
    from gymctl.runs.segments import last_task_change, segments_of
    from gymctl.runs.summary import checkpoints_of, summarize

    chosen = choose_run(run, runs_dir)
    history, manifest = read_history(chosen), chosen.manifest()
    summary = summarize(chosen, history)
    checkpoints, reward = checkpoints_of(chosen), history.curves.get(REWARD, Curve())
    segments = segments_of(chosen, manifest)
    seconds = max((curve.seconds[-1] for curve in history.curves.values()), default=None)
    since = last_task_change(segments).after_env_steps
    best = best_of(history, since, summary.best_reward) or best_of(history, since)
    summary = replace(summary, best_reward=best.reward if best else None)
    saved = any(
        checkpoint.path.stem in chosen.names or (best and best.epoch and checkpoint.epoch == best.epoch)
        for checkpoint in checkpoints
    )
    env_steps = _env_steps(summary, manifest, history)
    result = {
        **as_fields(summary),
        "best_epoch": best.epoch if best else None,
        "best_saved": saved,
        "env_steps": env_steps,
        **{key: manifest.get(key) for key in ("command", "seed", "engine", "sim_device", "rl_device", "versions")},
        **{key: manifest.get(key) for key in ("git", "ended", "stopped_by", "wandb")},
        "segments": [segment.as_dict() for segment in segments],
        "training_seconds": seconds,
        "checkpoints": [_checkpoint_fields(checkpoint) for checkpoint in checkpoints],
        "tags": sorted(history.curves),
        "curve": {
            "env_steps": reward.env_steps,
            "seconds": reward.seconds,
            "reward_mean": reward.values,
            "mean_reward": reward.values,  # the name of reward_mean until 0.1; kept for a release
        },
    }
    columns = min(shutil.get_terminal_size().columns, _WIDEST)
    parts = [
        _facts(summary, manifest, _best(best, saved), env_steps, seconds),
        _segments(segments),
        _checkpoints(checkpoints),
        _chart(reward, columns),
        _tags(sorted(history.curves), columns),
    ]
    output.result(result, "\n\n".join(filter(None, parts)))


def _env_steps(summary: "Summary", manifest: dict[str, Any], history: "History") -> int | None:
    """The manifest's number is exact, but an ended training writes it; curves lack the last epoch."""
    from gymctl.runs.summary import ENDED

    env_steps = manifest.get("env_steps", manifest.get("frames"))  # its name in older runs
    if summary.status in ENDED and isinstance(env_steps, int):
        return env_steps
    return max((curve.env_steps[-1] for curve in history.curves.values()), default=None)


def _best(best: "Best | None", saved: bool) -> str | None:
    from gymctl.runs.units import decimal

    if best is None:
        return None
    epoch = "" if best.epoch is None else f" at epoch {best.epoch}"
    return f"{decimal(best.reward)}{epoch}" + ("" if saved else ", not saved as a checkpoint")


def _facts(
    summary: "Summary", manifest: dict[str, Any], best: str | None, env_steps: int | None, seconds: float | None
) -> str:
    from gymctl.runs.units import duration, megabytes

    command, versions = manifest.get("command"), manifest.get("versions")
    ended = describe_end(manifest["stopped_by"]) if manifest.get("stopped_by") else ""
    status = ", ".join(filter(None, [summary.status or "not known: no run of gymctl's", summary.status and ended]))
    shown = {
        "run": str(summary.run.path),
        "task": summary.task,
        "status": status,
        "epochs": format_epochs(summary),
        "env steps": f"{env_steps:,}" if env_steps is not None else None,
        "best reward": best,
        "started": summary.started.strftime("%Y-%m-%d %H:%M:%S"),
        "training time": duration(seconds) if seconds is not None else None,
        "command": shlex.join(["gymctl", *map(str, command[1:])]) if isinstance(command, list) else None,
        "seed": manifest.get("seed"),
        "engine": manifest.get("engine") and f"{manifest['engine']} on {manifest.get('sim_device')}",
        "learned on": manifest.get("rl_device"),
        "versions": ", ".join(f"{k} {v}" for k, v in versions.items()) if isinstance(versions, dict) else None,
        "size": megabytes(summary.size),
    }
    return format_table([[key, str(value)] for key, value in shown.items() if value is not None])


def _segments(segments: list["Segment"]) -> str:
    from gymctl.config.changes import describe_changes

    if len(segments) < 2:
        return ""
    rows = [["segment", "from epoch", "started", "changed"]]
    rows += [
        [
            str(segment.number),
            str(segment.after_epoch + 1),
            str(segment.facts.get("started", "-"))[:19].replace("T", " "),
            describe_changes(segment.changed) or "-",
        ]
        for segment in segments[-_MOST_SEGMENTS:]
    ]
    more = len(segments) - _MOST_SEGMENTS
    return (f"{counted(more, 'older segment')}, and\n" if more > 0 else "") + format_table(rows, right=(0, 1))


def _checkpoints(checkpoints: list["CheckpointFile"]) -> str:
    from gymctl.runs.units import age, decimal, megabytes

    if not checkpoints:
        return "no checkpoints"
    now = datetime.now().astimezone()
    rows = [["checkpoint", "epoch", "reward", "age", "size", ""]]
    rows += [
        [
            checkpoint.path.name,
            "-" if checkpoint.epoch is None else str(checkpoint.epoch),
            "-" if checkpoint.reward is None else decimal(checkpoint.reward),
            age((now - checkpoint.written).total_seconds()),
            megabytes(checkpoint.size),
            "best" if checkpoint.is_best else "",
        ]
        for checkpoint in checkpoints[:_MOST_CHECKPOINTS]
    ]
    more = len(checkpoints) - _MOST_CHECKPOINTS
    return format_table(rows, right=(1, 2, 3, 4)) + (f"\nand {counted(more, 'older one')}" if more > 0 else "")


def _tags(tags: list[str], columns: int) -> str:
    if not tags:
        return ""
    more = [f"and {len(tags) - _MOST_TAGS} more"] if len(tags) > _MOST_TAGS else []
    return textwrap.fill(f"curves: {', '.join([*map(one_line, tags[:_MOST_TAGS]), *more])}", columns)


def _checkpoint_fields(checkpoint: "CheckpointFile") -> dict[str, Any]:
    return {
        "path": str(checkpoint.path),
        "epoch": checkpoint.epoch,
        "reward": checkpoint.reward,
        "size": checkpoint.size,
        "written": checkpoint.written.isoformat(),
        "best": checkpoint.is_best,
    }


def _chart(curve: "Curve", columns: int) -> str:
    from gymctl.runs.chart import labelled

    encoding = (getattr(sys.stdout, "encoding", None) or "ascii").lower()
    braille = encoding.startswith("utf") and os.environ.get("TERM") not in ("dumb", "linux")
    return labelled(curve.env_steps, curve.values, "mean reward", "env steps", columns, braille=braille)
