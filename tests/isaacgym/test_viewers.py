"""What a script draws reaches the screen, and a script isn't slowed down while nobody watches."""

import numpy as np
import pytest
from matplotlib.image import imread

from gymctl.core.errors import InputError
from gymctl.isaacgym import gymapi, gymutil, install, screen
from gymctl.isaacgym.gym import viewers
from tests.isaacgym.worlds import GYM, PENDULUM, add_envs, at, load, make_sim, simulate

TOGGLE = "toggle_viewer_sync"


class Notebook:
    """A screen that keeps what it is told."""

    def __init__(self):
        self.watched, self.pictures, self.looks, self.offered, self.chosen, self.closed = True, [], [], [], [], False

    def is_watched(self):
        return self.watched

    def draw(self, picture):
        self.pictures.append(picture())

    def look_from(self, direction, env):
        self.looks.append((direction, env))

    def offer(self, key, action):
        self.offered.append((key, action))

    def take_actions(self):
        actions, self.chosen = self.chosen, []
        return actions

    def close(self):
        self.closed = True


@pytest.fixture
def notebook(monkeypatch):
    made = Notebook()
    monkeypatch.setattr(screen, "_opener", None)
    screen.choose(lambda: made)
    return made


@pytest.fixture
def sim(tmp_path):
    sim = make_sim()
    pendulum = load(sim, tmp_path, PENDULUM, fix_base_link=True)

    def fill(env, index):
        GYM.create_actor(env, pendulum, at(z=2.0), "first", index, 0)
        GYM.create_actor(env, pendulum, at(y=3.0, z=2.0), "second", index, 0)

    add_envs(sim, 2, fill)
    return sim


@pytest.fixture
def viewer(sim, notebook):
    return GYM.create_viewer(sim, gymapi.CameraProperties())


def draw(sim, viewer, notebook):
    """The picture that one drawing gives."""
    GYM.step_graphics(sim)
    GYM.draw_viewer(viewer, sim, True)
    return notebook.pictures[-1]


def test_without_a_screen_scripts_run_and_are_told_so_once(sim, monkeypatch, caplog):
    monkeypatch.setattr(screen, "_opener", None)
    viewer = GYM.create_viewer(sim, gymapi.CameraProperties())
    GYM.prepare_sim(sim)
    GYM.subscribe_viewer_keyboard_event(viewer, gymapi.KEY_V, "jump")
    GYM.viewer_camera_look_at(viewer, None, gymapi.Vec3(1, 2, 3), gymapi.Vec3())
    GYM.draw_viewer(viewer, sim, True)
    GYM.add_lines(viewer, None, 1, [0, 0, 0, 1, 1, 1], [1, 0, 0])
    GYM.clear_lines(viewer)
    GYM.sync_frame_time(sim)
    assert GYM.query_viewer_action_events(viewer) == []
    assert not GYM.query_viewer_has_closed(viewer)
    GYM.destroy_viewer(viewer)
    assert "create_viewer: nothing is shown" in caplog.text


def test_headless_code_may_pass_none(sim):
    GYM.clear_lines(None)
    GYM.draw_viewer(None, sim, True)
    GYM.add_lines(None, None, 1, [0] * 6, [0] * 3)
    GYM.sync_frame_time(sim)
    assert GYM.query_viewer_action_events(None) == []


def test_install_chooses_what_viewers_draw_on(sim, monkeypatch):
    monkeypatch.setattr(screen, "_opener", None)
    made = Notebook()
    install(viewer=lambda: made)
    GYM.destroy_viewer(GYM.create_viewer(sim, gymapi.CameraProperties()))
    assert made.closed


def test_a_viewer_shows_the_simulation_as_it_is(sim, viewer, notebook):
    GYM.draw_viewer(viewer, sim, True)
    assert notebook.pictures == [], "there is nothing before prepare_sim"
    GYM.prepare_sim(sim)
    simulate(sim, 3)
    picture = draw(sim, viewer, notebook)
    assert picture.simulation is sim.live.simulation
    assert (picture.frames, picture.time) == (3, pytest.approx(0.03))


