"""Videos as they are read back: what is in the files and what is in the pictures."""

from itertools import pairwise

import av
import numpy as np
import pytest
import torch
from PIL import Image

from gymctl.core.errors import InputError
from gymctl.rendering.recorder import VideoRecorder
from gymctl.rendering.settings import VideoSettings

pytestmark = pytest.mark.slow

GAP = 2


def record(env, path, opengl, *, envs=1, size="128x96", seconds=0.4, fps=None, speed=1.0):
    """Records a random policy, which plays a little longer than the video; returns the recorder's report."""
    generator = torch.Generator().manual_seed(0)
    recorder = VideoRecorder(VideoSettings.check(path, envs, size, seconds, fps, speed), opengl)
    with recorder.recording(env) as recording:
        env.reset()
        for _ in range(recording.num_steps + 5):
            recording.capture()
            env.step(2 * torch.rand(env.num_envs, env.task.num_actions, generator=generator) - 1)
    return recorder.report()


def decode(path):
    """All pictures of an mp4, and its video stream."""
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        return [frame.to_ndarray(format="rgb24") for frame in container.decode(stream)], stream


def test_an_mp4_is_what_browsers_play(make, tmp_path, opengl):
    path = tmp_path / "ant.mp4"
    report = record(make("Ant", 2), path, opengl, seconds=0.5)
    pictures, stream = decode(path)
    assert (stream.codec_context.name, stream.codec_context.pix_fmt) == ("h264", "yuv420p")
    assert (stream.width, stream.height) == (128, 96)
    assert len(pictures) == report["frames"] == 15
    assert float(stream.average_rate) == pytest.approx(report["fps"], abs=1e-3) == pytest.approx(30.12, abs=0.01)
    assert report == {"path": str(path), "frames": 15, "fps": 30.12, "seconds": 0.498, "size": [128, 96], "envs": 1}
    content = path.read_bytes()
    assert content.index(b"moov") < content.index(b"mdat")  # it plays before it is loaded


def test_pictures_are_bright_and_move(make, tmp_path, opengl):
    record(make("Ant", 2), tmp_path / "ant.mp4", opengl)
    pictures, _ = decode(tmp_path / "ant.mp4")
    assert all(picture.mean() > 60 for picture in pictures)
    for one, next_one in pairwise(pictures):
        assert np.abs(one.astype(int) - next_one).max() > 20


def test_tiles_show_different_envs(make, tmp_path, opengl):
    record(make("Humanoid", 5), tmp_path / "four.mp4", opengl, envs=4, size="256x128", seconds=0.3)
    picture = decode(tmp_path / "four.mp4")[0][-1].astype(int)
    quarters = [
        picture[rows, columns] for rows in (slice(64), slice(64, 128)) for columns in (slice(128), slice(128, 256))
    ]
    for number, quarter in enumerate(quarters):
        assert quarter.mean() > 60
        for other in quarters[:number]:
            assert (np.abs(quarter - other).max(2) > 30).mean() > 0.005


def test_a_gif_opens_and_keeps_real_time(make, tmp_path, opengl):
    report = record(make("Anymal", 1), tmp_path / "anymal.gif", opengl, seconds=0.4)
    with Image.open(tmp_path / "anymal.gif") as gif:
        assert (gif.format, gif.size, gif.n_frames) == ("GIF", (128, 96), 10)
        assert gif.info["loop"] == 0
        milliseconds = []
        for frame in range(gif.n_frames):
            gif.seek(frame)
            milliseconds.append(gif.info["duration"])
    assert sum(milliseconds) == pytest.approx(1000 * report["seconds"], abs=50)


def test_slow_motion_repeats_pictures_where_the_rate_asks_for_it(make, tmp_path, opengl):
    record(make("Cartpole", 1), tmp_path / "slow.mp4", opengl, seconds=0.5, fps=40, speed=0.1)
    pictures, stream = decode(tmp_path / "slow.mp4")
    assert (len(pictures), stream.average_rate) == (20, 40)


def test_an_error_leaves_the_video_that_was_there(make, tmp_path, opengl):
    path = tmp_path / "cartpole.mp4"
    path.write_text("an older one")
    env = make("Cartpole", 1)
    recorder = VideoRecorder(VideoSettings.check(path, 1, "64x64", 1.0, None, 1.0), opengl)

    def record_and_fail():
        env.reset()
        with recorder.recording(env) as recording:
            recording.capture()
            raise RuntimeError("the policy fails")

    with pytest.raises(RuntimeError, match="the policy fails"):
        record_and_fail()
    assert path.read_text() == "an older one"
    assert list(tmp_path.iterdir()) == [path]


def test_more_envs_than_there_are_cannot_be_shown(make, tmp_path, opengl):
    with pytest.raises(InputError) as refusal:
        record(make("Cartpole", 2), tmp_path / "cartpole.mp4", opengl, envs=3)
    assert "--num-envs 3" in refusal.value.fix
