"""``gymctl play``: watch a policy's numbers, and film it."""

from contextlib import nullcontext
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gymctl.commands import options, viewer
from gymctl.commands.output import Output
from gymctl.core.errors import InputError

if TYPE_CHECKING:
    from gymctl.learning.prepare import PolicySource
    from gymctl.policies.evaluate import Evaluation
    from gymctl.policies.modes import ActionMode
    from gymctl.rendering.recorder import VideoRecorder
    from gymctl.rendering.settings import VideoSettings
    from gymctl.sim.devices import Backend

_ACTIONS = "Actions"
_VIDEO = "Video"


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
            metavar="",
            help="Noise as the policy learned it, or the mean action (the default).",
            rich_help_panel=_ACTIONS,
        ),
    ] = False,
    episodes: Annotated[
        int | None,
        typer.Option(
            "--episodes",
            min=1,
            metavar="N",
            help="Episodes to count, the same number from every env; default one each.",
        ),
    ] = None,
    video: Annotated[
        Path | None,
        typer.Option(
            "--video",
            metavar="FILE",
            help="Film it: an .mp4 that browsers play, or a small .gif.",
            show_default=False,
            rich_help_panel=_VIDEO,
        ),
    ] = None,
    video_envs: Annotated[
        int, typer.Option("--video-envs", metavar="N", help="Show the first N envs, tiled.", rich_help_panel=_VIDEO)
    ] = 1,
    video_length: Annotated[
        float | None,
        typer.Option(
            "--video-length",
            metavar="SECONDS",
            help="How long it plays; default an episode, at most 10 s (.gif: 5 s).",
            rich_help_panel=_VIDEO,
        ),
    ] = None,
    video_size: Annotated[
        str | None,
        typer.Option(
            "--video-size",
            metavar="WxH",
            help="Pixels of the whole picture; default 1280x720 (.gif: 480x270).",
            rich_help_panel=_VIDEO,
        ),
    ] = None,
    video_fps: Annotated[
        float | None,
        typer.Option(
            "--video-fps",
            metavar="FPS",
            help="Frames per second; default a whole part of the control rate, at most 30 (.gif: 25).",
            rich_help_panel=_VIDEO,
        ),
    ] = None,
    video_speed: Annotated[
        float,
        typer.Option("--video-speed", metavar="X", help="1 is real time, 0.5 half as fast.", rich_help_panel=_VIDEO),
    ] = 1.0,
    in_browser: viewer.Viewer = False,
    viewer_envs: viewer.Envs = None,
    viewer_host: viewer.Host = None,
    viewer_port: viewer.Port = None,
    open_browser: viewer.Open = False,
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
    """Play a trained policy, measure it, watch it, and film it.

    Examples:
      gymctl play Ant
      gymctl play Ant latest --episodes 512
      gymctl play Humanoid runs/Humanoid.pth --sigma 0
      gymctl play Ant --viewer
      gymctl play Ant --video ant.mp4 --video-envs 4

    CHECKPOINT is a .pth file, a run directory, best, latest, or an exported .onnx
    file; without one, the best of the task's newest run.
    """
    from gymctl.learning.prepare import find_policy_to_play
    from gymctl.policies.modes import ActionMode

    output = Output(as_json, quiet, verbose)
    given = options.parse_arguments([task, *(arguments or [])], takes_checkpoint=True)
    overrides, sigma = _sigma_override(given.overrides, sigma)
    mode = ActionMode.choose(sigma, stochastic)
    flags = viewer.ViewerFlags(in_browser, viewer_envs, viewer_host, viewer_port, open_browser)
    if flags.on and video is not None:
        raise InputError("--viewer and --video exclude each other", "give one of them")
    shooting = _shooting(video, video_envs, video_size, video_length, video_fps, video_speed)
    source = find_policy_to_play(
        given.task,
        given.checkpoint,
        episodes=episodes,
        settings=options.flag_settings(
            num_envs=flags.num_envs(num_envs, episodes), seed=seed, device=device, engine=engine
        ),
        overrides=overrides,
        config_dir=config_dir,
        runs_dir=runs_dir,
        trust=trust_checkpoint,
    )
    output.notes(source.notes)
    output.status(f"actions: {mode}")
    if flags.on:
        watched = viewer.watch(source, mode, flags, episodes, output)
        _report(watched.source, watched.mode, watched.backend, watched.evaluation, output)
        raise typer.Exit(watched.exit_code)
    _play(source, mode, episodes or 1, shooting, output)


def _shooting(
    video: Path | None, envs: int, size: str | None, seconds: float | None, fps: float | None, speed: float
) -> "tuple[VideoSettings, str] | None":
    """What to film and which OpenGL draws it; whether that works is found out before anything is loaded."""
    if video is None:
        return None
    from gymctl.rendering import graphics
    from gymctl.rendering.settings import VideoSettings

    return VideoSettings.check(video, envs, size, seconds, fps, speed), graphics.choose()


def _play(
    source: "PolicySource",
    mode: "ActionMode",
    episodes: int,
    shooting: "tuple[VideoSettings, str] | None",
    output: Output,
) -> None:
    from gymctl.commands.signals import leaving_nothing_behind
    from gymctl.policies.play import play
    from gymctl.sim import devices

    recorder = None
    if shooting is not None:
        from gymctl.rendering.recorder import VideoRecorder

        recorder = VideoRecorder(*shooting)
    num_envs = source.config["task"]["env"]["numEnvs"]
    per_env = -(-episodes // num_envs)
    backend = devices.resolve(source.config)
    with (
        leaving_nothing_behind() if recorder else nullcontext(),
        output.counter("episodes", num_envs * per_env) as count,
    ):
        evaluation = play(source, mode, backend, per_env, count, recorder)
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

    fields = {
        "task": source.task,
        "checkpoint": str(source.path),
        "checkpoint_sha256": sha256(source.path),
        "action_mode": mode.name,
        "sigma": mode.sigma,
        "num_envs": source.config["task"]["env"]["numEnvs"],
        "episodes": evaluation.episodes if evaluation else 0,
        "seed": source.config["seed"],
        "device": str(backend.rl_device),
        "engine": backend.engine,
        "reward": asdict(evaluation.reward) if evaluation else None,
        "length": asdict(evaluation.length) if evaluation else None,
        "steps_per_second": round(evaluation.steps_per_second, 1) if evaluation else None,
        "diverged": evaluation.diverged if evaluation else 0,
    }
    summary = _summary(source.task, evaluation) if evaluation else f"{source.task}: no episodes counted"
    if recorder is not None:
        fields["video"] = video = recorder.report()
        summary += f"\nvideo: {video['path']}, {video['seconds']:.1f} s at {video['fps']:g} frames/s"
    output.result(fields, summary)


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
    lines.append(f"{'':<6}{'mean':>10}{'std':>10}{'95% interval':>22}{'min':>10}{'max':>10}")
    for name, s in (("return", evaluation.reward), ("length", evaluation.length)):
        interval = " to ".join(f"{bound:.2f}" for bound in s.ci95)
        lines.append(f"{name}{s.mean:>10.2f}{s.std:>10.2f}{interval:>22}{s.min:>10.2f}{s.max:>10.2f}")
    if evaluation.diverged:
        lines.append(f"{evaluation.diverged} episodes ended because the simulation became non-finite")
    return "\n".join(lines)
