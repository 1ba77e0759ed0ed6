"""``gymctl bench`` measures how fast a task runs here, and where the time goes."""

from pathlib import Path
from typing import Annotated, Any

import typer

from gymctl.commands.arguments import Overrides, Task, parse_arguments
from gymctl.commands.flags import ConfigDir, ConfigFlags, Only
from gymctl.commands.output import Output
from gymctl.core.words import counted


def bench(
    task: Task,
    arguments: Overrides = None,
    *,
    flags: Annotated[ConfigFlags, Only("num_envs", "device", "engine", "physics")],
    train: Annotated[
        bool, typer.Option("--train/--no-train", metavar="", help="Also measure a few epochs of training.")
    ] = True,
    config_dir: ConfigDir = None,
    output: Output,
) -> None:
    """Measure steps a second: bare MuJoCo, our physics, the env, the policy, and training.

    Examples:
      gymctl bench Ant --num-envs 4096
      gymctl bench Humanoid --no-train

    Close other programs first: they slow down what is measured.
    """
    import tempfile

    from gymctl.diagnostics.bench import NUM_EPOCHS, benchmark
    from gymctl.learning.prepare import prepare_training

    given = parse_arguments([task, *(arguments or [])], takes_checkpoint=False)
    output.waiting("loading PyTorch and MuJoCo")
    with tempfile.TemporaryDirectory(prefix="gymctl-bench-") as directory:
        training = prepare_training(
            given.task,
            settings=flags.settings | {"max_iterations": NUM_EPOCHS},
            overrides=given.overrides,
            config_dir=config_dir,
            runs_dir=Path(directory),
        )
        output.notes(training.notes)
        fields = benchmark(training, with_training=train, say=output.status)
    output.result(fields, _summary(fields))


def _summary(fields: dict[str, Any]) -> str:
    rates, ratio, shares = fields["steps_per_second"], fields["ratio"], fields["share_of_epoch"]
    lines = [
        f"{fields['task']}: {counted(fields['num_envs'], 'env')}, {fields['engine']} on {fields['device']}, "
        f"{counted(fields['threads'], 'thread')}, {fields['bytes_per_env'] / 1024:.1f} KiB"
        f"{'' if fields['bytes_are_on'] == 'cpu' else ' of GPU memory'} an env"
    ]
    names = {
        "limit": "bare MuJoCo",
        "physics": "our physics",
        "env": "VecEnv.step",
        "inference": "policy",
        "update": "update",
        "train": "training",
    }
    remarks = {"physics": ratio["physics_to_limit"], "env": ratio["env_to_physics"]}
    references = {"physics": "of bare MuJoCo", "env": "of our physics"}
    for key, name in names.items():
        if rates[key] is not None:
            remark = f"   {remarks[key]:.2f} {references[key]}" if remarks.get(key) else ""
            lines.append(f"{name:<18}{rates[key]:>12,.0f} steps/s{remark}")
    if shares:
        lines.append("an epoch is " + ", ".join(f"{share:.0%} {name}" for name, share in shares.items()))
    waits = [f"{fields['waits_per_step']:.3g} times a step"]
    if fields["waits_per_epoch"] is not None:
        waits.append(f"{counted(fields['waits_per_epoch'], 'time')} an epoch of training")
    lines.append(f"{'waits' if 'cuda' in fields['device'] else 'would wait'} for a GPU " + ", ".join(waits))
    return "\n".join(lines)
