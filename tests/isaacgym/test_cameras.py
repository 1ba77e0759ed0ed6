"""Cameras without images."""

import pytest

from gymctl.isaacgym import gymapi
from tests.isaacgym.worlds import GYM, make_sim


def _env(graphics_device):
    params = gymapi.SimParams()
    params.use_gpu_pipeline = False
    sim = GYM.create_sim(0, graphics_device, gymapi.SIM_PHYSX, params)
    return sim, GYM.create_env(sim, gymapi.Vec3(), gymapi.Vec3(), 1)


def test_cameras_can_be_placed_but_their_images_are_refused():
    sim, env = _env(0)
    cameras = [GYM.create_camera_sensor(env, gymapi.CameraProperties()) for _ in range(2)]
    assert cameras == [0, 1]
    GYM.set_camera_location(cameras[0], env, gymapi.Vec3(1, 1, 1), gymapi.Vec3())
    GYM.attach_camera_to_body(cameras[1], env, 0, gymapi.Transform(), gymapi.FOLLOW_TRANSFORM)
    for method in (GYM.render_all_camera_sensors, GYM.start_access_image_tensors, GYM.end_access_image_tensors):
        method(sim)
    with pytest.raises(NotImplementedError, match="get_camera_image"):
        GYM.get_camera_image(sim, env, cameras[0], gymapi.IMAGE_COLOR)


def test_there_are_no_cameras_without_graphics():
    assert make_sim().graphics_device < 0
    env = _env(-1)[1]
    assert GYM.create_camera_sensor(env, gymapi.CameraProperties()) == -1