def test_colours_are_told_by_body_and_anew_when_they_change(sim, viewer, notebook):
    env = GYM.get_env(sim, 1)
    GYM.set_rigid_body_color(env, 1, 1, gymapi.MESH_VISUAL, gymapi.Vec3(1, 0.5, 0))
    GYM.set_rigid_body_color(env, 0, 0, gymapi.MESH_COLLISION, gymapi.Vec3(0, 0, 1))
    GYM.prepare_sim(sim)
    first = draw(sim, viewer, notebook)
    model = first.simulation.model
    assert first.tints == {(1, model.body("1/arm").id): (1.0, 0.5, 0.0)}
    assert draw(sim, viewer, notebook).tints is first.tints
    GYM.set_rigid_body_color(env, 1, 1, gymapi.MESH_VISUAL_AND_COLLISION, gymapi.Vec3(0, 1, 0))
    assert draw(sim, viewer, notebook).tints == {(1, model.body("1/arm").id): (0.0, 1.0, 0.0)}


LINE = [0.0, 1.0, 2.0, 3.0, 4.0, 5.0]


@pytest.mark.parametrize(
    ("vertices", "colours"),
    [
        (LINE, [1.0, 0.0, 0.5]),
        (np.array([LINE]), np.array([[1.0, 0.0, 0.5]])),
        (np.array([(0, 1, 2), (3, 4, 5)], gymapi.Vec3.dtype), np.array([(1, 0, 0.5)], gymapi.Vec3.dtype)),
    ],
    ids=["lists", "arrays", "vectors"],
)
def test_lines_are_drawn_until_they_are_cleared(sim, viewer, notebook, vertices, colours):
    GYM.prepare_sim(sim)
    GYM.add_lines(viewer, GYM.get_env(sim, 1), 1, vertices, colours)
    for _ in range(2):
        (lines,) = draw(sim, viewer, notebook).lines
        assert lines.env == 1
        assert lines.ends.tolist() == [[[0, 1, 2], [3, 4, 5]]]
        assert lines.colours.tolist() == [[1, 0, 0.5]]
    GYM.clear_lines(viewer)
    assert draw(sim, viewer, notebook).lines == []


def test_wireframes_become_lines(sim, viewer, notebook):
    GYM.prepare_sim(sim)
    gymutil.draw_lines(gymutil.AxesGeometry(2.0), GYM, viewer, None, at(x=1.0))
    (lines,) = draw(sim, viewer, notebook).lines
    assert lines.env is None
    assert lines.ends[:, 1].tolist() == [[3, 0, 0], [1, 2, 0], [1, 0, 2]]
    assert lines.colours.tolist() == np.eye(3).tolist()


def test_lines_of_an_env_are_where_its_frame_is_on_the_terrain(sim, viewer, notebook):
    params = gymapi.HeightFieldParams()
    params.nbRows = params.nbColumns = 4
    GYM.add_heightfield(sim, np.zeros(16, np.int16), params)
    GYM.prepare_sim(sim)
    env = GYM.get_env(sim, 1)
    GYM.add_lines(viewer, env, 1, LINE, [1, 1, 1])
    (lines,) = draw(sim, viewer, notebook).lines
    origin = GYM.get_env_origin(env)
    assert (origin.x, origin.y) != (0.0, 0.0)
    assert lines.ends[0, 0].tolist() == [origin.x, 1 + origin.y, 2 + origin.z]


def test_one_colour_does_for_many_lines_and_too_few_numbers_are_refused(sim, viewer, notebook):
    GYM.prepare_sim(sim)
    GYM.add_lines(viewer, None, 2, np.zeros((2, 6)), [1, 0, 0])
    assert draw(sim, viewer, notebook).lines[0].colours.tolist() == [[1, 0, 0]] * 2
    with pytest.raises(InputError, match="2 lines"):
        GYM.add_lines(viewer, None, 2, np.zeros((1, 6)), [1, 0, 0])


