"""``gymctl play --video``: a video beside the numbers, or two lines that say why there is none."""

import signal
import time

import av
import pytest

pytestmark = pytest.mark.slow

SMALL = ("--video-size", "64x64")


def test_a_video_comes_with_the_numbers_and_is_as_long_as_asked_for(trained, tmp_path, opengl):
    path = tmp_path / "cartpole.mp4"
    arguments = ("play", "Cartpole", "--episodes", 3, "task.env.episodeLength=20")
    plain = trained.gymctl.json(*arguments)
    result = trained.gymctl.json(*arguments, "--video", path, *SMALL, "--video-envs", 2, "--video-length", 0.5)
    expected = {"path": str(path), "frames": 15, "fps": 30.12, "seconds": 0.498, "size": [64, 64], "envs": 2}
    assert result["video"] == expected
    assert "video" not in plain
    assert (result["reward"], result["length"]) == (plain["reward"], plain["length"])  # 19 steps are measured, 29 shown
    with av.open(str(path)) as container:
        assert sum(1 for _ in container.decode(video=0)) == 15


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["--video", "cartpole.avi"], ".mp4"),
        (["--video", "nowhere/cartpole.mp4"], "make it"),
        (["--video", "a.mp4", "--video-size", "big"], "1280x720"),
        (["--video", "a.mp4", "--video-envs", "0"], "1 to 64"),
        (["--video", "a.gif", "--video-fps", "100"], "50"),
    ],
)
def test_what_cannot_be_filmed_is_refused(refuse, arguments, word):
    assert word in refuse("play", "Cartpole", *arguments).fix


@pytest.mark.parametrize(
    "command", [("play", "Cartpole", "--video", "a.mp4"), ("train", "Cartpole", "--capture-video", 1)]
)
def test_without_opengl_nothing_is_begun(refuse, tmp_path, command):
    refusal = refuse(*command, code=3, env={"MUJOCO_GL": "", "PYOPENGL_PLATFORM": "darwin"})
    assert "apt install libegl1" in refusal.fix
    assert list(tmp_path.iterdir()) == []


def test_sigterm_leaves_the_video_that_was_there_and_nothing_else(trained, tmp_path, opengl):
    (tmp_path / "a.mp4").write_text("an older one")
    process = trained.gymctl.start(
        "play", "Cartpole", "--num-envs", 1, "--video", tmp_path / "a.mp4", *SMALL, "--video-length", 3600
    )
    try:
        deadline = time.monotonic() + 60
        while len(list(tmp_path.iterdir())) == 1 and time.monotonic() < deadline:
            time.sleep(0.05)
        process.terminate()
        _, errors = process.communicate(timeout=60)
    finally:
        process.kill()
    assert process.returncode == 128 + signal.SIGTERM, errors
    assert "Traceback" not in errors
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("a.mp4", "an older one")]
