"""``gymctl bench`` measures how fast a task runs here, and where the time goes."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gymctl.commands.arguments import Overrides, Task, parse_arguments
from gymctl.commands.flags import ConfigDir, ConfigFlags, Only
from gymctl.commands.output import Output

if TYPE_CHECKING:
    from gymctl.diagnostics.bench import EnvSpeed
    from gymctl.learning.agents.base import EpochTimes
    from gymctl.learning.prepare import Training

_EPOCHS, _UNCOUNTED_EPOCHS = 8, 3


def bench(
    task: Task,
    arguments: Overrides = None,
    *,
    flags: Annotated[ConfigFlags, Only("num_envs", "device", "engine")],
    train: Annotated[
        bool, typer.Option("--train/--no-train", metavar="", help="Also measure a few epochs of training.")
    ] = True,
    config_dir: ConfigDir = None,
    output: Annotated[Output, Only("json", "quiet")],
) -> None:
    """Measure steps a second: bare MuJoCo, our physics, the env, the policy, and training.

    Examples:
      gymctl bench Ant --num-envs 4096
      gymctl bench Humanoid --no-train

    Close other programs first: they slow down what is measured.
    """
    import tempfile

    from gymctl.learning.prepare import prepare_training

    given = parse_arguments([task, *(arguments or [])], takes_checkpoint=False)
    with tempfile.TemporaryDirectory(prefix="gymctl-bench-") as directory:
        training = prepare_training(
            given.task,
            settings=flags.settings | {"max_iterations": _EPOCHS + _UNCOUNTED_EPOCHS},
            overrides=given.overrides,
            config_dir=config_dir,
            runs_dir=Path(directory),
        )
        output.notes(training.notes)
        fields = _measure(given.task, training, train, output)
    output.result(fields, _summary(fields))


def _measure(task: str, training: "Training", with_training: bool, output: Output) -> dict[str, Any]:
    import torch

    from gymctl.core.memory import resident_bytes
    from gymctl.diagnostics.bench import measure_env
    from gymctl.envs import factory
    from gymctl.learning.agents.registry import algorithm_of
    from gymctl.learning.session import run_training
    from gymctl.sim.devices import available_cores

    config, backend = training.config, training.backend
    threads = config.num_threads or available_cores()
    torch.set_num_threads(available_cores())
    before = resident_bytes()
    env = factory.make(config, backend)
    output.status(f"measuring {env.num_envs} envs on {threads} threads")
    speed = measure_env(env, threads=threads, bare_loop=backend.engine == "mujoco")
    bytes_per_env = max(0, resident_bytes() - before) // env.num_envs
    env.close()
    times: list[EpochTimes] = []
    if with_training:
        output.status(f"training {_EPOCHS} epochs")
        run_training(training, on_progress=lambda progress: times.append(progress.epoch_times))
    frames = algorithm_of(config).env_steps_per_epoch(config)
    return {
        "task": task,
        "engine": backend.engine,
        "device": str(backend.sim_device),
        "num_envs": config.num_envs,
        "threads": threads,
        "steps_per_second": {
            "limit": speed.limit,
            "physics": speed.physics,
            "env": speed.env,
            **_training_speed(times[_UNCOUNTED_EPOCHS:], frames),
        },
        "ratio": {"physics_to_limit": speed.physics_to_limit, "env_to_physics": speed.env_to_physics},
        "share_of_epoch": _shares(times[_UNCOUNTED_EPOCHS:], speed),
        "bytes_per_env": bytes_per_env,
    }


def _training_speed(times: "list[EpochTimes]", frames: int) -> dict[str, float | None]:
    from statistics import median

    if not times:
        return {"inference": None, "update": None, "train": None}
    return {
        "inference": frames / median(t.play - t.step for t in times),
        "update": frames / median(t.update for t in times),
        "train": frames / median(t.play + t.update for t in times),
    }


def _shares(times: "list[EpochTimes]", speed: "EnvSpeed") -> dict[str, float] | None:
    from statistics import median

    if not times:
        return None
    step = median(t.step / (t.play + t.update) for t in times)
    update = median(t.update / (t.play + t.update) for t in times)
    physics = step * speed.env_to_physics
    return {"physics": physics, "env": step - physics, "inference": 1 - step - update, "update": update}


def _summary(fields: dict[str, Any]) -> str:
    rates, ratio, shares = fields["steps_per_second"], fields["ratio"], fields["share_of_epoch"]
    lines = [
        f"{fields['task']}: {fields['num_envs']} envs, {fields['engine']} on {fields['device']}, "
        f"{fields['threads']} threads, {fields['bytes_per_env'] / 1024:.1f} KiB an env"
    ]
    names = {
        "limit": "bare mj_step loop",
        "physics": "our physics",
        "env": "VecEnv.step",
        "inference": "policy",
        "update": "update",
        "train": "training",
    }
    remarks = {"physics": ratio["physics_to_limit"], "env": ratio["env_to_physics"]}
    references = {"physics": "of the bare loop", "env": "of our physics"}
    for key, name in names.items():
        if rates[key] is not None:
            remark = f"   {remarks[key]:.2f} {references[key]}" if remarks.get(key) else ""
            lines.append(f"{name:<18}{rates[key]:>12,.0f} steps/s{remark}")
    if shares:
        lines.append("an epoch is " + ", ".join(f"{share:.0%} {name}" for name, share in shares.items()))
    return "\n".join(lines)
