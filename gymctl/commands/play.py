"""``gymctl play`` measures a policy, shows it and films it."""

from contextlib import nullcontext
from dataclasses import asdict, dataclass
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from gymctl.commands import completion
from gymctl.commands.arguments import CheckpointAndOverrides, Task, parse_arguments
from gymctl.commands.flags import ConfigFlags, Directories, Only, TrustCheckpoint
from gymctl.commands.helping import rarely_used
from gymctl.commands.measures import measure_fields, measure_lines
from gymctl.commands.output import Output
from gymctl.commands.video import VideoFlags
from gymctl.commands.viewer import ViewerFlags, watch
from gymctl.core.errors import InputError
from gymctl.core.terminal import escaped, one_line
from gymctl.core.words import counted

if TYPE_CHECKING:
    from gymctl.policies.evaluate import Evaluation
    from gymctl.policies.find import PolicySource
    from gymctl.policies.modes import ActionMode
    from gymctl.rendering.recorder import VideoRecorder
    from gymctl.rendering.settings import VideoSettings
    from gymctl.sim.devices import Backend

_PANEL = "Actions"


@dataclass(frozen=True)
class ActionFlags:
    """What acts, and how much noise there is in the actions."""

    agent: Annotated[
        str | None,
        typer.Option(
            "--agent",
            metavar="NAME",
            help="Play without a policy: NAME is zero, or random, from -1 to 1.",
            rich_help_panel=_PANEL,
            autocompletion=completion.one_of("zero", "random"),
        ),
    ] = None
    sigma: Annotated[
        float | None,
        typer.Option(
            "--sigma",
            metavar="S",
            help="Gaussian noise of standard deviation S around the mean action; 0 is the mean itself.",
            rich_help_panel=_PANEL,
        ),
    ] = None
    stochastic: Annotated[
        bool,
        typer.Option(
            "--stochastic/--deterministic",
            metavar="",
            help="Noise as the policy learned it, or the mean action (the default).",
            show_default=False,
            rich_help_panel=_PANEL,
        ),
    ] = False


@rarely_used(
    *("--video-envs", "--video-length", "--video-size", "--video-fps", "--video-speed"),
    *("--viewer-envs", "--viewer-host", "--viewer-port", "--open"),
    *("--engine", "--physics", "--verbose"),
    *("--trust-checkpoint", "--config-dir", "--runs-dir"),
)
def play(
    task: Task,
    arguments: CheckpointAndOverrides = None,
    *,
    actions: ActionFlags,
    episodes: Annotated[
        int | None,
        typer.Option(
            "--episodes",
            min=1,
            metavar="N",
            help="Episodes to count, the same number from every env; default one each.",
        ),
    ] = None,
    compare: Annotated[
        bool, typer.Option("--compare", metavar="", help="Measure two policies, TASK A B: which is better?")
    ] = False,
    video: VideoFlags,
    viewer: ViewerFlags,
    trust_checkpoint: TrustCheckpoint = False,
    flags: Annotated[ConfigFlags, Only("num_envs", "seed", "device", "engine", "physics")],
    directories: Directories,
    output: Output,
) -> None:
    """Play a trained policy, measure it, watch it, and film it.

    Examples:
      gymctl play Ant
      gymctl play Ant latest --episodes 512
      gymctl play Humanoid runs/Humanoid.pth --sigma 0
      gymctl play Ant pretrained --viewer
      gymctl play Ant --video ant.mp4

    CHECKPOINT: a .pth or exported .onnx file, a run (directory or name), best,
    latest or pretrained; without one, the best of the task's newest run.
    """
    from gymctl.policies.find import find_policy_to_play
    from gymctl.policies.modes import ActionMode

    if compare:
        _compare(task, arguments or [], actions, episodes, video, viewer, flags, directories, output, trust_checkpoint)
        return
    given = parse_arguments([task, *(arguments or [])], takes_checkpoint=True)
    overrides, sigma = _sigma_override(given.overrides, actions.sigma)
    mode = ActionMode.choose(sigma, actions.stochastic, actions.agent)
    viewer.check()
    if viewer.viewer and video.video is not None:
        raise InputError("--viewer and --video exclude each other", "give one of them")
    output.waiting("loading PyTorch and MuJoCo")
    shooting = video.check()
    source = find_policy_to_play(
        given.task,
        given.checkpoint,
        agent=actions.agent,
        episodes=episodes,
        settings=flags.settings | {"num_envs": viewer.num_envs(flags.num_envs, episodes)},
        overrides=overrides,
        config_dir=directories.config_dir,
        runs_dir=directories.runs_dir,
        trust=trust_checkpoint,
    )
    output.notes(source.notes)
    output.status(f"actions: {mode}")
    if viewer.viewer:
        watched, exit_code = watch(source, mode, viewer, episodes, output)
        _report(watched.source, watched.mode, watched.backend, watched.evaluation, output)
        raise typer.Exit(exit_code)
    _play(source, mode, episodes or 1, shooting, output)


