"""Video recording of an env while somebody steps it."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Protocol

from torch import Tensor

from gymctl.core.errors import InputError
from gymctl.core.files import atomic_write
from gymctl.core.words import counted
from gymctl.rendering.notes import Note
from gymctl.rendering.renderer import Renderer
from gymctl.rendering.settings import Timing, VideoSettings
from gymctl.rendering.writers import Writer, open_writer
from gymctl.sim.simulation import Simulation


class RecordableEnv(Protocol):
    """The attributes of an env that a recording reads."""

    sim: Simulation
    num_envs: int
    control_dt: float
    """Length of a control step [s]."""
    max_episode_length: int
    """Time limit of an episode [control steps]."""

    @property
    def episode_steps(self) -> Tensor:
        """Control steps of each running episode, int64 ``[num_envs]``."""
        ...


class VideoRecorder:
    """Records a video of the first envs, each in a tile of its own. The file is written whole or not at all.

    Args:
        settings: What the video should be like.
        graphics: The OpenGL to use; see `gymctl.rendering.graphics.choose`.
        threads: Number of encoder threads; 0 lets the encoder choose.
        on_frame: Told after every frame how many there are so far, and how many there will be.
    """

    def __init__(
        self,
        settings: VideoSettings,
        graphics: str,
        threads: int = 0,
        on_frame: Callable[[int, int], None] = lambda done, total: None,
    ) -> None:
        self._settings = settings
        self._graphics = graphics
        self._threads = threads
        self.envs = settings.envs
        """How many are shown."""
        self._on_frame = on_frame
        self._timing: Timing | None = None

    @contextmanager
    def recording(self, env: RecordableEnv, notes: Callable[[], Sequence[Note]] = lambda: ()) -> Iterator["Recording"]:
        """Records what an env does inside the ``with`` block. The file is there afterwards, unless an error ended it.

        Args:
            env: The env. The caller resets and steps it.
            notes: Asked before a frame what is written and drawn over each env.

        Yields:
            The recording, whose `Recording.capture` the caller calls before every step.

        Raises:
            InputError: The env has fewer envs than the video should show, or the picture is too large for this OpenGL.
        """
        settings = self._settings
        if settings.envs > env.num_envs:
            raise InputError(
                f"a video of {counted(settings.envs, 'env')} can't be made from {env.num_envs}",
                f"give --num-envs {settings.envs}, or fewer --video-envs",
            )
        self._timing = timing = Timing.of(settings, env.control_dt, env.max_episode_length)
        renderer = Renderer(env.sim, settings.envs, *settings.size, self._graphics)
        try:
            with atomic_write(settings.path) as temporary:
                writer = open_writer(temporary, settings.kind, settings.size, timing.fps, self._threads)
                yield Recording(env, settings.envs, timing, renderer, writer, notes, self._on_frame)
                writer.close()
        finally:
            renderer.close()

    def report(self) -> dict[str, Any]:
        """The video's path, frames, fps, seconds, size and number of envs. Call it after the recording."""
        assert self._timing is not None
        return {
            "path": str(self._settings.path),
            "frames": self._timing.frames,
            "fps": round(float(self._timing.fps), 3),
            "seconds": round(float(self._timing.frames / self._timing.fps), 3),
            "size": list(self._settings.size),
            "envs": self._settings.envs,
        }


class Recording:
    """A video that is being recorded; `VideoRecorder.recording` makes it.

    Args:
        env: The env.
        count: How many of its envs are shown.
        timing: Which steps become frames.
        renderer: Draws the frames.
        writer: Takes the frames.
        notes: See `VideoRecorder.recording`.
        on_frame: See `VideoRecorder`.
    """

    def __init__(
        self,
        env: RecordableEnv,
        count: int,
        timing: Timing,
        renderer: Renderer,
        writer: Writer,
        notes: Callable[[], Sequence[Note]],
        on_frame: Callable[[int, int], None],
    ) -> None:
        self.num_steps = timing.steps
        """How many calls of `capture` complete the video; further ones add nothing."""
        self._env = env
        self._count = count
        self._timing = timing
        self._renderer = renderer
        self._writer = writer
        self._notes = notes
        self._on_frame = on_frame
        self._step = self._last_step = self._frame = 0

    def capture(self) -> None:
        """Writes the frames that show the env's present state: none, one, or several in slow motion.

        Call it once for every state: after the reset, and then before every step.
        """
        picture = None
        while self._frame < self._timing.frames and self._step == self._timing.step_of(self._frame):
            if picture is None:
                steps = self._step - self._last_step
                running = (self._env.episode_steps[: self._count] >= max(steps, 1)).tolist()
                picture = self._renderer.draw_tiled(steps * self._env.control_dt, running, self._notes())
                self._last_step = self._step
            self._writer.write(picture)
            self._frame += 1
            self._on_frame(self._frame, self._timing.frames)
        self._step += 1
