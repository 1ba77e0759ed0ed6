"""``gymctl config``: the resolved config of a task."""

from gymctl.commands import options
from gymctl.commands.output import Output


def config(
    task: options.Task,
    arguments: options.Overrides = None,
    num_envs: options.NumEnvs = None,
    seed: options.Seed = None,
    max_iterations: options.MaxIterations = None,
    device: options.Device = None,
    engine: options.Engine = None,
    experiment: options.Experiment = None,
    config_dir: options.ConfigDir = None,
    as_json: options.Json = False,
    quiet: options.Quiet = False,
) -> None:
    """Print the config that a training would use, as YAML that is valid input again.

    Examples:
      gymctl config Ant --num-envs 1024 task.env.headingWeight=0.7
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
    composed = compose(given.task, settings=settings, overrides=given.overrides, config_dir=config_dir)
    output.notes(composed.notes)
    output.result({"config": composed.config}, to_yaml(composed.config).rstrip())
