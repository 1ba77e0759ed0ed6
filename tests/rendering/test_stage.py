"""Scenes show the robot in the middle of the picture, whatever it does, and each world's own model."""

import mujoco
import numpy as np
import pytest
import torch

from gymctl.rendering.canvas import Canvas, tiles
from gymctl.rendering.stage import Stage
from gymctl.tasks import registry


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
    stage, places = Stage(env.sim, 1), tiles(1, 160, 90)
    canvas = Canvas(stage.model, 160, 90, opengl)
    stage.update(0.0, [False])
    followed = stage.model.jnt_type[0] == mujoco.mjtJoint.mjJNT_FREE
    for _ in range(2 if task == "BallBalance" else 12):
        if followed and task != "BallBalance":
            env.sim.qvel[:, 0] = 4.0
        env.step(torch.zeros(2, env.task.num_actions))
        stage.update(env.control_dt, [True])
    rows, columns = robot_pixels(stage, canvas, places).nonzero()
    canvas.close()
    assert rows.size > 0.003 * 160 * 90
    assert 0.2 < rows.mean() / 90 < 0.8
    assert 0.2 < columns.mean() / 160 < 0.8


def test_each_tile_shows_its_own_envs_model(make, opengl):
    env = make("Ant", 2)
    env.reset()
    env.sim.expand("geom_rgba")[1, :, :3] = torch.tensor([1.0, 0.0, 0.0])
    stage, places = Stage(env.sim, 2), tiles(2, 128, 64)
    canvas = Canvas(stage.model, 128, 64, opengl)
    stage.update(0.0, [False, False])
    picture = canvas.draw(stage.scenes, places).astype(int)
    canvas.close()
    redness = picture[..., 0] - picture[..., 2]
    assert redness[:, 64:].mean() > redness[:, :64].mean() + 20
