"""The checkpoints that a viewer can switch to."""

from pathlib import Path

from gymctl.core.errors import InputError
from gymctl.policies.find import PolicySource
from gymctl.runs.checkpoint_names import parse
from gymctl.runs.checkpoints import checkpoint_files, locate_checkpoint, run_of


def checkpoint_choices(source: PolicySource) -> dict[str, Path]:
    """The checkpoints of the run that a policy comes from, by what to call them: best and latest, then by epoch.

    Args:
        source: What is played; a file outside of a run is the only choice.
    """
    run = None if source.exported else run_of(source.path)
    if run is None:
        return {source.path.name: source.path}
    files = checkpoint_files(run.nn_dir)
    choices = {}
    for which in ("best", "latest"):
        try:
            path = locate_checkpoint(source.task, str(run.path), run.path.parent, prefer=which).path
        except (InputError, OSError):  # deleted since the listing
            continue
        if path not in choices.values():
            choices[f"{which}: {_describe(path)}"] = path
    for path in sorted(files, key=_epoch, reverse=True):
        if path not in choices.values():
            choices[_describe(path)] = path
    if source.path not in choices.values():
        choices[source.path.name] = source.path
    return choices


def _epoch(path: Path) -> int:
    return parse(path.stem).epoch or 0


def _describe(path: Path) -> str:
    name = parse(path.stem)
    if name.epoch is None:
        return path.name
    return f"epoch {name.epoch}" + (f", reward {name.reward:.4g}" if name.reward is not None else "")