def test_lines_that_nobody_clears_dont_fill_the_memory(sim, viewer, notebook, caplog):
    GYM.prepare_sim(sim)
    for _ in range(3):
        GYM.add_lines(viewer, None, 15_000, np.zeros((15_000, 6)), [1, 0, 0])
    assert sum(len(lines.ends) for lines in draw(sim, viewer, notebook).lines) == 20_000
    assert "add_lines" in caplog.text


def test_keys_are_actions_that_are_pressed_and_released(viewer, notebook):
    GYM.subscribe_viewer_keyboard_event(viewer, gymapi.KEY_LEFT_SHIFT, "jump")
    assert notebook.offered == [("LEFT_SHIFT", "jump")]
    notebook.chosen = ["jump"]
    assert GYM.query_viewer_action_events(viewer) == [("jump", 1.0), ("jump", 0.0)]
    assert GYM.query_viewer_action_events(viewer) == []


def test_mouse_buttons_are_actions_too_and_what_the_page_doesnt_see_is_told(viewer, notebook, caplog):
    """Isaac Gym's own examples shoot where the mouse is."""
    GYM.subscribe_viewer_mouse_event(viewer, gymapi.MOUSE_LEFT_BUTTON, "shoot")
    GYM.subscribe_viewer_mouse_event(viewer, gymapi.MOUSE_SCROLL_UP, "zoom")
    GYM.subscribe_viewer_mouse_event(None, gymapi.MOUSE_LEFT_BUTTON, "shoot")
    assert notebook.offered == [("MOUSE_LEFT", "shoot")]
    assert "scrolls" in caplog.text
    notebook.chosen = ["shoot"]
    assert GYM.query_viewer_action_events(viewer) == [("shoot", 1.0), ("shoot", 0.0)]
    position, size = GYM.get_viewer_mouse_position(viewer), GYM.get_viewer_size(viewer)
    assert (position.x * size.x, position.y * size.y) == (800, 450)


@pytest.fixture
def y_up(notebook):
    """A prepared simulation with a ball of each of two envs above its ground, where y is up, and its viewer."""
    params = gymapi.SimParams()
    params.up_axis, params.gravity = gymapi.UP_AXIS_Y, gymapi.Vec3(0, -9.81, 0)
    sim = GYM.create_sim(0, -1, gymapi.SIM_PHYSX, params)
    GYM.add_ground(sim, gymapi.PlaneParams())
    ball = GYM.create_sphere(sim, 0.1)
    add_envs(sim, 2, lambda env, index: GYM.create_actor(env, ball, at(x=1.0, y=2.0, z=3.0), "ball", index, 0))
    GYM.prepare_sim(sim)
    return sim, GYM.create_viewer(sim, gymapi.CameraProperties())


def test_a_world_whose_y_points_up_is_to_be_turned_with_its_lines_and_its_camera(y_up, notebook, caplog, tmp_path):
    sim, viewer = y_up
    GYM.add_lines(viewer, None, 1, [0, 0, 0, 1, 2, 3], [1, 0, 0])
    picture = draw(sim, viewer, notebook)
    assert picture.y_up
    assert picture.lines[0].ends.tolist() == [[[0, 0, 0], [1, -3, 2]]]
    GYM.viewer_camera_look_at(viewer, None, gymapi.Vec3(1, 5, 3), gymapi.Vec3(1, 1, 3))
    assert notebook.looks == [((0.0, -0.0, 4.0), None)], "from above"
    for target in (gymapi.Vec3(1, 1, 3), gymapi.Vec3(5, 5, 3), gymapi.Vec3(1, 5, 2)):
        GYM.viewer_camera_look_at(viewer, None, gymapi.Vec3(1, 5, 3), target)
        ahead = GYM.get_viewer_camera_transform(viewer, None).r.rotate(gymapi.Vec3(1, 0, 0))
        away = (target - gymapi.Vec3(1, 5, 3)).normalize()
        assert (ahead.x, ahead.y, ahead.z) == pytest.approx((away.x, away.y, away.z), abs=1e-6)
    GYM.write_viewer_image_to_file(viewer, str(tmp_path / "first.png"))
    assert "on their side" in caplog.text


