"""Declares the flags that several commands share, each once, in groups that a command takes as one parameter."""

import functools
import inspect
from collections.abc import Callable
from dataclasses import MISSING, dataclass, fields, is_dataclass
from pathlib import Path
from typing import Annotated, Any, get_args, get_origin

import typer

from gymctl.commands import completion
from gymctl.commands.defaults import file_of

CONFIGURATION, OUTPUT = "Configuration", "Output"
"""Titles of panels in ``--help``."""
DEFAULT_RUNS_DIR = Path("runs")

ConfigDir = Annotated[
    Path | None,
    typer.Option(
        "--config-dir",
        envvar="GYMCTL_CONFIG_DIR",
        metavar="DIR",
        help="Your own config.yaml, task/ and train/ YAMLs, in IsaacGymEnvs' layout.",
        rich_help_panel=CONFIGURATION,
    ),
]
RunsDir = Annotated[
    Path,
    typer.Option(
        "--runs-dir", envvar="GYMCTL_RUNS_DIR", metavar="DIR", help="Where runs are.", rich_help_panel=CONFIGURATION
    ),
]
TrustCheckpoint = Annotated[
    bool,
    typer.Option(
        "--trust-checkpoint",
        metavar="",
        help="Read the checkpoint even if it holds Python objects besides weights. Danger: such a file can run any "
        "code with your rights. Use only if you trust its author.",
        rich_help_panel=CONFIGURATION,
    ),
]


class Only:
    """Names the flags of a group that a command has, if it hasn't all: ``Annotated[ConfigFlags, Only("seed")]``."""

    def __init__(self, *names: str) -> None:
        self.names = names


def expand_groups(command: Callable[..., None]) -> Callable[..., None]:
    """Shows Typer the flags of a command's groups one by one; the command is called with the groups.

    A group is a dataclass. Its fields are Typer's parameters, named after their flags: ``video_envs`` for
    ``--video-envs``. A field without a default is no flag, and every command has it: ``ctx: typer.Context``.
    """
    parameters: list[inspect.Parameter] = []
    groups: dict[str, tuple[type, list[str]]] = {}
    for parameter in inspect.signature(command).parameters.values():
        group, members = _members_of(parameter.annotation)
        if group is not None:
            groups[parameter.name] = group, [member.name for member in members]
        parameters += members or [parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY)]

    @functools.wraps(command)
    def run(**values: Any) -> None:
        built = {name: group(**{key: values.pop(key) for key in members}) for name, (group, members) in groups.items()}
        command(**values, **built)

    vars(run)["__signature__"] = inspect.Signature(parameters)
    return run


def _members_of(annotation: Any) -> tuple[type | None, list[inspect.Parameter]]:
    """The group that a parameter is annotated with and its parameters; None if it is annotated with something else."""
    group, *marks = get_args(annotation) if get_origin(annotation) is Annotated else [annotation]
    if not (isinstance(group, type) and is_dataclass(group)):
        return None, []
    names = next((mark.names for mark in marks if isinstance(mark, Only)), None)
    return group, [
        inspect.Parameter(
            field.name,
            inspect.Parameter.KEYWORD_ONLY,
            default=inspect.Parameter.empty if field.default is MISSING else field.default,
            annotation=field.type,
        )
        for field in fields(group)
        if names is None or field.name in names or field.default is MISSING
    ]


@dataclass(frozen=True)
class Directories:
    """Directories that a command reads and writes."""

    config_dir: ConfigDir = None
    runs_dir: RunsDir = DEFAULT_RUNS_DIR


@dataclass(frozen=True)
class ConfigFlags:
    """Flags that set top-level keys of the config; None if not given."""

    ctx: typer.Context
    num_envs: Annotated[
        int | None,
        typer.Option(
            "--num-envs",
            envvar="GYMCTL_NUM_ENVS",
            min=1,
            metavar="N",
            help="Simulated robots.",
            rich_help_panel=CONFIGURATION,
        ),
    ] = None
    seed: Annotated[
        int | None,
        typer.Option(
            "--seed",
            envvar="GYMCTL_SEED",
            metavar="N",
            help="Random seed; -1 draws one.",
            rich_help_panel=CONFIGURATION,
        ),
    ] = None
    max_iterations: Annotated[
        int | None,
        typer.Option(
            "--max-iterations",
            min=1,
            metavar="N",
            help="Epochs to train, counted from the start.",
            rich_help_panel=CONFIGURATION,
        ),
    ] = None
    device: Annotated[
        str | None,
        typer.Option(
            "--device",
            envvar="GYMCTL_DEVICE",
            metavar="DEVICE",
            help="auto, cpu, cuda or cuda:N.",
            rich_help_panel=CONFIGURATION,
            autocompletion=completion.devices,
        ),
    ] = None
    engine: Annotated[
        str | None,
        typer.Option(
            "--engine",
            envvar="GYMCTL_ENGINE",
            metavar="ENGINE",
            help="Physics engine: auto, mujoco or mujoco_warp.",
            rich_help_panel=CONFIGURATION,
            autocompletion=completion.one_of("auto", "mujoco", "mujoco_warp"),
        ),
    ] = None
    physics: Annotated[
        str | None,
        typer.Option(
            "--physics",
            metavar="PHYSICS",
            help="fast, or isaacgym: slower, and as near to Isaac Gym's as can be.",
            rich_help_panel=CONFIGURATION,
            autocompletion=completion.one_of("fast", "isaacgym"),
        ),
    ] = None
    experiment: Annotated[
        str | None,
        typer.Option(
            "--experiment",
            metavar="NAME",
            help="Name of the run and of its checkpoints.",
            rich_help_panel=CONFIGURATION,
        ),
    ] = None
    wandb: Annotated[
        bool | None,
        typer.Option(
            "--wandb/--no-wandb",
            metavar="",
            help="Send the curves to Weights & Biases, as wandb_activate=True does; needs the extra 'wandb'.",
            show_default=False,
            rich_help_panel=OUTPUT,
        ),
    ] = None

    @property
    def settings(self) -> dict[str, Any]:
        """The values by the config keys that they set."""
        return self._by_key(lambda flag: getattr(self, flag))

    @property
    def names(self) -> dict[str, str]:
        """What the user has set each config key by: ``--device``, ``GYMCTL_DEVICE``, or ``--device in gymctl.toml``."""
        return self._by_key(self._name)

    def _by_key(self, value_of: Callable[[str], Any]) -> dict[str, Any]:
        from gymctl.config import settings_of

        return settings_of(**{field.name: value_of(field.name) for field in fields(self) if field.name != "ctx"})

    def _name(self, flag: str) -> str:
        source, name = self.ctx.get_parameter_source(flag), f"--{flag.replace('_', '-')}"
        if source is not None and source.name == "ENVIRONMENT":
            return f"GYMCTL_{flag.upper()}"
        file = file_of(self.ctx, flag)
        return f"{name} in {file}" if file else name
