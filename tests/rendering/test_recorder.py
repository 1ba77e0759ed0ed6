"""Videos as they are read back: what is in the files and what is in the pictures."""

from itertools import pairwise

import av
import mujoco
import numpy as np
import pytest
import torch
from PIL import Image

from gymctl.config import compose
from gymctl.core.errors import InputError
from gymctl.envs import factory
from gymctl.policies.evaluate import evaluate
from gymctl.rendering.canvas import Canvas, tiles
from gymctl.rendering.recorder import Film
from gymctl.rendering.settings import VideoSettings
from gymctl.rendering.stage import Stage
from gymctl.tasks import registry

GAP = 2


@pytest.fixture
def make():
    """Makes envs, and closes them at the end."""
    envs = []

    def make(task, num_envs, *overrides):
        config = compose(task, settings={"num_envs": num_envs, "seed": 0}, overrides=overrides)
        envs.append(factory.make(config))
        return envs[-1]

    yield make
    for env in envs:
        env.close()


def drawn_at_random(env):
    generator = torch.Generator().manual_seed(0)
    return lambda observations, done: 2 * torch.rand(env.num_envs, env.task.num_actions, generator=generator) - 1


def film(env, path, opengl, *, envs=1, size="128x96", seconds=0.4, fps=None, speed=1.0):
    """Films a random policy; returns the film's report."""
    filmed = Film(VideoSettings.check(path, envs, size, seconds, fps, speed), opengl)
    with filmed.watching(env, drawn_at_random(env)) as (act, steps):
        evaluate(env, act, 1, min_steps=steps)
    return filmed.report()


def decode(path):
    """All pictures of an mp4, and its video stream."""
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        return [frame.to_ndarray(format="rgb24") for frame in container.decode(stream)], stream


def test_an_mp4_is_what_browsers_play(make, tmp_path, opengl):
    path = tmp_path / "ant.mp4"
    report = film(make("Ant", 2), path, opengl, seconds=0.5)
    pictures, stream = decode(path)
    assert (stream.codec_context.name, stream.codec_context.pix_fmt) == ("h264", "yuv420p")
    assert (stream.width, stream.height) == (128, 96)
    assert len(pictures) == report["frames"] == 15
    assert float(stream.average_rate) == pytest.approx(report["fps"], abs=1e-3) == pytest.approx(30.12, abs=0.01)
    assert report == {"path": str(path), "frames": 15, "fps": 30.12, "seconds": 0.498, "size": [128, 96], "envs": 1}
    content = path.read_bytes()
    assert content.index(b"moov") < content.index(b"mdat")  # it plays before it is loaded


def test_pictures_are_bright_and_move(make, tmp_path, opengl):
    film(make("Ant", 2), tmp_path / "ant.mp4", opengl)
    pictures, _ = decode(tmp_path / "ant.mp4")
    assert all(picture.mean() > 60 for picture in pictures)
    for one, next_one in pairwise(pictures):
        assert np.abs(one.astype(int) - next_one).max() > 20


def test_tiles_show_different_envs(make, tmp_path, opengl):
    film(make("Humanoid", 5), tmp_path / "four.mp4", opengl, envs=4, size="256x128", seconds=0.3)
    picture = decode(tmp_path / "four.mp4")[0][-1].astype(int)
    quarters = [
        picture[rows, columns] for rows in (slice(64), slice(64, 128)) for columns in (slice(128), slice(128, 256))
    ]
    for number, quarter in enumerate(quarters):
        assert quarter.mean() > 60
        for other in quarters[:number]:
            assert (np.abs(quarter - other).max(2) > 30).mean() > 0.005


@pytest.mark.parametrize("count", [1, 2, 3, 4, 5, 9, 12, 64])
def test_tiles_are_equal_and_do_not_overlap(count):
    picture = np.zeros((360, 640), int)
    places = tiles(count, 640, 360)
    for place in places:
        assert place.left >= 0 <= place.bottom
        picture[place.bottom : place.bottom + place.height, place.left : place.left + place.width] += 1
    assert picture.max() == 1
    assert picture.sum() == count * places[0].width * places[0].height
    assert len(places) == count


