"""Records videos of a training while it goes on, each in a process of its own that the training doesn't wait for."""

import contextlib
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any

from gymctl.config import Config
from gymctl.core import children
from gymctl.core.errors import InputError
from gymctl.core.files import remove_leftovers
from gymctl.core.inside import make_directory
from gymctl.core.system import OWN_SESSION, lower_priority
from gymctl.learning.clips import with_clips
from gymctl.runs.directory import Run

_LAST_SECONDS = 120
"""How long the end of a training waits for the last video."""
_GRACE_SECONDS = 5
_LOWEST_PRIORITY = 19


class VideoCapture:
    """Records the policy every few epochs into ``videos/<name>_ep_<epoch>.mp4`` of its run.

    A process gets the policy of that epoch and plays it on one thread at the lowest priority. There is never more than
    one: while it is not done, further videos are left out. Nothing that goes wrong there reaches the training. Leaving
    the context ends the process.

    Args:
        run: The run.
        task: Its task, as the command line knows it.
        config: Its resolved config.
        every: Epochs from one video to the next.
        graphics: Which OpenGL draws; see `gymctl.rendering.graphics.choose`.
        say: Tells the user something.
    """

    def __init__(
        self, run: Run, task: str, config: Config, every: int, graphics: str, say: Callable[[str], None]
    ) -> None:
        self.videos: list[Path] = []
        """Those that are there."""
        self._run = run
        self._task = task
        self._config = config
        self._every = every
        self._graphics = graphics
        self._say = say
        self._process: subprocess.Popen[Any] | None = None
        self._path = Path()
        self._has_failed = False
        self._scratch = tempfile.TemporaryDirectory(prefix="gymctl-video-", ignore_cleanup_errors=True)
        self._errors = Path(self._scratch.name, "errors")

    def __enter__(self) -> "VideoCapture":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process is not None:
            self._process.terminate()
            try:
                self._process.wait(_GRACE_SECONDS)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        with contextlib.suppress(InputError, OSError):
            remove_leftovers(self._run.videos_dir, self._run.path)
        self._scratch.cleanup()

    def after_epoch(self, epoch: int, save: Callable[[str], None]) -> None:
        """Starts a video when it is time.

        Args:
            epoch: The epoch that has ended.
            save: Writes a checkpoint of it to a path that lacks the ``.pth``.
        """
        if epoch % self._every == 0:
            if self._is_busy():
                self._say(f"no video of epoch {epoch}: {self._path.name} isn't done yet")
                return
            try:
                self._start(epoch, save)
            except (InputError, OSError) as error:
                reason = error.what if isinstance(error, InputError) else error.strerror or error
                self._fail(f"{self._path.name}: {reason}")

    def finish(self, should_stop: Callable[[], bool]) -> None:
        """Waits for the last video, for two minutes at most.

        Args:
            should_stop: Asked meanwhile; then the video is left out.
        """
        deadline = time.monotonic() + _LAST_SECONDS
        if self._is_busy() and not should_stop():
            self._say(f"waiting for {self._path.name}; Ctrl-C leaves it out")
        while self._is_busy() and time.monotonic() < deadline and not should_stop():
            time.sleep(0.1)
        if self._is_busy():
            self._say(f"{self._path.name} is left out, for it isn't done yet")

    def _start(self, epoch: int, save: Callable[[str], None]) -> None:
        name = self._run.experiment
        self._path = self._run.videos_dir / f"{name}_ep_{epoch}.mp4"
        make_directory(self._run.videos_dir, self._run.path)
        played = Run(Path(self._scratch.name))
        played.nn_dir.mkdir(exist_ok=True)
        played.write_config(with_clips(self._config, played))
        save(str(played.nn_dir / "policy"))
        checkpoint = str(played.nn_dir / "policy.pth")
        module = "gymctl.learning.record_video"
        with self._errors.open("wb") as errors:
            self._process = subprocess.Popen(
                children.python(module, self._task, checkpoint, str(self._path), self._graphics),
                env=children.environment(MUJOCO_GL=self._graphics, OMP_NUM_THREADS="1", LP_NUM_THREADS="1"),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=errors,
                **OWN_SESSION,  # Ctrl-C is for the training
            )
        lower_priority(self._process.pid, _LOWEST_PRIORITY)

    def _is_busy(self) -> bool:
        """Whether a video is being made; one that has come to its end is noted down."""
        if self._process is None:
            return False
        code = self._process.poll()
        if code is None:
            return True
        self._process = None
        if code == 0:
            self.videos.append(self._path)
        else:
            lines = self._errors.read_text(encoding="utf-8", errors="replace").splitlines()
            self._fail(f"{self._path.name}: {(lines or [f'exit code {code}'])[-1]}")
        return False

    def _fail(self, reason: str) -> None:
        if not self._has_failed:
            self._say(f"no video {reason}; the training goes on, and further failures are not told")
        self._has_failed = True
