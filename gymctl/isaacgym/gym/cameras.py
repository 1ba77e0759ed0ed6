"""Cameras: they can be placed, but nothing is rendered."""

from gymctl.isaacgym.enums import CameraFollowMode
from gymctl.isaacgym.gym.handles import Env, Sim
from gymctl.isaacgym.gym.notices import tell
from gymctl.isaacgym.options import CameraProperties
from gymctl.isaacgym.values import Transform, Vec3

_NONE = -1


class Cameras:
    """Methods of `Gym` for placing cameras. Those for their images raise NotImplementedError."""

    def create_camera_sensor(self, env: Env, props: CameraProperties | None = None) -> int:
        """Handle of a new camera; -1 if the simulation has no graphics device."""
        if env.sim.graphics_device < 0:
            return _NONE
        tell("create_camera_sensor: cameras are placed but render nothing; asking for an image is an error")
        env.cameras += 1
        return env.cameras - 1

    def destroy_camera_sensor(self, sim: Sim, env: Env, camera_handle: int) -> None:
        """Does nothing."""

    def attach_camera_to_body(
        self,
        camera_handle: int,
        env: Env,
        body_handle: int,
        local_transform: Transform,
        follow_mode: CameraFollowMode | int,
    ) -> None:
        """Does nothing."""

    def set_camera_location(self, camera_handle: int, env: Env, camera_position: Vec3, camera_target: Vec3) -> None:
        """Does nothing."""

    def set_camera_transform(self, camera_handle: int, env: Env, transform: Transform) -> None:
        """Does nothing."""

    def render_all_camera_sensors(self, sim: Sim) -> None:
        """Does nothing."""

    def start_access_image_tensors(self, sim: Sim) -> None:
        """Does nothing."""

    def end_access_image_tensors(self, sim: Sim) -> None:
        """Does nothing."""
