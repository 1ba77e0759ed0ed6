"""Options that several commands share, and the reading of ``TASK [CHECKPOINT] [KEY=VALUE]...``."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from gymctl.commands import completion
from gymctl.core.errors import InputError

_CONFIG = "Configuration"
_OUTPUT = "Output"

Task = Annotated[
    str,
    typer.Argument(metavar="TASK", help="Name of a task; 'gymctl tasks' lists them.", autocompletion=completion.tasks),
]
OptionalTask = Annotated[
    str | None,
    typer.Argument(
        metavar="TASK",
        help="Name of a task; 'gymctl tasks' lists them. A run that is given knows its own.",
        autocompletion=completion.tasks,
    ),
]
Overrides = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="KEY=VALUE",
        help="Config settings, as in task.env.episodeLength=500.",
        show_default=False,
        autocompletion=completion.settings,
    ),
]
CheckpointAndOverrides = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="CHECKPOINT|KEY=VALUE",
        help="What to take the policy from, and config settings.",
        show_default=False,
        autocompletion=completion.checkpoints_and_settings,
    ),
]
ConfigDir = Annotated[
    Path | None,
    typer.Option(
        "--config-dir",
        envvar="GYMCTL_CONFIG_DIR",
        metavar="DIR",
        help="Your own config.yaml, task/ and train/ YAMLs, in IsaacGymEnvs' layout.",
        rich_help_panel=_CONFIG,
    ),
]
RunsDir = Annotated[
    Path,
    typer.Option(
        "--runs-dir", envvar="GYMCTL_RUNS_DIR", metavar="DIR", help="Where runs are.", rich_help_panel=_CONFIG
    ),
]
NumEnvs = Annotated[
    int | None,
    typer.Option(
        "--num-envs",
        envvar="GYMCTL_NUM_ENVS",
        min=1,
        metavar="N",
        help="Simulated robots.",
        rich_help_panel=_CONFIG,
    ),
]
Seed = Annotated[
    int | None,
    typer.Option(
        "--seed", envvar="GYMCTL_SEED", metavar="N", help="Random seed; -1 draws one.", rich_help_panel=_CONFIG
    ),
]
Device = Annotated[
    str | None,
    typer.Option(
        "--device",
        envvar="GYMCTL_DEVICE",
        metavar="DEVICE",
        help="auto, cpu, cuda or cuda:N.",
        rich_help_panel=_CONFIG,
        autocompletion=completion.devices,
    ),
]
Engine = Annotated[
    str | None,
    typer.Option(
        "--engine",
        envvar="GYMCTL_ENGINE",
        metavar="ENGINE",
        help="Physics engine: auto, mujoco or mujoco_warp.",
        rich_help_panel=_CONFIG,
        autocompletion=completion.one_of("auto", "mujoco", "mujoco_warp"),
    ),
]
MaxIterations = Annotated[
    int | None,
    typer.Option(
        "--max-iterations",
        min=1,
        metavar="N",
        help="Epochs to train, counted from the start.",
        rich_help_panel=_CONFIG,
    ),
]
Experiment = Annotated[
    str | None,
    typer.Option(
        "--experiment", metavar="NAME", help="Name of the run and of its checkpoints.", rich_help_panel=_CONFIG
    ),
]
TrustCheckpoint = Annotated[
    bool,
    typer.Option(
        "--trust-checkpoint",
        metavar="",
        help="Read the checkpoint even if it holds Python objects besides weights. They can run any code as you: only "
        "for files whose maker you trust.",
        rich_help_panel=_CONFIG,
    ),
]
Json = Annotated[
    bool,
    typer.Option("--json", metavar="", help="One JSON object on stdout, nothing else there.", rich_help_panel=_OUTPUT),
]
Quiet = Annotated[
    bool, typer.Option("--quiet", "-q", metavar="", help="No progress and no notes.", rich_help_panel=_OUTPUT)
]
Verbose = Annotated[
    bool,
    typer.Option(
        "--verbose",
        "-v",
        metavar="",
        help="Also say what is normally not worth saying.",
        rich_help_panel=_OUTPUT,
    ),
]


@dataclass(frozen=True)
class Arguments:
    """What stands on the command line besides flags."""

    task: str
    checkpoint: str | None
    overrides: list[str]


def parse_arguments(
    arguments: Sequence[str | None], *, takes_checkpoint: bool, task: Callable[[], str | None] = lambda: None
) -> Arguments:
    """Sorts ``TASK [CHECKPOINT] [KEY=VALUE]...``; IsaacGymEnvs' ``task=Ant`` and ``checkpoint=…`` are understood too.

    Args:
        arguments: As given, in any order but for TASK before CHECKPOINT.
        takes_checkpoint: Whether CHECKPOINT may stand there without ``checkpoint=``.
        task: Finds the task if none is given.

    Raises:
        InputError: No task, or a word too many.
    """
    words: list[str] = []
    settings: dict[str, str] = {}
    overrides: list[str] = []
    for argument in filter(None, arguments):
        key, equals, value = argument.partition("=")
        if not equals or Path(argument).exists() or (argument.endswith((".pth", ".onnx")) and "/" in key):
            words.append(argument)
        elif key in ("task", "checkpoint"):
            settings[key] = value.strip("'\"")
        else:
            overrides.append(argument)
    names = [name for name in ("task", "checkpoint")[: 1 + takes_checkpoint] if not settings.get(name)]
    if len(words) > len(names):
        raise InputError(
            f"unexpected argument {words[len(names)]!r}", "settings are written KEY=VALUE, flags start with --"
        )
    settings |= dict(zip(names, words, strict=False))
    settings["task"] = settings.get("task") or task() or ""
    if not settings["task"]:
        raise InputError("no task given", "name one, as in 'gymctl train Ant'; 'gymctl tasks' lists them")
    return Arguments(settings["task"], settings.get("checkpoint") or None, overrides)


_FLAGS = {
    "num_envs": ("num_envs",),
    "seed": ("seed",),
    "max_iterations": ("max_iterations",),
    "device": ("sim_device", "rl_device"),
    "engine": ("physics_engine",),
    "experiment": ("experiment",),
    "wandb": ("wandb_activate",),
}
"""Parameters of commands, and the top-level config keys that they set."""


def flag_names(ctx: typer.Context) -> dict[str, str]:
    """Where the user has set the top-level config keys: ``--device``, or ``GYMCTL_DEVICE``."""
    names = {}
    for parameter, keys in _FLAGS.items():
        source = ctx.get_parameter_source(parameter)
        in_environment = source is not None and source.name == "ENVIRONMENT"
        name = f"GYMCTL_{parameter.upper()}" if in_environment else f"--{parameter.replace('_', '-')}"
        names |= dict.fromkeys(keys, name)
    return names


def flag_settings(
    *,
    num_envs: int | None = None,
    seed: int | None = None,
    max_iterations: int | None = None,
    device: str | None = None,
    engine: str | None = None,
    experiment: str | None = None,
) -> dict[str, Any]:
    """Flags as the top-level config keys that they stand for; a flag that was not given is None."""
    given = {
        "num_envs": num_envs,
        "seed": seed,
        "max_iterations": max_iterations,
        "device": device,
        "engine": engine,
        "experiment": experiment,
    }
    return {key: value for parameter, value in given.items() for key in _FLAGS[parameter]}
