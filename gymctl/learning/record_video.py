"""Records a video of one checkpoint: ``python -m gymctl.learning.record_video TASK CHECKPOINT VIDEO OPENGL``.

`VideoCapture` runs it beside a training. Its last line on stderr says what went wrong, if something did.
"""

import sys
from pathlib import Path

from gymctl.config import settings_of
from gymctl.core.errors import GymctlError
from gymctl.envs.factory import resolve_backend
from gymctl.policies.find import find_policy_to_play
from gymctl.policies.modes import ActionMode
from gymctl.policies.play import play
from gymctl.rendering.recorder import VideoRecorder
from gymctl.rendering.settings import VideoSettings

_SIZE = "640x360"
_SETTINGS = settings_of(num_envs=1, device="cpu", engine="mujoco")


def record_video(task: str, checkpoint: str, video: Path, graphics: str) -> None:
    """Plays an episode of a checkpoint on one thread and records it.

    Args:
        task: Name of a task YAML.
        checkpoint: The ``.pth`` file, in a run directory.
        video: The file to write.
        graphics: Which OpenGL draws.

    Raises:
        GymctlError: The policy can't be played, or the video can't be written.
    """
    source = find_policy_to_play(task, checkpoint, settings=_SETTINGS, overrides=["num_threads=1"])
    recorder = VideoRecorder(VideoSettings.check(video, 1, _SIZE, None, None, 1.0), graphics)
    play(source, ActionMode("mean"), resolve_backend(source.config), 1, recorder=recorder)


if __name__ == "__main__":
    try:
        record_video(sys.argv[1], sys.argv[2], Path(sys.argv[3]), sys.argv[4])
    except GymctlError as error:
        print(error.what, file=sys.stderr)  # noqa: T201
        sys.exit(1)