def test_a_script_that_leaves_the_up_axis_at_its_default_has_z_up_by_its_gravity(notebook, tmp_path):
    params = gymapi.SimParams()
    params.gravity = gymapi.Vec3(0, 0, -9.81)
    sim = GYM.create_sim(0, -1, gymapi.SIM_PHYSX, params)
    GYM.add_triangle_mesh(sim, np.array(TRIANGLE, np.float32), np.arange(3, dtype=np.uint32), triangle_params())
    ball = GYM.create_sphere(sim, 0.1)
    add_envs(sim, 1, lambda env, index: GYM.create_actor(env, ball, at(), "ball", index, 0))
    GYM.prepare_sim(sim)
    assert not draw(sim, GYM.create_viewer(sim, gymapi.CameraProperties()), notebook).y_up


def test_terrain_needs_z_up():
    sim = GYM.create_sim(0, -1, gymapi.SIM_PHYSX, gymapi.SimParams())
    with pytest.raises(InputError, match="z points up"):
        GYM.add_triangle_mesh(sim, np.array(TRIANGLE, np.float32), np.arange(3, dtype=np.uint32), triangle_params())


TRIANGLE = [0, 0, 0, 5, 0, 0, 0, 5, 0]


def triangle_params():
    params = gymapi.TriangleMeshParams()
    params.nb_vertices, params.nb_triangles = 3, 1
    return params


def render(sim, viewer, synced):
    """What scripts do for each frame; gives whether they draw and wait from now on."""
    for event in GYM.query_viewer_action_events(viewer):
        if event.action == TOGGLE and event.value > 0:
            synced = not synced
    if synced:
        GYM.draw_viewer(viewer, sim, True)
        GYM.sync_frame_time(sim)
    return synced


@pytest.mark.parametrize("at_first", [True, False])
def test_scripts_draw_and_wait_only_while_somebody_watches(sim, viewer, notebook, at_first):
    GYM.prepare_sim(sim)
    GYM.subscribe_viewer_keyboard_event(viewer, gymapi.KEY_V, TOGGLE)
    synced, seen = at_first, []
    for watched in [False] * 4 + [True] * 4 + [False] * 4:
        notebook.watched = watched
        synced = render(sim, viewer, synced)
        seen.append(synced)
    if at_first:
        assert seen == [True, False, False, False, True, True, True, True, False, False, False, False]
    else:
        assert not any(seen), "who has it off at first has it off"


def test_what_the_user_toggled_stays(sim, viewer, notebook):
    GYM.prepare_sim(sim)
    GYM.subscribe_viewer_keyboard_event(viewer, gymapi.KEY_V, TOGGLE)
    synced = render(sim, viewer, True)
    notebook.chosen = [TOGGLE]
    synced = render(sim, viewer, synced)
    assert not synced
    for watched in [True, False, False, True, True]:
        notebook.watched = watched
        synced = render(sim, viewer, synced)
        assert not synced


def test_an_action_of_that_name_that_toggles_nothing_is_chosen_once(sim, viewer, notebook):
    GYM.prepare_sim(sim)
    GYM.subscribe_viewer_keyboard_event(viewer, gymapi.KEY_V, TOGGLE)
    notebook.watched, chosen = False, 0
    for _ in range(5):
        chosen += len(GYM.query_viewer_action_events(viewer)) // 2
        GYM.draw_viewer(viewer, sim, True)
    assert chosen == 1


class Clock:
    """Time that passes by sleeping."""

    def __init__(self):
        self.now, self.slept = 100.0, 0.0

    def perf_counter(self):
        return self.now

    def sleep(self, seconds):
        self.now += seconds
        self.slept += seconds


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(viewers, "time", clock)
    return clock


