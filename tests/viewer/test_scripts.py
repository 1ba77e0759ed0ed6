"""The page of a script for Isaac Gym shows its envs and lines, and costs nothing while it isn't open."""

import time
from contextlib import contextmanager

import msgspec
import mujoco
import numpy as np
import pytest
import torch
import viser
from websockets.sync.client import connect

from gymctl.isaacgym.screen import Lines, Picture
from gymctl.sim.mujoco_engine import MujocoSimulation
from gymctl.viewer import scripts
from tests.helpers.viewer_page import CAMERA

ROBOT = """
<mujoco>
  <worldbody>
    <geom type="plane" size="1 1 1"/>
    <body name="ball" pos="0 0 1"><freejoint/><geom type="sphere" size=".1" rgba="0 0 1 1"/></body>
  </worldbody>
</mujoco>
"""


class Script:
    """Worlds that a script simulates, and how often they were looked at."""

    def __init__(self, num_envs):
        self.simulation = MujocoSimulation(mujoco.MjModel.from_xml_string(ROBOT), num_envs)
        self.tints, self.lines, self.looks, self.y_up = {}, [], 0, False

    def picture(self):
        self.looks += 1
        return Picture(self.simulation, 100, 0.5, self.tints, self.lines, self.y_up)


@pytest.fixture
def open_page():
    opened = []

    def open_page(*arguments):
        opened.append(scripts.open_page(*arguments))
        return opened[-1]

    yield open_page
    for page in opened:
        page.close()


@contextmanager
def watching(page):
    """A browser that has the page open."""
    url = page._server.url.replace("http", "ws")
    with connect(url, subprotocols=[f"viser-v{viser.__version__}"]) as browser:
        browser.send(msgspec.msgpack.encode(CAMERA))
        wait_for(page.is_watched)
        yield browser
    wait_for(lambda: not page.is_watched())


def wait_for(condition):
    end = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < end, "it didn't happen"
        time.sleep(0.01)


def draw(page, script):
    """Draws until it is time for a frame."""
    looks = script.looks
    wait_for(lambda: page.draw(script.picture) or script.looks > looks)


def nodes(page, kind):
    """What is in the scene, by name."""
    handles = page._server.scene._handle_from_node_name
    return {name: handle for name, handle in handles.items() if isinstance(handle, kind)}


def balls(page):
    return nodes(page, viser.BatchedMeshHandle)["/sphere"]


def test_the_address_is_told_once(open_page):
    told = []
    page = open_page(2, None, None, lambda url, port: told.append((url, port)))
    page.draw(Script(1).picture)
    assert told == [(page._server.url, page._server.get_port())]


def test_while_no_page_is_open_nothing_is_computed_but_the_first_picture(open_page):
    page, script = open_page(), Script(3)
    for _ in range(50):
        page.draw(script.picture)
        time.sleep(0.002)
    assert script.looks == 1


def test_an_open_page_gets_at_most_thirty_pictures_a_second(open_page):
    page, script = open_page(), Script(3)
    with watching(page):
        start = time.monotonic()
        for _ in range(2000):
            page.draw(script.picture)
        most = 30 * (time.monotonic() - start) + 3
    assert script.looks <= most
    script.simulation.qpos[:, 2] = 7.0
    with watching(page):
        draw(page, script)
        assert balls(page).batched_positions[:, 2] + page._stage.scene._view[2] == pytest.approx(7.0)


def test_as_many_envs_are_shown_as_asked_for_and_the_page_says_of_how_many(open_page):
    page, script = open_page(4), Script(1000)
    with watching(page):
        draw(page, script)
        draw(page, script)
    assert len(balls(page).batched_positions) == 4
    assert "4 of 1,000" in page._panel._figures.content
    assert page._panel._env.options == ("0", "1", "2", "3")