def _compare(
    task: str,
    arguments: list[str],
    actions: ActionFlags,
    episodes: int | None,
    video: VideoFlags,
    viewer: ViewerFlags,
    flags: ConfigFlags,
    directories: Directories,
    output: Output,
    trust: bool,
) -> None:
    from gymctl.commands.play_compare import play_two
    from gymctl.policies.modes import ActionMode

    if actions.agent is not None:
        raise InputError("--compare measures two policies, --agent plays without one", "leave one of them out")
    if viewer.viewer or video.video is not None:
        raise InputError("--compare only measures; it makes no video and shows no viewer", "play one of them for that")
    rest, sigma = _sigma_override(arguments, actions.sigma)
    mode = ActionMode.choose(sigma, actions.stochastic)
    play_two(task, rest, mode, episodes, flags, directories, output, trust=trust)


def _play(
    source: "PolicySource",
    mode: "ActionMode",
    episodes: int,
    shooting: "tuple[VideoSettings, str] | None",
    output: Output,
) -> None:
    from gymctl.commands.signals import leaving_nothing_behind
    from gymctl.envs.factory import resolve_backend
    from gymctl.policies.evaluate import episodes_per_env
    from gymctl.policies.play import play

    num_envs = source.config.num_envs
    per_env = episodes_per_env(episodes, num_envs)
    backend, recorder = resolve_backend(source.config), None
    with leaving_nothing_behind() if shooting else nullcontext(), output.counter() as count:
        if shooting:
            from gymctl.rendering.recorder import VideoRecorder

            recorder = VideoRecorder(*shooting, on_frame=partial(count, "frames"))
        on_step = partial(count, "episodes", total=num_envs * per_env)
        evaluation = play(source, mode, backend, per_env, on_step, recorder)
    _report(source, mode, backend, evaluation, output, recorder)


def _report(
    source: "PolicySource",
    mode: "ActionMode",
    backend: "Backend",
    evaluation: "Evaluation | None",
    output: Output,
    recorder: "VideoRecorder | None" = None,
) -> None:
    from gymctl.core.files import sha256

    recorded = _recorded(source)
    fields = {
        "task": source.task,
        "checkpoint": str(source.path) if source.path else None,
        "checkpoint_sha256": sha256(source.path) if source.path else None,
        "action_mode": mode.name,
        "sigma": mode.sigma,
        "num_envs": source.config.num_envs,
        "episodes": evaluation.episodes if evaluation else 0,
        "seed": source.config.seed,
        "device": str(backend.rl_device),
        "engine": backend.engine,
        "physics": source.config.task.physics,
        "recorded_return": recorded,
        "reward": asdict(evaluation.reward) if evaluation else None,
        "length": asdict(evaluation.length) if evaluation else None,
        "reward_terms": evaluation.reward_terms if evaluation else None,
        "measures": measure_fields(evaluation.measures) if evaluation else {},
        "steps_per_second": round(evaluation.steps_per_second, 1) if evaluation else None,
        "diverged": evaluation.diverged if evaluation else 0,
    }
    summary = _summary(source.task, evaluation) if evaluation else f"{source.task}: no episodes counted"
    if evaluation and recorded is not None:
        summary += f"\nreturn recorded in training: {recorded:,.2f}"
    if recorder is not None:
        fields["video"] = video = recorder.report()
        summary += f"\nvideo: {escaped(video['path'])}, {video['seconds']:.1f} s at {video['fps']:g} frames/s"
    output.result(fields, summary)


def _recorded(source: "PolicySource") -> float | None:
    from gymctl.policies.checkpoints.loading import load_checkpoint
    from gymctl.policies.origin import named_return, recorded_return

    if source.path is None:
        return None
    is_told = source.exported or named_return(source.path) is not None
    return recorded_return(source.path, {} if is_told else load_checkpoint(source.path, trust=source.trust))


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
    lines = [f"{task}: {counted(evaluation.episodes, 'episode')}, {evaluation.steps_per_second:,.0f} steps/s"]
    lines.append(f"{'':<6}{'mean':>10}{'std':>10}{'95% interval':>22}{'min':>10}{'max':>10}")
    for name, s in (("return", evaluation.reward), ("length", evaluation.length)):
        interval = " to ".join(f"{bound:.2f}" for bound in s.ci95) if s.ci95 else "-"
        lines.append(f"{name}{s.mean:>10.2f}{s.std:>10.2f}{interval:>22}{s.min:>10.2f}{s.max:>10.2f}")
    if evaluation.reward_terms:
        width = max(map(len, evaluation.reward_terms))
        lines.append("terms of the return, means per episode:")
        lines += [f"  {one_line(name):<{width}}{mean:>12.2f}" for name, mean in evaluation.reward_terms.items()]
    lines += measure_lines(evaluation.measures)
    if evaluation.diverged:
        lines.append(f"{counted(evaluation.diverged, 'episode')} ended because the simulation became non-finite")
    return "\n".join(lines)
