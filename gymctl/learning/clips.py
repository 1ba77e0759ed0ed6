"""The clips that a training learns from, in its run."""

from dataclasses import replace

from gymctl.config.config import MOTION_FILE, Config
from gymctl.config.origins import RUN
from gymctl.motions.keeping import keep_clips
from gymctl.runs.directory import Run
from gymctl.tasks import registry
from gymctl.tasks.motion_prior import MotionPrior


def with_clips(config: Config, run: Run) -> Config:
    """Copies the clips that a config names into a run.

    Returns:
        The config as the run's: it names them there. The same if its task has no clips.

    Raises:
        InputError: As `keep_clips`.
        OSError: As `keep_clips`.
    """
    task = registry.load(config.task.name)
    if not (issubclass(task, MotionPrior) and task.keeps_clips):
        return config
    kept = keep_clips(config.task.env["motion_file"], run.path, config.task.clips_in)
    return replace(config.replaced({MOTION_FILE: kept}, RUN.name), run_dir=run.path)