def test_a_gif_opens_and_keeps_real_time(make, tmp_path, opengl):
    report = film(make("Anymal", 1), tmp_path / "anymal.gif", opengl, seconds=0.4)
    with Image.open(tmp_path / "anymal.gif") as gif:
        assert (gif.format, gif.size, gif.n_frames) == ("GIF", (128, 96), 10)
        assert gif.info["loop"] == 0
        milliseconds = []
        for frame in range(gif.n_frames):
            gif.seek(frame)
            milliseconds.append(gif.info["duration"])
    assert sum(milliseconds) == pytest.approx(1000 * report["seconds"], abs=50)


def test_slow_motion_repeats_pictures_where_the_rate_asks_for_it(make, tmp_path, opengl):
    film(make("Cartpole", 1), tmp_path / "slow.mp4", opengl, seconds=0.5, fps=40, speed=0.1)
    pictures, stream = decode(tmp_path / "slow.mp4")
    assert (len(pictures), stream.average_rate) == (20, 40)


def test_an_error_leaves_the_video_that_was_there(make, tmp_path, opengl):
    path = tmp_path / "cartpole.mp4"
    path.write_text("an older one")
    env = make("Cartpole", 1)
    filmed = Film(VideoSettings.check(path, 1, "64x64", 1.0, None, 1.0), opengl)

    def fail(observations, done):
        raise RuntimeError("the policy fails")

    with pytest.raises(RuntimeError, match="the policy fails"), filmed.watching(env, fail) as (act, _):
        evaluate(env, act, 1)
    assert path.read_text() == "an older one"
    assert list(tmp_path.iterdir()) == [path]


def test_more_envs_than_there_are_cannot_be_shown(make, tmp_path, opengl):
    with pytest.raises(InputError) as refusal:
        film(make("Cartpole", 2), tmp_path / "cartpole.mp4", opengl, envs=3)
    assert "--num-envs 3" in refusal.value.fix


def robot_pixels(stage, canvas, places):
    """Where robots are: a mask ``[height, width]``."""
    scene, model = stage.scenes[0], stage.model
    for flag in (mujoco.mjtRndFlag.mjRND_SEGMENT, mujoco.mjtRndFlag.mjRND_IDCOLOR):
        scene.flags[flag] = True
    ids = canvas.draw(stage.scenes, places).astype(int) @ (1, 256, 65536)
    robots = [
        geom.segid + 1
        for geom in scene.geoms[: scene.ngeom]
        if geom.objtype == mujoco.mjtObj.mjOBJ_GEOM and model.geom_bodyid[geom.objid] > 0
    ]
    return np.isin(ids, robots)


@pytest.mark.parametrize("task", registry.names())
def test_the_camera_keeps_the_robot_in_the_picture(make, opengl, task):
    """Also one that is thrown at 4 m/s."""
    if task == "Reacher":
        pytest.skip("not a task of this package")
    env = make(task, 2, *(["task.env.terrain.numLevels=2"] if task == "AnymalTerrain" else []))
    env.reset()
    stage, places = Stage(env, 1), tiles(1, 160, 90)
    canvas = Canvas(stage.model, 160, 90, opengl)
    stage.update(0)
    followed = stage.model.jnt_type[0] == mujoco.mjtJoint.mjJNT_FREE
    for _ in range(2 if task == "BallBalance" else 12):
        if followed and task != "BallBalance":
            env.sim.qvel[:, 0] = 4.0
        env.step(torch.zeros(2, env.task.num_actions))
        stage.update(1)
    rows, columns = robot_pixels(stage, canvas, places).nonzero()
    canvas.close()
    assert rows.size > 0.003 * 160 * 90
    assert 0.2 < rows.mean() / 90 < 0.8
    assert 0.2 < columns.mean() / 160 < 0.8


def test_each_tile_shows_its_own_envs_model(make, opengl):
    env = make("Ant", 2)
    env.reset()
    env.sim.expand("geom_rgba")[1, :, :3] = torch.tensor([1.0, 0.0, 0.0])
    stage, places = Stage(env, 2), tiles(2, 128, 64)
    canvas = Canvas(stage.model, 128, 64, opengl)
    stage.update(0)
    picture = canvas.draw(stage.scenes, places).astype(int)
    canvas.close()
    redness = picture[..., 0] - picture[..., 2]
    assert redness[:, 64:].mean() > redness[:, :64].mean() + 20
