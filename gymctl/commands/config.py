"""``gymctl config``: the resolved config of a task."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from gymctl.commands import options
from gymctl.commands.output import Output

if TYPE_CHECKING:
    from gymctl.config import Config


def config(
    ctx: typer.Context,
    task: options.Task,
    arguments: options.Overrides = None,
    num_envs: options.NumEnvs = None,
    seed: options.Seed = None,
    max_iterations: options.MaxIterations = None,
    device: options.Device = None,
    engine: options.Engine = None,
    experiment: options.Experiment = None,
    config_dir: options.ConfigDir = None,
    origins: Annotated[
        bool,
        typer.Option(
            "--origins",
            metavar="",
            help="Say behind each value where it comes from: a YAML, a variable, a flag.",
            rich_help_panel="Output",
        ),
    ] = False,
    as_json: options.Json = False,
    quiet: options.Quiet = False,
) -> None:
    """Print the config that a training would use, as YAML that is valid input again.

    Examples:
      gymctl config Ant --num-envs 1024 task.env.headingWeight=0.7
      gymctl config Ant --origins
      gymctl config Ant > mine/config.yaml
      gymctl train Ant --config-dir mine

    'gymctl train --dry-run' also says what the machine makes of it.
    """
    from gymctl.config import compose, to_yaml

    output = Output(as_json, quiet)
    given = options.parse_arguments([task, *(arguments or [])], takes_checkpoint=False)
    settings = options.flag_settings(
        num_envs=num_envs,
        seed=seed,
        max_iterations=max_iterations,
        device=device,
        engine=engine,
        experiment=experiment,
    )
    resolved = compose(
        given.task,
        settings=settings,
        overrides=given.overrides,
        config_dir=config_dir,
        flag_names=options.flag_names(ctx),
    )
    output.notes(resolved.notes)
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
