"""``gymctl config`` prints the resolved config of a task."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from gymctl.commands.arguments import Overrides, Task, parse_arguments
from gymctl.commands.flags import OUTPUT, ConfigDir, ConfigFlags, Only
from gymctl.commands.output import Output

if TYPE_CHECKING:
    from gymctl.config import Config


def config(
    task: Task,
    arguments: Overrides = None,
    *,
    flags: Annotated[
        ConfigFlags, Only("num_envs", "seed", "max_iterations", "device", "engine", "physics", "experiment")
    ],
    config_dir: ConfigDir = None,
    origins: Annotated[
        bool,
        typer.Option(
            "--origins",
            metavar="",
            help="Print beside each value where it comes from: a YAML, a variable, a flag.",
            rich_help_panel=OUTPUT,
        ),
    ] = False,
    output: Output,
) -> None:
    """Print the config that a training would use, as YAML that is valid input again.

    Examples:
      gymctl config Ant --num-envs 1024 task.env.headingWeight=0.7
      gymctl config Ant --origins
      gymctl config Ant > mine/config.yaml
      gymctl train Ant --config-dir mine

    It has what gymctl changes on this machine (e.g. fewer envs on a CPU), as
    'gymctl train --dry-run' shows it.
    """
    from gymctl.config import compose, to_yaml
    from gymctl.core.errors import BackendError
    from gymctl.learning.prepare import MachineSettings

    given = parse_arguments([task, *(arguments or [])], takes_checkpoint=False)
    machine = MachineSettings(given.task, flags.settings, given.overrides)

    def suited(config: "Config") -> dict[str, Any]:
        try:
            return machine(config)
        except BackendError:  # a config for another machine
            return {}

    resolved = compose(
        given.task,
        settings=flags.settings,
        overrides=given.overrides,
        config_dir=config_dir,
        flag_names=flags.names,
        machine=suited,
    )

    from gymctl.learning.agents.registry import algorithm_of  # imports torch: only once the config is valid

    resolved, fitted = algorithm_of(resolved).fit(resolved)
    output.notes([*resolved.notes, *machine.notes, *([fitted] if fitted else [])])
    if origins:
        output.result(*with_origins(resolved))
    else:
        output.result({"config": resolved.tree}, to_yaml(resolved.tree).rstrip())


def with_origins(config: "Config") -> tuple[dict[str, Any], str]:
    """A config with the origins of its values, as fields for JSON and as YAML with comments."""
    from gymctl.config import annotated_yaml
    from gymctl.config.trees import dotted

    fields = {"config": config.tree, "origins": {dotted(path): origin for path, origin in config.origins.items()}}
    return fields, annotated_yaml(config.tree, config.origins)
