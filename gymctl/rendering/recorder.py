"""Filming an env while it is played."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import Any

from torch import Tensor

from gymctl.core.errors import InputError
from gymctl.core.files import atomic_write
from gymctl.envs.vec_env import VecEnv
from gymctl.rendering.canvas import Canvas, tiles
from gymctl.rendering.settings import Timing, VideoSettings
from gymctl.rendering.stage import Stage
from gymctl.rendering.writers import GifWriter, Mp4Writer, Writer

Act = Callable[[Tensor, Tensor | None], Tensor]


class Film:
    """A video of the first envs, each in a tile of its own, written whole or not at all.

    Args:
        settings: What it is to be like.
        graphics: Which OpenGL draws it; see `gymctl.rendering.graphics.choose`.
        threads: Threads that encode; 0 for as many as the encoder likes.
    """

    def __init__(self, settings: VideoSettings, graphics: str, threads: int = 0) -> None:
        self._settings = settings
        self._graphics = graphics
        self._threads = threads
        self._timing: Timing | None = None

    @contextmanager
    def watching(self, env: VecEnv, act: Act) -> Iterator[tuple[Act, int]]:
        """Films what an env does; afterwards the video is there, unless an error has ended the block.

        Args:
            env: The env.
            act: The policy.

        Yields:
            The policy that lets the camera run, to be asked before every step, and how many steps the video needs.

        Raises:
            InputError: The env isn't as many as the video is to show.
        """
        settings = self._settings
        if settings.envs > env.num_envs:
            raise InputError(
                f"a video of {settings.envs} envs can't be made from {env.num_envs}",
                f"give --num-envs {settings.envs}, or fewer --video-envs",
            )
        self._timing = timing = Timing.of(settings, env.control_dt, env.max_episode_length)
        take = _Take(env, settings, timing, self._graphics)

        def act_on_camera(observations: Tensor, done: Tensor | None) -> Tensor:
            take.look(writer)
            return act(observations, done)

        try:
            with atomic_write(settings.path) as temporary:
                writer = self._open(temporary, timing.fps)
                yield act_on_camera, timing.steps
                writer.close()
        finally:
            take.close()

    def report(self) -> dict[str, Any]:
        """What the video is like, once it is there."""
        assert self._timing is not None
        return {
            "path": str(self._settings.path),
            "frames": self._timing.frames,
            "fps": round(float(self._timing.fps), 3),
            "seconds": round(float(self._timing.frames / self._timing.fps), 3),
            "size": list(self._settings.size),
            "envs": self._settings.envs,
        }

    def _open(self, path: Path, fps: Fraction) -> Writer:
        width, height = self._settings.size
        if self._settings.kind == ".gif":
            return GifWriter(path, width, height, fps)
        return Mp4Writer(path, width, height, fps, self._threads)


class _Take:
    """The frames of a video, from the states that an env goes through."""

    def __init__(self, env: VecEnv, settings: VideoSettings, timing: Timing, graphics: str) -> None:
        self._timing = timing
        self._stage = Stage(env, settings.envs)
        self._places = tiles(settings.envs, *settings.size)
        self._canvas = Canvas(self._stage.model, *settings.size, graphics)
        self._step = self._last_step = self._frame = 0

    def look(self, writer: Writer) -> None:
        """Writes the frames that show the present state: none, one, or in slow motion several."""
        picture = None
        while self._frame < self._timing.frames and self._step == self._timing.step_of(self._frame):
            if picture is None:
                self._stage.update(self._step - self._last_step)
                picture = self._canvas.draw(self._stage.scenes, self._places)
                self._last_step = self._step
            writer.write(picture)
            self._frame += 1
        self._step += 1

    def close(self) -> None:
        """Frees what OpenGL holds."""
        self._canvas.close()
