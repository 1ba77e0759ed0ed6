"""Train, play and export from Python: one function each, as the commands of the same names.

Nothing heavy is imported until a function is called, so that ``import gymctl`` stays quick.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gymctl.learning.observer import Progress
    from gymctl.learning.session import TrainingResult
    from gymctl.policies.evaluate import Evaluation
    from gymctl.policies.export.exporter import ExportReport


def train(
    task: str,
    *,
    num_envs: int | None = None,
    max_iterations: int | None = None,
    seed: int | None = None,
    device: str | None = None,
    engine: str | None = None,
    physics: str | None = None,
    experiment: str | None = None,
    resume: str | Path | None = None,
    from_policy: str | Path | None = None,
    overrides: Sequence[str] = (),
    config_dir: str | Path | None = None,
    runs_dir: str | Path = "runs",
    on_progress: "Callable[[Progress], None]" = lambda progress: None,
) -> "TrainingResult":
    """Trains a policy, as ``gymctl train``.

    Args:
        task: Name of a task, as ``Ant``.
        num_envs: Simulated robots.
        max_iterations: Epochs to train, counted from the start.
        seed: Of all random numbers.
        device: ``auto``, ``cpu``, ``cuda`` or ``cuda:N``.
        engine: ``auto``, ``mujoco`` or ``mujoco_warp``.
        physics: ``fast``, or ``isaacgym``, which is slower and as near to Isaac Gym's as can be.
        experiment: Name of the run and of its checkpoints.
        resume: A run directory, continued in place, or a ``.pth`` file, continued in a new run.
        from_policy: A policy with whose weights a new training begins: ``pretrained``, a run or a ``.pth`` file.
        overrides: ``key=value`` settings, as on the command line.
        config_dir: Your own YAMLs, in IsaacGymEnvs' layout.
        runs_dir: Directory of all runs.
        on_progress: Called after every epoch.

    Returns:
        The run, its checkpoints and its rewards; ``result.path`` is the run's directory.

    Raises:
        InputError: A setting is refused; its text says what to do.
        BackendError: The device or engine can't be used here.
        GymctlError: The training failed.
    """
    from gymctl.config import settings_of
    from gymctl.learning.prepare import prepare_training
    from gymctl.learning.session import run_training

    training = prepare_training(
        task,
        settings=settings_of(
            num_envs=num_envs,
            max_iterations=max_iterations,
            seed=seed,
            device=device,
            engine=engine,
            physics=physics,
            experiment=experiment,
        ),
        overrides=overrides,
        resume=None if resume is None else str(resume),
        from_policy=None if from_policy is None else str(from_policy),
        config_dir=_path(config_dir),
        runs_dir=Path(runs_dir),
    )
    return run_training(training, on_progress=on_progress)


def play(
    task: str,
    checkpoint: str | Path | None = None,
    *,
    agent: str | None = None,
    sigma: float | None = None,
    stochastic: bool = False,
    episodes: int | None = None,
    num_envs: int | None = None,
    seed: int | None = None,
    device: str | None = None,
    engine: str | None = None,
    physics: str | None = None,
    overrides: Sequence[str] = (),
    config_dir: str | Path | None = None,
    runs_dir: str | Path = "runs",
) -> "Evaluation":
    """Plays a policy and measures it, as ``gymctl play``.

    Args:
        task: Name of a task.
        checkpoint: A ``.pth`` file, a run directory, ``best``, ``latest``, or an exported ``.onnx`` file; None is the
            best checkpoint of the task's newest run.
        agent: ``zero`` or ``random``, to play without a policy; then there is no checkpoint.
        sigma: Standard deviation of Gaussian noise around the mean action; 0 is the mean itself.
        stochastic: Noise as the policy learned it, instead of the mean action.
        episodes: Episodes to count, the same number from every env; None is one each.
        num_envs: Simulated robots.
        seed: Of all random numbers.
        device: As of `train`.
        engine: As of `train`.
        physics: As of `train`; None is what the policy was trained on.
        overrides: ``key=value`` settings, as on the command line.
        config_dir: Your own YAMLs.
        runs_dir: Directory of all runs.

    Returns:
        Statistics of returns and lengths, as ``result.reward.mean``, and the means of ``result.reward_terms``.

    Raises:
        InputError: There is no such policy, or it doesn't fit the task.
        BackendError: The device or engine can't be used here.
    """
    from gymctl.config import settings_of
    from gymctl.envs.factory import resolve_backend
    from gymctl.policies.evaluate import episodes_per_env
    from gymctl.policies.find import find_policy_to_play
    from gymctl.policies.modes import ActionMode
    from gymctl.policies.play import play as play_policy

    mode = ActionMode.choose(sigma, stochastic, agent)
    source = find_policy_to_play(
        task,
        None if checkpoint is None else str(checkpoint),
        agent=agent,
        episodes=episodes,
        settings=settings_of(num_envs=num_envs, seed=seed, device=device, engine=engine, physics=physics),
        overrides=overrides,
        config_dir=_path(config_dir),
        runs_dir=Path(runs_dir),
    )
    per_env = episodes_per_env(episodes or 1, source.config.num_envs)
    return play_policy(source, mode, resolve_backend(source.config), per_env)


def export(
    task: str,
    checkpoint: str | Path | None = None,
    *,
    format: str = "onnx",
    output: str | Path | None = None,
    contract: str | Path | None = None,
    model: str | Path | None = None,
    overrides: Sequence[str] = (),
    config_dir: str | Path | None = None,
    runs_dir: str | Path = "runs",
) -> "ExportReport":
    """Exports a policy and verifies the file against its network, as ``gymctl export``.

    Args:
        task: Name of a task.
        checkpoint: As of `play`, but for ``.onnx`` files.
        format: ``onnx`` or ``torchscript``.
        output: The file to write; None is named after the checkpoint, in ``export/`` of its run.
        contract: A ``.json`` to write what each observation and action means; None writes none.
        model: An ``.xml`` or ``.mjb`` to write the robot's model; None writes none.
        overrides: ``key=value`` settings, as on the command line.
        config_dir: Your own YAMLs.
        runs_dir: Directory of all runs.

    Returns:
        The file, its inputs and outputs, and the largest difference to the network.

    Raises:
        InputError: There is no such policy, or the file can't be written.
        GymctlError: The file's actions differ from the network's; then no file is left.
    """
    from gymctl.policies.export.exporter import export as export_policy
    from gymctl.policies.find import find_policy

    source = find_policy(
        task,
        None if checkpoint is None else str(checkpoint),
        overrides=overrides,
        config_dir=_path(config_dir),
        runs_dir=Path(runs_dir),
    )
    return export_policy(
        source.config, source.file, format, _path(output), contract=_path(contract), model=_path(model)
    )


def _path(path: Any) -> Path | None:
    return None if path is None else Path(path)
