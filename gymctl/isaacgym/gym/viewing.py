"""Viewers, colours and lights: nothing is seen, for there is no window."""

import time
from typing import Any

from gymctl.isaacgym.enums import MeshType
from gymctl.isaacgym.gym.handles import Env, Sim, Viewer
from gymctl.isaacgym.gym.notices import tell
from gymctl.isaacgym.options import CameraProperties
from gymctl.isaacgym.values import ActionEvent, Transform, Vec3


class Viewing:
    """Methods of `Gym` for viewers."""

    def create_viewer(self, sim: Sim, props: CameraProperties | None = None) -> Viewer:
        """Makes a viewer that shows nothing."""
        tell("create_viewer: there is no window; run with headless=True, and watch the policy with gymctl play")
        return Viewer()

    def destroy_viewer(self, viewer: Viewer | None) -> None:
        """Does nothing."""

    def query_viewer_has_closed(self, viewer: Viewer | None) -> bool:
        """False: it is never closed."""
        return False

    def query_viewer_action_events(self, viewer: Viewer | None) -> list[ActionEvent]:
        """Nothing: no key is pressed."""
        return []

    def subscribe_viewer_keyboard_event(self, viewer: Viewer | None, key: int, action: str) -> None:
        """Does nothing."""

    def subscribe_viewer_mouse_event(self, viewer: Viewer | None, button: int, action: str) -> None:
        """Does nothing."""

    def viewer_camera_look_at(self, viewer: Viewer | None, env: Env | None, pos: Vec3, target: Vec3) -> None:
        """Does nothing."""

    def get_viewer_camera_transform(self, viewer: Viewer | None, env: Env | None) -> Transform:
        """A camera at the origin."""
        return Transform()

    def draw_viewer(self, viewer: Viewer | None, sim: Sim, render_collision: bool = False) -> None:
        """Does nothing."""

    def poll_viewer_events(self, viewer: Viewer | None) -> None:
        """Does nothing."""

    def step_graphics(self, sim: Sim) -> None:
        """Does nothing."""

    def sync_frame_time(self, sim: Sim) -> None:
        """Waits until as much time has passed as was simulated."""
        ahead = sim.time - (time.perf_counter() - sim.started)
        if ahead > 0.0:
            time.sleep(min(ahead, sim.params.dt))

    def clear_lines(self, viewer: Viewer | None) -> None:
        """Does nothing."""

    def add_lines(self, viewer: Viewer | None, env: Env | None, count: int, vertices: Any, colors: Any) -> None:
        """Does nothing."""

    def draw_env_rigid_contacts(
        self, viewer: Viewer | None, env: Env, color: Vec3, scale: float, sync_with_visual: bool
    ) -> None:
        """Does nothing."""

    def set_rigid_body_color(self, env: Env, actor: int, body: int, mesh: MeshType | int, color: Vec3) -> None:
        """Does nothing."""

    def set_rigid_body_segmentation_id(self, env: Env, actor: int, body: int, segmentation_id: int) -> None:
        """Does nothing."""

    def set_rigid_body_texture(self, env: Env, actor: int, body: int, mesh: MeshType | int, texture: int) -> None:
        """Does nothing."""

    def create_texture_from_file(self, sim: Sim, path: str) -> int:
        """A handle of nothing."""
        return 0

    def set_light_parameters(self, sim: Sim, index: int, intensity: Vec3, ambient: Vec3, direction: Vec3) -> None:
        """Does nothing."""