def test_a_world_whose_y_points_up_stands_on_the_page(open_page):
    page, script = open_page(2), Script(2)
    script.y_up = True
    script.simulation.qpos[:, :3] = torch.tensor([1.0, 2.0, 3.0])
    script.simulation.qpos[:, 3:] = torch.tensor([0.5**0.5, 0.0, 0.0, 0.5**0.5])  # its x points along y
    with watching(page):
        draw(page, script)
        stage, ball = page._stage, balls(page)
        places = ball.batched_positions + stage.scene._view
        assert places == pytest.approx(stage.kinematics.offsets + np.array([1.0, -3.0, 2.0]), abs=1e-6)
        axis = np.zeros(3)
        mujoco.mju_rotVecQuat(axis, np.array([1.0, 0.0, 0.0]), ball.batched_wxyzs[0].astype(float))
        assert axis == pytest.approx([0.0, 0.0, 1.0], abs=1e-6)
        (plane,) = nodes(page, viser.GridHandle).values()
        normal = np.zeros(3)
        mujoco.mju_rotVecQuat(normal, np.array([0.0, 0.0, 1.0]), np.array(plane.wxyz))
        assert normal == pytest.approx([0.0, -1.0, 0.0], abs=1e-6), "the model's ground is across z"


def test_lines_stand_beside_their_env_and_go(open_page):
    page, script = open_page(2), Script(3)
    line = np.array([[[0.0, 0.0, 0.0], [0.0, 0.0, 1.0]]])
    red = np.array([[1.0, 0.0, 0.0]])
    script.lines = [Lines(env, line, red) for env in (1, 2, None)]
    with watching(page):
        draw(page, script)
        (drawn,) = nodes(page, viser.LineSegmentsHandle).values()
        offset = page._stage.kinematics.offsets[1]
        assert drawn.points == pytest.approx(np.concatenate([line + offset, line]))
        assert drawn.colors.tolist() == [[[255, 0, 0]] * 2] * 2
        script.lines = []
        draw(page, script)
        assert len(drawn.points) == 0


def test_bodies_take_the_colours_of_the_script_and_lose_them(open_page):
    page, script = open_page(2), Script(2)
    with watching(page):
        for tints, colours in [({}, [[0, 0, 255]] * 2), ({(1, 1): (1.0, 0.5, 0.0)}, [[0, 0, 255], [255, 127, 0]])]:
            script.tints = tints
            draw(page, script)
            assert balls(page).batched_colors.tolist() == colours


def test_worlds_that_were_made_anew_are_shown(open_page):
    page, script = open_page(), Script(3)
    page.draw(script.picture)
    script.simulation = Script(2).simulation
    with watching(page):
        draw(page, script)
        assert len(balls(page).batched_positions) == 2


def test_a_button_chooses_its_action(open_page):
    page = open_page()
    page.offer("V", "sync")
    page.offer("V", "sync")
    page.offer("R", "record")
    buttons = {h.label: h for h in page._server.gui._gui_input_handle_from_uuid.values() if hasattr(h, "on_click")}
    assert list(buttons) == ["V: sync", "R: record"]
    with watching(page) as browser:
        message = {"type": "GuiUpdateMessage", "uuid": buttons["R: record"]._impl.uuid, "updates": {"value": True}}
        browser.send(msgspec.msgpack.encode(message))
        taken = []
        wait_for(lambda: taken.extend(page.take_actions()) or taken)
    assert taken == ["record"]
    assert page.take_actions() == []


def test_the_camera_takes_the_scripts_direction_and_env_before_and_after_the_first_picture(open_page):
    page, script = open_page(), Script(3)
    page.look_from((0.0, 5.0, 0.0), 2)
    page.draw(script.picture)
    camera = page._server.initial_camera
    distance = np.linalg.norm(camera.position)
    assert camera.position == pytest.approx([0, distance, 0])
    assert page._panel.selected == 2
    with watching(page):
        page.look_from((-1.0, 0.0, 0.0), 7)
        assert camera.position == pytest.approx([-distance, 0, 0])
        assert page._panel.selected == 2, "an env that isn't shown can't be selected"
        (client,) = page._server.get_clients().values()
        assert client.camera.position == pytest.approx([-distance, 0, 0])
