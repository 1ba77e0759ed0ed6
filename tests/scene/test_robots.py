"""What makes a robot of a model file ready for a task."""

import mujoco
import pytest

from gymctl.scene.robots import FLOOR, add_floor, frame_robot, name_parts
from tests.scaffold.conftest import ROBOTS


@pytest.mark.parametrize("robot", ["quadruped.xml", "hopper.urdf"])
def test_the_floor_has_squares_by_which_motion_is_seen(robot):
    spec = mujoco.MjSpec.from_file(str(ROBOTS / robot))
    add_floor(spec, 0.7)
    model = spec.compile()
    floor = model.geom(FLOOR)
    texture = model.mat_texid[floor.matid[0], mujoco.mjtTextureRole.mjTEXROLE_RGB]
    first = model.tex_adr[texture]
    colours = model.tex_data[first : first + model.tex_width[texture] * model.tex_height[texture] * 3].reshape(-1, 3)
    assert len({tuple(colour) for colour in colours.tolist()}) == 3
    assert floor.friction[0] == pytest.approx(0.7)
    assert mujoco.mjtTexture.mjTEXTURE_SKYBOX in model.tex_type


def test_a_ground_of_the_files_own_stays_the_only_one():
    spec = mujoco.MjSpec.from_string("<mujoco><worldbody><geom type='plane' size='1 1 1'/></worldbody></mujoco>")
    add_floor(spec, 1.0)
    assert spec.compile().ngeom == 1


def extent(change=lambda spec: None):
    """Of what pictures of the quadruped show, which a body 20 m above it moves beside."""
    spec = mujoco.MjSpec.from_file(str(ROBOTS / "quadruped.xml"))
    body = spec.worldbody.add_body(name="far", pos=[0, 0, 20], mass=0.1, inertia=[0.1] * 3)
    body.add_joint()
    change(spec)
    name_parts(spec)
    frame_robot(spec)
    return spec.compile().stat.extent


def test_pictures_show_the_robot_and_not_what_else_moves():
    assert 0.3 < extent() < 2.0


def test_pictures_show_what_the_file_says():
    def say(spec):
        spec.stat.extent = 7.0

    assert extent(say) == 7.0
