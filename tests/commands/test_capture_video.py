"""``gymctl train --capture-video``: videos of the policy under way, and a training that doesn't depend on them."""

import os
import signal
import time

import av
import pytest

from tests.commands.test_train import rewards

pytestmark = pytest.mark.slow

TRAIN = ("train", "Cartpole", "--num-envs", 32, "--seed", 3, "task.env.episodeLength=12")


@pytest.fixture(scope="module")
def plain_rewards(tmp_path_factory):
    """Of a training without videos."""
    from tests.commands.conftest import Gymctl

    gymctl = Gymctl(tmp_path_factory.mktemp("plain"))
    return rewards(gymctl.directory / gymctl.json(*TRAIN, "--max-iterations", 4)["run_dir"])


def test_videos_are_made_and_learning_stays_the_same_to_the_bit(gymctl, plain_rewards, opengl):
    result = gymctl.json(*TRAIN, "--max-iterations", 4, "--capture-video", 4)
    run = gymctl.directory / result["run_dir"]
    assert [path.name for path in (run / "videos").iterdir()] == ["Cartpole_ep_4.mp4"]
    assert result["videos"] == [f"{result['run_dir']}/videos/Cartpole_ep_4.mp4"]
    with av.open(str(run / "videos" / "Cartpole_ep_4.mp4")) as container:
        assert sum(1 for _ in container.decode(video=0)) == 6  # an episode at half the control rate
    assert rewards(run) == plain_rewards


def test_a_video_that_fails_is_told_once_and_the_training_goes_on(gymctl, plain_rewards, tmp_path, opengl):
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "av.py").write_text("raise ImportError('no codecs')")
    search_path = os.pathsep.join(filter(None, [str(tmp_path / "broken"), os.environ.get("PYTHONPATH")]))
    done = gymctl(*TRAIN, "--max-iterations", 4, "--capture-video", 1, env={"PYTHONPATH": search_path})
    (run,) = (gymctl.directory / "runs").iterdir()
    assert rewards(run) == plain_rewards
    assert done.stderr.count("no codecs") == 1
    assert list((run / "videos").iterdir()) == []
    assert len(list((run / "nn").glob("last_*"))) == 1


def test_ctrl_c_leaves_no_process_and_no_half_video(gymctl, opengl):
    process = gymctl.start(*TRAIN, "--max-iterations", 100_000, "--capture-video", 2, "task.env.episodeLength=500")
    try:
        videos = _wait_for(lambda: next((gymctl.directory / "runs").glob("*/videos"), None))
        _wait_for(lambda: any(path.name.startswith(".") for path in videos.iterdir()))
        assert _processes_about(videos)
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=60)
    finally:
        process.kill()
    assert process.returncode == 130, errors
    assert "Traceback" not in errors
    assert not _processes_about(videos)
    assert not [path for path in videos.iterdir() if path.name.startswith(".")]


def _wait_for(condition):
    deadline = time.monotonic() + 60
    while not (value := condition()) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert value
    return value


def _processes_about(directory):
    """Processes that record a video into a directory."""
    found = []
    for number in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{number}/cmdline", encoding="utf-8") as file:
                words = file.read().split("\0")
                if "gymctl.learning.record_video" in words and any(directory.name in word for word in words):
                    found += [number] if os.readlink(f"/proc/{number}/cwd") == str(directory.parents[2]) else []
        except OSError:
            continue
    return found