def frames(sim, clock, count, cost=0.002):
    """Seconds that a script waits in some frames of 10 ms, each of which takes a while to compute."""
    before = clock.slept
    for _ in range(count):
        sim.time += 0.01
        clock.now += cost
        GYM.sync_frame_time(sim)
    return clock.slept - before


def test_a_watched_simulation_keeps_to_real_time(sim, viewer, clock):
    frames(sim, clock, 1)
    assert frames(sim, clock, 100) == pytest.approx(0.8)


def test_one_that_is_slower_never_waits_and_doesnt_catch_up_for_long(sim, viewer, clock):
    frames(sim, clock, 1)
    assert frames(sim, clock, 100, cost=0.02) == 0.0
    assert frames(sim, clock, 100) == pytest.approx(0.8, abs=0.11)


def test_an_unwatched_one_doesnt_wait_and_afterwards_not_for_what_it_did_meanwhile(sim, viewer, notebook, clock):
    notebook.watched = False
    assert frames(sim, clock, 1000) == 0.0
    notebook.watched = True
    assert frames(sim, clock, 100) == pytest.approx(0.8, abs=0.011)
    sim.time += 50.0  # not drawn, and not synchronised
    assert frames(sim, clock, 100) == pytest.approx(0.8, abs=0.011)


def test_the_camera_looks_from_where_the_script_puts_it(sim, viewer, notebook):
    env = GYM.get_env(sim, 1)
    for _ in range(2):
        GYM.viewer_camera_look_at(viewer, env, gymapi.Vec3(3, 2, 1), gymapi.Vec3(1, 2, 1))
    GYM.viewer_camera_look_at(viewer, env, gymapi.Vec3(13, 2, 1), gymapi.Vec3(11, 2, 1))
    assert notebook.looks == [((2.0, 0.0, 0.0), 1)], "who moves with a robot leaves the direction to the user"
    pose = GYM.get_viewer_camera_transform(viewer, None)
    assert (pose.p.x, pose.p.y, pose.p.z) == (13, 2, 1)
    ahead = pose.r.rotate(gymapi.Vec3(1, 0, 0))
    assert (ahead.x, ahead.y, ahead.z) == pytest.approx((-1, 0, 0), abs=1e-6)
    GYM.viewer_camera_look_at(viewer, None, gymapi.Vec3(1, 1, 2**0.5), gymapi.Vec3())
    ahead = GYM.get_viewer_camera_transform(viewer, None).r.rotate(gymapi.Vec3(1, 0, 0))
    assert (ahead.x, ahead.y, ahead.z) == pytest.approx((-0.5, -0.5, -(0.5**0.5)), abs=1e-6)
    assert [env for _, env in notebook.looks] == [1, None]


@pytest.mark.slow
def test_pictures_are_written_into_files_without_anybody_watching(notebook, tmp_path):
    notebook.watched = False
    sim, props = make_sim(ground=None), gymapi.CameraProperties()
    props.width, props.height = 160, 90
    box = GYM.create_box(sim, 1.0, 1.0, 1.0, gymapi.AssetOptions())
    add_envs(sim, 2, lambda env, _: GYM.create_actor(env, box, at(z=2.0), "box", 0, 0))
    GYM.prepare_sim(sim)
    viewer = GYM.create_viewer(sim, props)
    for name in ("first.png", "second.png"):
        GYM.write_viewer_image_to_file(viewer, str(tmp_path / name))
        simulate(sim, 5)
        picture = imread(tmp_path / name)
        assert picture.shape[:2] == (90, 160)
        assert len(np.unique(picture.reshape(-1, 4), axis=0)) > 3
    GYM.destroy_viewer(viewer)


def test_where_nothing_can_be_drawn_the_script_goes_on(sim, viewer, tmp_path, monkeypatch, caplog):
    monkeypatch.setenv("MUJOCO_GL", "disable")
    GYM.prepare_sim(sim)
    GYM.write_viewer_image_to_file(viewer, str(tmp_path / "first.png"))
    assert not list(tmp_path.glob("*.png"))
    assert "unset MUJOCO_GL" in caplog.text
