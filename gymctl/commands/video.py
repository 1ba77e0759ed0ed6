"""The video flags of ``gymctl play``, and the video that they ask for."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from gymctl.rendering.settings import VideoSettings

_PANEL = "Video"


@dataclass(frozen=True)
class VideoFlags:
    """The film that the user asks for."""

    video: Annotated[
        Path | None,
        typer.Option(
            "--video",
            metavar="FILE",
            help="Film it: an .mp4 that browsers play, or a small .gif.",
            show_default=False,
            rich_help_panel=_PANEL,
        ),
    ] = None
    video_envs: Annotated[
        int, typer.Option("--video-envs", metavar="N", help="Show the first N envs, tiled.", rich_help_panel=_PANEL)
    ] = 1
    video_length: Annotated[
        float | None,
        typer.Option(
            "--video-length",
            metavar="SECONDS",
            help="How long it plays; default an episode, at most 10 s (.gif: 5 s).",
            rich_help_panel=_PANEL,
        ),
    ] = None
    video_size: Annotated[
        str | None,
        typer.Option(
            "--video-size",
            metavar="WxH",
            help="Pixels of the whole picture; default 1280x720 (.gif: 480x270).",
            rich_help_panel=_PANEL,
        ),
    ] = None
    video_fps: Annotated[
        float | None,
        typer.Option(
            "--video-fps",
            metavar="FPS",
            help="Frames per second. Default: control rate divided by a whole number, at most 30 (.gif: 25).",
            rich_help_panel=_PANEL,
        ),
    ] = None
    video_speed: Annotated[
        float,
        typer.Option("--video-speed", metavar="X", help="1 is real time, 0.5 half as fast.", rich_help_panel=_PANEL),
    ] = 1.0

    def check(self) -> "tuple[VideoSettings, str] | None":
        """Finds out whether this can be filmed before any policy is loaded.

        Returns:
            The settings and the OpenGL that draws; None without ``--video``.

        Raises:
            InputError: There is no such video, or it can't be written there.
            BackendError: Nothing can draw here.
        """
        if self.video is None:
            return None
        from gymctl.rendering import graphics
        from gymctl.rendering.settings import VideoSettings

        settings = VideoSettings.check(
            self.video, self.video_envs, self.video_size, self.video_length, self.video_fps, self.video_speed
        )
        return settings, graphics.choose()
