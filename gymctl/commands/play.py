"""``gymctl play``: watch a policy's numbers."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gymctl.commands import options
from gymctl.commands.output import Output
from gymctl.errors import InputError

if TYPE_CHECKING:
    from gymctl.learning.evaluate import Evaluation
    from gymctl.learning.modes import ActionMode
    from gymctl.learning.prepare import PolicySource

_ACTIONS = "Actions"


def play(
    task: options.Task,
    arguments: options.CheckpointAndOverrides = None,
    sigma: Annotated[
        float | None,
        typer.Option(
            "--sigma",
            metavar="S",
            help="Gaussian noise of standard deviation S around the mean action; 0 is the mean itself.",
            rich_help_panel=_ACTIONS,
        ),
    ] = None,
    stochastic: Annotated[
        bool,
        typer.Option(
            "--stochastic/--deterministic",
            help="Noise as the policy learned it, or the mean action (the default).",
            rich_help_panel=_ACTIONS,
        ),
    ] = False,
    episodes: Annotated[
        int | None,
        typer.Option("--episodes", min=1, help="Episodes to count, the same number from every env; default one each."),
    ] = None,
    trust_checkpoint: options.TrustCheckpoint = False,
    num_envs: options.NumEnvs = None,
    seed: options.Seed = None,
    device: options.Device = None,
    engine: options.Engine = None,
    config_dir: options.ConfigDir = None,
    runs_dir: options.RunsDir = Path("runs"),
    as_json: options.Json = False,
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
) -> None:
    """Play a trained policy and measure it.

    CHECKPOINT is a .pth file, a run directory, best, latest, or an exported .onnx file; without one, the best of the
    task's newest run.

    gymctl play Ant

    gymctl play Humanoid runs/Humanoid.pth --sigma 0 --episodes 512
    """
    from gymctl.learning.modes import ActionMode
    from gymctl.learning.prepare import find_policy_to_play

    output = Output(as_json, quiet, verbose)
    given = options.parse_arguments([task, *(arguments or [])], takes_checkpoint=True)
    overrides, sigma = _sigma_override(given.overrides, sigma)
    mode = ActionMode.choose(sigma, stochastic)
    source = find_policy_to_play(
        given.task,
        given.checkpoint,
        episodes=episodes,
        settings=options.flag_settings(num_envs=num_envs, seed=seed, device=device, engine=engine),
        overrides=overrides,
        config_dir=config_dir,
        runs_dir=runs_dir,
        trust=trust_checkpoint,
    )
    output.notes(source.notes)
    output.status(f"actions: {mode}")
    _play(source, mode, episodes or 1, output)


def _play(source: "PolicySource", mode: "ActionMode", episodes: int, output: Output) -> None:
    from gymctl import checkpoints, devices
    from gymctl.learning.play import play

    num_envs = source.config["task"]["env"]["numEnvs"]
    per_env = -(-episodes // num_envs)
    backend = devices.resolve(source.config)
    with output.counter("episodes", num_envs * per_env) as count:
        evaluation = play(source, mode, backend, per_env, count)
    fields = {
        "task": source.task,
        "checkpoint": str(source.path),
        "checkpoint_sha256": checkpoints.sha256(source.path),
        "action_mode": mode.name,
        "sigma": mode.sigma,
        "num_envs": num_envs,
        "episodes": evaluation.episodes,
        "seed": source.config["seed"],
        "device": str(backend.rl_device),
        "engine": backend.engine,
        "reward": asdict(evaluation.reward),
        "length": asdict(evaluation.length),
        "steps_per_second": round(evaluation.steps_per_second, 1),
        "diverged": evaluation.diverged,
    }
    output.result(fields, _summary(source.task, evaluation))


def _sigma_override(overrides: list[str], sigma: float | None) -> tuple[list[str], float | None]:
    values = [override.partition("=")[2] for override in overrides if override.startswith("sigma=")]
    rest = [override for override in overrides if not override.startswith("sigma=")]
    if not values or not values[-1]:
        return rest, sigma
    try:
        return rest, float(values[-1])
    except ValueError:
        raise InputError(f"sigma={values[-1]} is not a number", "give a standard deviation, as in sigma=0.1") from None


def _summary(task: str, evaluation: "Evaluation") -> str:
    lines = [f"{task}: {evaluation.episodes} episodes, {evaluation.steps_per_second:,.0f} steps/s"]
    for name, s in (("return", evaluation.reward), ("length", evaluation.length)):
        low, high = s.ci95
        lines.append(
            f"{name}  mean {s.mean:.2f}  std {s.std:.2f}  95% interval {low:.2f} to {high:.2f}  "
            f"min {s.min:.2f}  max {s.max:.2f}"
        )
    if evaluation.diverged:
        lines.append(f"{evaluation.diverged} episodes ended because the simulation became non-finite")
    return "\n".join(lines)
