"""The policies that come with gymctl: a run directory for each task, with the best checkpoint and no optimizer."""

from pathlib import Path

from gymctl.core.errors import InputError
from gymctl.runs.checkpoints import Located
from gymctl.runs.directory import Run

PRETRAINED = "pretrained"
"""What the user calls them."""
_ALL = Path(__file__).parent / PRETRAINED


def tasks() -> tuple[str, ...]:
    """The tasks that have one."""
    return tuple(sorted(run.name for run in _ALL.iterdir())) if _ALL.is_dir() else ()


def locate(task: str) -> Located:
    """The policy of a task.

    Args:
        task: Name of the task YAML.

    Raises:
        InputError: It has none.
    """
    if task not in tasks():
        raise InputError(
            f"no policy for {task} comes with gymctl",
            f"there is one for {', '.join(tasks())}; 'gymctl train {task}' makes one",
        )
    run = Run(_ALL / task)
    manifest = run.manifest()
    return Located(
        run.nn_dir / f"{task}.pth",
        run,
        f"which comes with gymctl: seed {manifest['seed']}, {manifest['env_steps']:,} env steps, "
        f"mean return {manifest['evaluation']['reward']['mean']:,.0f}",
    )


def is_packaged(path: Path) -> bool:
    """Whether a file is one of them."""
    return path.absolute().is_relative_to(_ALL)
