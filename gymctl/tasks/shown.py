"""What ``gymctl tasks show`` shows of a task: what it tells about itself, the size of its model, and its times."""

from dataclasses import dataclass

from gymctl.config.config import Config
from gymctl.tasks import registry
from gymctl.tasks.describing import HOW, describe_task
from gymctl.tasks.description import TaskDescription


@dataclass(frozen=True)
class ModelSize:
    """How much there is in a model."""

    bodies: int
    """Without the world."""
    joints: int
    dofs: int
    actuators: int
    geoms: int


@dataclass(frozen=True)
class StepTimes:
    """How time is divided [s]."""

    control_dt: float
    physics_dt: float
    physics_steps: int
    timestep: float


@dataclass(frozen=True)
class ShownTask:
    """A task, as it is shown."""

    summary: str
    num_observations: int
    num_actions: int
    model: ModelSize | None
    """None for classes in Isaac Gym's style, which build their model while they run."""
    times: StepTimes
    description: TaskDescription | None
    """None for a task that tells nothing."""
    how: str | None
    """How a task that tells nothing can tell."""


def show_task(config: Config) -> ShownTask:
    """Builds a task's model and asks the task. Nothing is simulated.

    Args:
        config: The composed config.

    Raises:
        InputError: The task can't be used.
    """
    task, name = config.task, config.task.name
    description, model = describe_task(config)
    doc = (registry.load(name).__doc__ or "").strip().partition("\n")[0]
    times = StepTimes(task.control_dt, float(task.sim["dt"]), task.physics_steps, task.sim["dt"] / task.substeps)
    size = None
    if model is not None:
        size = ModelSize(model.nbody - 1, model.njnt, model.nv, model.nu, model.ngeom)
    return ShownTask(doc, *registry.sizes(task), size, times, description, HOW if description is None else None)
