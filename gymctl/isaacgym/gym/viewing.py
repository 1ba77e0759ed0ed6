"""Viewers and what is drawn in them, colours and lights."""

from typing import Any

from gymctl.isaacgym import screen
from gymctl.isaacgym.enums import KeyboardInput, MeshType, MouseInput
from gymctl.isaacgym.gym.handles import Env, Sim
from gymctl.isaacgym.gym.notices import tell
from gymctl.isaacgym.gym.viewers import Viewer
from gymctl.isaacgym.options import CameraProperties
from gymctl.isaacgym.values import ActionEvent, Int2, Transform, Vec2, Vec3

_SEEN = int(MeshType.MESH_VISUAL)
_BUTTON = "_BUTTON"


class Viewing:
    """Methods of `Gym` for viewers. Those that take a viewer do nothing with None, as headless code calls them."""

    def create_viewer(self, sim: Sim, props: CameraProperties | None = None) -> Viewer:
        """Makes a viewer, on a page in the browser if ``gymctl isaacgym`` runs the script."""
        opener = screen.chosen()
        if opener is None:
            tell("create_viewer: nothing is shown; gymctl isaacgym SCRIPT.py opens a page in the browser")
        sim.viewer = Viewer(sim, opener() if opener else None, props or CameraProperties())
        return sim.viewer

    def destroy_viewer(self, viewer: Viewer | None) -> None:
        """Closes a viewer."""
        if viewer is not None:
            viewer.close()

    def query_viewer_has_closed(self, viewer: Viewer | None) -> bool:
        """False: who closes the page can open it again."""
        return False

    def query_viewer_action_events(self, viewer: Viewer | None) -> list[ActionEvent]:
        """The subscribed actions that were chosen on the page since the last call."""
        return viewer.take_events() if viewer is not None else []

    def subscribe_viewer_keyboard_event(self, viewer: Viewer | None, key: int, action: str) -> None:
        """Gives the page a button for an action, since it doesn't see keys."""
        if viewer is not None:
            viewer.subscribe(KeyboardInput(key).name.removeprefix("KEY_"), action)

    def subscribe_viewer_mouse_event(self, viewer: Viewer | None, button: int, action: str) -> None:
        """Gives the page a button for a mouse button's action. To move the mouse, or to scroll, chooses nothing."""
        name = MouseInput(button).name
        if viewer is None:
            return
        if name.endswith(_BUTTON):
            viewer.subscribe(name.removesuffix(_BUTTON), action)
        else:
            tell("subscribe_viewer_mouse_event: the page tells neither how the mouse moves nor that it scrolls")

    def get_viewer_mouse_position(self, viewer: Viewer | None) -> Vec2:
        """The middle of the picture, from 0 to 1: the page doesn't tell where the mouse is."""
        return Vec2(0.5, 0.5)

    def get_viewer_size(self, viewer: Viewer | None) -> Int2:
        """Width and height of pictures that are written to files [pixels]; the page's own size isn't known."""
        return Int2(*viewer.size) if viewer is not None else Int2()

    def viewer_camera_look_at(self, viewer: Viewer | None, env: Env | None, pos: Vec3, target: Vec3) -> None:
        """Has the camera look from the same side, and at the env if one is given. The page chooses the distance."""
        if viewer is not None:
            viewer.look_at(env, pos, target)

    def get_viewer_camera_transform(self, viewer: Viewer | None, env: Env | None) -> Transform:
        """The camera's pose as `viewer_camera_look_at` has set it; it looks along x."""
        return Transform() if viewer is None else viewer.camera

    def draw_viewer(self, viewer: Viewer | None, sim: Sim, render_collision: bool = False) -> None:
        """Draws the envs, if somebody watches."""
        if viewer is not None:
            viewer.draw()

    def poll_viewer_events(self, viewer: Viewer | None) -> None:
        """Does nothing."""

    def step_graphics(self, sim: Sim) -> None:
        """Does nothing."""

    def sync_frame_time(self, sim: Sim) -> None:
        """Waits until as much time has passed as was simulated, if somebody watches."""
        if sim.viewer is not None:
            sim.viewer.keep_pace()

    def clear_lines(self, viewer: Viewer | None) -> None:
        """Removes the lines from a viewer."""
        if viewer is not None:
            viewer.clear_lines()

    def add_lines(self, viewer: Viewer | None, env: Env | None, count: int, vertices: Any, colors: Any) -> None:
        """Draws lines until they are cleared.

        Args:
            viewer: Where.
            env: In whose frame they are; None for the world's.
            count: How many.
            vertices: Their ends, six numbers each [m].
            colors: One of three numbers from 0 to 1 for each.
        """
        if viewer is not None:
            viewer.add_lines(env, int(count), vertices, colors)

    def write_viewer_image_to_file(self, viewer: Viewer | None, filename: str) -> None:
        """Writes a picture of the first envs into a file."""
        if viewer is not None:
            viewer.write_picture(filename)

    def draw_env_rigid_contacts(
        self, viewer: Viewer | None, env: Env, color: Vec3, scale: float, sync_with_visual: bool
    ) -> None:
        """Does nothing."""

    def set_rigid_body_color(self, env: Env, actor: int, body: int, mesh: MeshType | int, color: Vec3) -> None:
        """Colours a link of an actor in viewers."""
        if env.index < screen.MOST_ENVS and int(mesh) & _SEEN:
            env.sim.colours[env.index, actor, body] = color.x, color.y, color.z
            env.sim.is_recoloured = True

    def set_rigid_body_segmentation_id(self, env: Env, actor: int, body: int, segmentation_id: int) -> None:
        """Does nothing."""

    def set_rigid_body_texture(self, env: Env, actor: int, body: int, mesh: MeshType | int, texture: int) -> None:
        """Does nothing."""

    def create_texture_from_file(self, sim: Sim, path: str) -> int:
        """A handle of nothing."""
        return 0

    def set_light_parameters(self, sim: Sim, index: int, intensity: Vec3, ambient: Vec3, direction: Vec3) -> None:
        """Does nothing."""
