"""``gymctl demo`` shows the policies that come with gymctl."""

from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from gymctl.commands.flags import Only
from gymctl.commands.output import Output
from gymctl.commands.signals import StopSignals, leaving_nothing_behind
from gymctl.commands.video import VideoFlags
from gymctl.commands.viewer import DEFAULT_ENVS, ViewerFlags, tell_address
from gymctl.core.errors import InputError
from gymctl.core.terminal import escaped

if TYPE_CHECKING:
    from gymctl.rendering.settings import VideoSettings


def demo(
    *,
    video: Annotated[VideoFlags, Only("video", "video_length", "video_size")],
    viewer: Annotated[ViewerFlags, Only("viewer_host", "viewer_port", "open")],
    output: Annotated[Output, Only("json", "quiet")],
) -> None:
    """Show the policies that come with gymctl. Nothing is trained.

    Examples:
      gymctl demo --open
      gymctl demo --video demo.mp4

    It prints the address of a page. There you choose a robot, push it, and change
    the noise in its actions, until Ctrl-C. On a machine without a browser,
    --video films all of them in one picture.
    """
    if video.video is None:
        if video.video_length is not None or video.video_size is not None:
            raise InputError("--video-length and --video-size are for a video", "add --video FILE, or leave them out")
        _show(viewer, output)
    if viewer.open or viewer.viewer_host is not None or viewer.viewer_port is not None:
        raise InputError("--video films, --open and --viewer-… show a page", "give one of them")
    output.waiting("loading PyTorch and MuJoCo")
    shooting = video.check()
    assert shooting is not None
    _film(*shooting, output)


def _show(flags: ViewerFlags, output: Output) -> None:
    from gymctl.policies import packaged
    from gymctl.viewer.demo import show_demo

    with StopSignals(lambda: output.status("stopping")) as stop:
        show_demo(
            num_shown=DEFAULT_ENVS,
            host=flags.viewer_host,
            port=flags.viewer_port,
            on_ready=lambda url, port: tell_address("demo", url, port, flags, output),
            should_stop=lambda: stop.received is not None,
        )
    output.result({"tasks": packaged.tasks(), "video": None}, "next: gymctl train Ant")
    raise typer.Exit(stop.exit_code)


def _film(settings: "VideoSettings", graphics: str, output: Output) -> None:
    from gymctl.config import settings_of
    from gymctl.policies import packaged
    from gymctl.policies.film import film_policies
    from gymctl.policies.find import find_policy_to_play

    alone = settings_of(num_envs=1, device="cpu", engine="mujoco")
    sources = [find_policy_to_play(task, packaged.PRETRAINED, settings=alone) for task in packaged.tasks()]
    with leaving_nothing_behind(), output.counter() as count:
        report = film_policies(sources, settings, graphics, partial(count, "frames"))
    told = f"{escaped(report['path'])}, {report['seconds']:.1f} s at {report['fps']:g} frames/s"
    output.result({"tasks": packaged.tasks(), "video": report}, f"video of {', '.join(packaged.tasks())}: {told}")
