"""Settings of a video: checked before anything is loaded, and in real time by default."""

from fractions import Fraction
from pathlib import Path

import pytest

from gymctl.core.errors import InputError
from gymctl.rendering.settings import Timing, VideoSettings


def check(name="ant.mp4", envs=1, size=None, seconds=None, fps=None, speed=1.0):
    return VideoSettings.check(Path(name), envs, size, seconds, fps, speed)


@pytest.mark.parametrize(
    ("wish", "word"),
    [
        ({"name": "ant.avi"}, ".mp4"),
        ({"name": "ant"}, ".gif"),
        ({"name": "nowhere/ant.mp4"}, "choose another"),
        ({"envs": 0}, "1 to 64"),
        ({"envs": 65}, "1 to 64"),
        ({"size": "640"}, "1280x720"),
        ({"size": "641x360"}, "even"),
        ({"size": "64x99999"}, "4096"),
        ({"size": "0x0"}, "64"),
        ({"seconds": 0.0}, "more than 0"),
        ({"seconds": float("nan")}, "3600"),
        ({"fps": -1.0}, "240"),
        ({"fps": 0.0004}, "give 0.1 to 240"),
        ({"fps": 60.0, "name": "ant.gif"}, "50"),
        ({"speed": 0.0}, "0.01"),
    ],
)
def test_what_is_no_video_is_refused_with_what_would_be_one(wish, word):
    with pytest.raises(InputError) as refusal:
        check(**wish)
    assert word in refusal.value.fix


def test_a_directory_is_no_video(tmp_path):
    (tmp_path / "runs.mp4").mkdir()
    with pytest.raises(InputError, match="directory"):
        check(tmp_path / "runs.mp4")


def test_kinds_differ_in_size_and_rate():
    assert check().size == (1280, 720)
    assert check("ant.GIF").size == (480, 270)
    assert check(size="640x360").size == (640, 360)
    dt, length = 0.02, 1000
    assert Timing.of(check(), dt, length).fps == Timing.of(check("ant.gif"), dt, length).fps == 25
    assert Timing.of(check(), 1 / 60, length).fps == 30
    assert Timing.of(check("ant.gif"), 1 / 60, length).fps == 20


def test_a_video_is_an_episode_long_unless_that_is_too_long():
    assert Timing.of(check(), 0.02, 100).frames == 50
    assert Timing.of(check(), 0.02, 10_000).frames == 250
    assert Timing.of(check(seconds=1.0), 0.02, 10_000).frames == 25


@pytest.mark.parametrize("fps", [None, 7.0, 24.0, 50.0, 120.0])
@pytest.mark.parametrize("speed", [0.25, 1.0, 3.0])
def test_it_plays_at_the_speed_that_is_asked_for(fps, speed):
    dt = 0.0166
    timing = Timing.of(check(seconds=4.0, fps=fps, speed=speed), dt, 1000)
    for frame in (0, timing.frames // 2, timing.frames - 1):
        at = float(frame / timing.fps)
        assert timing.step_of(frame) * dt == pytest.approx(at * speed, abs=dt)
    assert timing.frames == pytest.approx(4.0 * timing.fps, abs=1)
    assert timing.steps == timing.step_of(timing.frames - 1) + 1


def test_every_frame_is_a_whole_number_of_steps_on_from_the_last_by_default():
    timing = Timing.of(check(), 0.0166, 1000)
    assert timing.fps == Fraction(5000, 83) / 2
    assert {timing.step_of(k + 1) - timing.step_of(k) for k in range(timing.frames)} == {2}
