"""Several policies in one film: each in its tile, moving at the same pace."""

import av
import numpy as np
import pytest

from gymctl.core.errors import InputError
from gymctl.policies.film import film_policies
from gymctl.policies.find import find_policy_to_play
from gymctl.rendering.settings import VideoSettings

pytestmark = pytest.mark.slow


def test_each_policy_moves_in_a_tile_of_its_own(tmp_path, opengl):
    sources = [
        find_policy_to_play(task, "pretrained", settings={"num_envs": 1, "sim_device": "cpu", "rl_device": "cpu"})
        for task in ("Ant", "Cartpole", "Quadcopter")
    ]
    settings = VideoSettings.check(tmp_path / "three.mp4", 1, "256x128", 0.3, None, 1.0)
    told = []
    report = film_policies(sources, settings, opengl, lambda done, total: told.append((done, total)))
    assert told == [(frame, 9) for frame in range(1, 10)]
    assert report == {
        "path": str(tmp_path / "three.mp4"),
        "frames": 9,
        "fps": 30.0,
        "seconds": 0.3,
        "size": [256, 128],
        "envs": 3,
    }
    with av.open(report["path"]) as video:
        first, *_, last = [frame.to_ndarray(format="rgb24").astype(int) for frame in video.decode(video=0)]
    tiles = [np.s_[:63, :127], np.s_[:63, 129:], np.s_[65:, :127]]
    assert all(first[tile].mean() > 60 for tile in tiles)
    assert all(np.abs(last[tile] - first[tile]).max() > 60 for tile in tiles)
    assert np.abs(first[tiles[0]] - first[tiles[2]]).mean() > 5
    assert first[65:, 129:].mean() < 20, "no fourth policy"


def test_what_cant_be_drawn_leaves_no_file(tmp_path, opengl):
    source = find_policy_to_play("Cartpole", "pretrained", settings={"num_envs": 1, "sim_device": "cpu"})
    settings = VideoSettings(tmp_path / "large.mp4", 1, (100_000, 64), 0.1, None, 1.0)
    with pytest.raises(InputError, match="100000x64"):
        film_policies([source], settings, opengl)
    assert list(tmp_path.iterdir()) == []
